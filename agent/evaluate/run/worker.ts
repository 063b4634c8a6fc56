import { parentPort, workerData } from 'node:worker_threads';
import { type BacktestTask, backtestTask } from '../backtest/task.ts';
import { type ForecastJudging, judgeForecasts } from '../forecast/task.ts';
import { type PagesTask, performTask } from '../pages/task.ts';
import { type StressTask, stressTask } from '../stress/stress-task.ts';
import { type EvaluateTask, evaluateTask } from './evaluate-task.ts';
import type { Job } from './pool.ts';

/** A thread of `runInThreads`: one task in, one reply out, until it is ended. */
const { job } = workerData as { readonly job: Job };

const perform = async (task: unknown): Promise<unknown> => {
  switch (job) {
    case 'evaluate':
      return evaluateTask(task as EvaluateTask);
    case 'backtest':
      return backtestTask(task as BacktestTask);
    case 'forecast':
      return judgeForecasts(task as ForecastJudging);
    case 'pages':
      return performTask(task as PagesTask);
    case 'stress':
      return stressTask(task as StressTask);
  }
};

parentPort?.on('message', (task: unknown) => {
  perform(task).then(
    (result) => parentPort?.postMessage({ result }),
    (error: unknown) => parentPort?.postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
