import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Clock, sleep } from '../../../core/clock.ts';

export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
  /** It has work that comes to an end: that it exits with 0 is no failure. */
  readonly endsByItself?: boolean;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<number | null>;
  running(): boolean;
  /** Last lines of its stderr, for a failure that must be explained. */
  lastWords(): string;
  stop(signal?: NodeJS.Signals): void;
}

/** Processes of the demo. Whatever happens, `stopAll` ends every one of them, by its own pid. */
export interface Children {
  start(spec: ChildSpec): Child;
  all(): readonly Child[];
  stopAll(): Promise<void>;
}

const LAST_WORDS_LINES = 20;
/** Time for telemetry to be flushed and answers to be written before a process is killed. */
const STOP_PATIENCE_MS = 4_000;

export const createChildren = (clock: Clock, onUnexpectedExit: (child: Child, code: number | null) => void): Children => {
  const children: { child: Child; process: ChildProcess; expected: boolean }[] = [];
  return {
    start(spec) {
      const process_ = spawn(spec.command, [...spec.args], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...spec.env },
      });
      const words: string[] = [];
      let running = true;
      const child: Child = {
        name: spec.name,
        pid: process_.pid ?? -1,
        exited: new Promise((resolve) => {
          process_.once('exit', (code) => {
            running = false;
            resolve(code);
          });
          process_.once('error', (error) => {
            running = false;
            words.push(String(error));
            resolve(null);
          });
        }),
        running: () => running,
        lastWords: () => words.join('\n'),
        stop(signal = 'SIGTERM') {
          entry.expected = true;
          if (running) process_.kill(signal);
        },
      };
      const entry = { child, process: process_, expected: false };
      children.push(entry);
      if (process_.stdout) createInterface({ input: process_.stdout }).on('line', (line) => spec.onLine?.(line));
      if (process_.stderr) {
        createInterface({ input: process_.stderr }).on('line', (line) => {
          words.push(line);
          if (words.length > LAST_WORDS_LINES) words.shift();
        });
      }
      void child.exited.then((code) => {
        if (!entry.expected && !(spec.endsByItself === true && code === 0)) onUnexpectedExit(child, code);
      });
      return child;
    },
    all: () => children.map((entry) => entry.child),
    async stopAll() {
      const living = children.filter((entry) => entry.child.running());
      for (const entry of living) entry.child.stop('SIGTERM');
      await Promise.race([Promise.all(living.map((entry) => entry.child.exited)), sleep(clock, STOP_PATIENCE_MS)]);
      for (const entry of living) if (entry.child.running()) entry.child.stop('SIGKILL');
      await Promise.all(living.map((entry) => entry.child.exited));
    },
  };
};

export interface ProcessUse {
  /** Anonymous resident memory; LMDB's mapped file does not count in it. Undefined where /proc does not tell. */
  readonly rssAnonBytes: number | undefined;
  /** User and system time since the start. */
  readonly cpuSeconds: number | undefined;
  /** Time since the start in which its event loop could have run, and no core was free. */
  readonly cpuWaitSeconds: number | undefined;
}

/** Linux clock ticks a second: USER_HZ is 100 on every platform Node runs on. */
const TICKS_PER_SECOND = 100;

export const processUse = (pid: number): ProcessUse => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = /^RssAnon:\s+(\d+) kB/m.exec(status)?.[1];
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields after the command in parentheses; utime and stime are the 14th and 15th of proc(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Run time, time waiting to run (both nanoseconds), time slices; of the main thread, which runs the event loop.
    const waited = Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]);
    return {
      rssAnonBytes: kilobytes === undefined ? undefined : Number(kilobytes) * 1024,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      cpuWaitSeconds: Number.isFinite(waited) ? waited / 1e9 : undefined,
    };
  } catch {
    return { rssAnonBytes: undefined, cpuSeconds: undefined, cpuWaitSeconds: undefined };
  }
};
