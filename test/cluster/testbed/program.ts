/** One program of the test bed: a child process with its log in a file, ended by its own pid whatever happens to us. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { sleep } from '../../../core/clock.ts';
import { systemClock } from '../../../core/system-clock.ts';

export interface Program {
  readonly name: string;
  readonly pid: number;
  /** Where it writes its log. */
  readonly logFile: string;
  /** How it ended, or undefined while it runs. */
  ended(): string | undefined;
  lastLines(count?: number): string;
  /** At once; a test bed keeps nothing that a graceful end would save. */
  kill(): Promise<void>;
}

// The program replaces the shell and keeps its pid. What stays behind reads a pipe from us: when we vanish
// without a word (an interrupt, a killed test worker) the pipe closes and the program is killed.
const ENDS_WITH_US = '{ read -r _ <&3 || kill -KILL $$; } & exec "$0" "$@" 3<&-';

const howItEnded = (child: ChildProcess): string | undefined => {
  if (child.signalCode !== null) return `ended by ${child.signalCode}`;
  return child.exitCode === null ? undefined : `exit ${child.exitCode}`;
};

export const startProgram = async (folder: string, binary: string, name: string, args: readonly string[]): Promise<Program> => {
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, 'a');
  const child = spawn('/bin/sh', ['-c', ENDS_WITH_US, binary, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
    stdio: ['ignore', log, log, 'pipe'],
  });
  closeSync(log);
  const watcher = child.stdio[3] as Writable;
  watcher.on('error', () => undefined);
  const exited = once(child, 'exit');
  child.on('exit', () => watcher.end('ended\n'));
  await once(child, 'spawn');
  return {
    name,
    pid: child.pid!,
    logFile,
    ended: () => howItEnded(child),
    lastLines: (count = 15) => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n'),
    async kill() {
      if (howItEnded(child) !== undefined) return;
      child.kill('SIGKILL');
      await exited;
    },
  };
};

/** Asks until it is so, for as long as every program needed for it still runs. */
export const waitUntil = async (
  what: string,
  limitMs: number,
  programs: readonly Program[],
  isSo: () => Promise<boolean>,
): Promise<void> => {
  const end = systemClock.elapsedMs() + limitMs;
  let refusal = 'no';
  for (;;) {
    try {
      if (await isSo()) return;
      refusal = 'no';
    } catch (problem) {
      refusal = problem instanceof Error ? problem.message : String(problem);
    }
    const dead = programs.find((program) => program.ended() !== undefined);
    if (dead) throw new Error(`${dead.name} is gone (${dead.ended()}) before "${what}"; the end of its log:\n${dead.lastLines()}`);
    if (systemClock.elapsedMs() > end) {
      const logs = programs.map((program) => `--- ${program.name}\n${program.lastLines()}`).join('\n');
      throw new Error(`"${what}" not within ${limitMs / 1000} s; last answer: ${refusal}\n${logs}`);
    }
    await sleep(systemClock, 100);
  }
};
