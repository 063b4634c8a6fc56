import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Does tasks, as many at once as there are cores, and hands over each result as it comes. Order of results is order of tasks. */
export type RunTasks = <Task, Result>(
  job: Job,
  tasks: readonly Task[],
  done: (finished: number, task: Task, result: Result) => void,
) => Promise<readonly Result[]>;

/** What a thread can be asked to do; each is a branch of worker.ts. */
export type Job = 'evaluate' | 'backtest' | 'stress' | 'pages' | 'forecast';

interface Reply {
  readonly result?: unknown;
  readonly error?: string;
}

const startWorker = (job: Job): Worker => new Worker(new URL('./worker.js', import.meta.url), { workerData: { job } });

/** One reply a task, in worker threads. A thread that dies fails the whole run: a missing series would flatter the figures. */
export const runInThreads: RunTasks = <Task, Result>(
  job: Job,
  tasks: readonly Task[],
  done: (finished: number, task: Task, result: Result) => void,
) =>
  new Promise<readonly Result[]>((resolve, reject) => {
    const results: Result[] = [];
    const workers: Worker[] = [];
    let next = 0;
    let finished = 0;
    const end = (error?: Error): void => {
      for (const worker of workers) void worker.terminate();
      if (error === undefined) resolve(results);
      else reject(error);
    };
    const feed = (worker: Worker): void => {
      const place = next;
      if (place >= tasks.length) return;
      next += 1;
      worker.once('message', (reply: Reply) => {
        if (reply.error !== undefined) return end(new Error(reply.error));
        results[place] = reply.result as Result;
        finished += 1;
        done(finished, tasks[place] as Task, reply.result as Result);
        if (finished === tasks.length) end();
        else feed(worker);
      });
      worker.postMessage(tasks[place]);
    };
    if (tasks.length === 0) return end();
    for (let i = 0; i < Math.min(availableParallelism(), tasks.length); i += 1) {
      const worker = startWorker(job);
      workers.push(worker);
      worker.once('error', end);
      feed(worker);
    }
  });
