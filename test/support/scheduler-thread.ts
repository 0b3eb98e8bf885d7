import { parentPort, workerData } from 'node:worker_threads';
import { connect } from '../../src/db/connect.ts';
import { createLogger } from '../../src/log.ts';
import { fireDue } from '../../src/runners/scheduler.ts';

// A scheduler in a thread of its own, with its own connection and a clock that it is told.
const db = await connect({ url: String(workerData), application_name: 'sproute test scheduler', pool_max: 1 });
const logger = createLogger({ level: 'silent' });
parentPort?.on('message', (instant: number | 'end') => {
  if (instant === 'end') void db.close().then(() => parentPort?.close());
  else void fireDue(db, logger, () => new Date(instant)).then((fired) => parentPort?.postMessage(fired.length));
});
parentPort?.postMessage('ready');
