import { parentPort, workerData } from 'node:worker_threads';
import { connect } from '../db/connect.ts';
import { isSprouteError, messageOf } from '../errors.ts';
import type { OpenFire } from '../runners/schedule-steps.ts';
import { programStepsHere } from './schedule-step.ts';

/** One step of a firing, in a thread of its own (schedule-thread.ts). */
const { database_url, fire }: { database_url: string; fire: OpenFire } = workerData;
try {
  const db = await connect({ url: database_url, application_name: 'sproute schedule step', pool_max: 2 });
  try {
    parentPort?.postMessage({ result: await programStepsHere(db)(fire, new AbortController().signal) });
  } finally {
    await db.close();
  }
} catch (error) {
  const code = isSprouteError(error) ? error.code : 'HANDLER_FAILED';
  parentPort?.postMessage({ code, message: messageOf(error), ...(isSprouteError(error) && { hint: error.hint }) });
}
