import { Command } from 'commander';
import { registerBackfill } from './backfill.ts';
import { registerCheck } from './check.ts';
import { registerContract } from './contract.ts';
import { registerCost } from './cost.ts';
import { registerDatasource } from './datasource.ts';
import { registerDb } from './db.ts';
import { registerDemo } from './demo.ts';
import { registerDoctor } from './doctor.ts';
import { registerEntity } from './entity.ts';
import { registerIngest } from './ingest.ts';
import { registerJob } from './job.ts';
import { registerKb } from './kb.ts';
import { registerLake } from './lake.ts';
import { registerLimit } from './limit.ts';
import { registerMcp } from './mcp.ts';
import { registerOntology } from './ontology.ts';
import { registerPage } from './page.ts';
import { registerPrice } from './price.ts';
import { registerQueue } from './queue.ts';
import { registerReplay } from './replay.ts';
import { registerRetention } from './retention.ts';
import { registerReview } from './review.ts';
import { registerRun } from './run.ts';
import { registerSchedule } from './schedule.ts';
import { registerScheduler } from './scheduler.ts';
import { programVersion } from './session.ts';
import { registerTop } from './top.ts';
import { registerTrace } from './trace.ts';

/** The whole command line: every noun and verb with its options, help and action. */
export function createProgram(): Command {
  const program = new Command('sproute')
    .description('LLM answers, routed into SQL by stored procedures.')
    .version(programVersion)
    // What stands behind a verb is the verb's, also where the noun has options of the same name.
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for help)');
  for (const register of [
    registerDemo,
    registerDb,
    registerIngest,
    registerPage,
    registerDatasource,
    registerOntology,
    registerMcp,
    registerJob,
    registerBackfill,
    registerQueue,
    registerTop,
    registerTrace,
    registerCheck,
    registerReplay,
    registerRetention,
    registerRun,
    registerPrice,
    registerLimit,
    registerCost,
    registerSchedule,
    registerScheduler,
    registerLake,
    registerContract,
    registerKb,
    registerReview,
    registerEntity,
    registerDoctor,
  ]) {
    register(program);
  }
  return program;
}
