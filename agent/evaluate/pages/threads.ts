import { Worker } from 'node:worker_threads';
import type { PagesResult, PagesTask } from './task.ts';

/** More would take a machine from whoever works on it. */
const THREADS_MOST = 2;

/** Does tasks in threads and hands over each result as it comes. A thread that dies fails the whole run: a missing fleet would flatter it. */
export const runTasks = (tasks: readonly PagesTask[], done: (result: PagesResult) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const workers: Worker[] = [];
    let next = 0;
    let finished = 0;
    const end = (error?: unknown): void => {
      for (const worker of workers) void worker.terminate();
      if (error === undefined) resolve();
      else reject(error);
    };
    const feed = (worker: Worker): void => {
      const task = tasks[next];
      if (task === undefined) return;
      next += 1;
      worker.once('message', (result: PagesResult) => {
        finished += 1;
        done(result);
        if (finished === tasks.length) end();
        else feed(worker);
      });
      worker.postMessage(task);
    };
    if (tasks.length === 0) return end();
    for (let number = 0; number < Math.min(THREADS_MOST, tasks.length); number += 1) {
      const worker = new Worker(new URL('./worker.js', import.meta.url));
      workers.push(worker);
      worker.once('error', end);
      feed(worker);
    }
  });
