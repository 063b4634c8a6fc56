import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CLI = join(import.meta.dirname, '..', 'dist', 'agent', 'cli', 'foreshock.js');

/** Processes, other than the test itself, that were started for this run: their arguments name its folder or its parent. */
export const processesOf = (marker: string): readonly string[] =>
  readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return command.includes(marker) ? [command] : [];
    } catch {
      return [];
    }
  });

/** Runs the demo in a folder of its own; `onPage` hears the address of its page. */
export const startDemo = (
  folder: string,
  args: readonly string[],
  onPage: (address: string) => void = () => {},
): { readonly child: ChildProcess; readonly ended: Promise<{ code: number | null; output: string }> } => {
  const child = spawn(process.execPath, [CLI, 'demo', '--directory', join(folder, 'data'), ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let page: string | undefined;
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      if (page !== undefined) return;
      page = /page http:\/\/(127\.0\.0\.1:\d+)/.exec(output)?.[1];
      if (page !== undefined) onPage(page);
    });
  return { child, ended: new Promise((resolve) => child.on('exit', (code) => resolve({ code, output }))) };
};

/** Service processes carry the pid of the demo as --parent-pid; the agent and the host carry the folder. */
export const waitUntilGone = async (marker: string): Promise<readonly string[]> => {
  for (let tries = 0; tries < 50; tries += 1) {
    if (processesOf(marker).length === 0) return [];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return processesOf(marker);
};
