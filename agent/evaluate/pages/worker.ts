import { parentPort } from 'node:worker_threads';
import { type PagesTask, performTask } from './task.ts';

/** A thread: one task in, one reply out, until it is ended. */
parentPort?.on('message', (task: PagesTask) => parentPort?.postMessage(performTask(task)));
