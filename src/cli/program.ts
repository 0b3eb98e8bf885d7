import { Command } from 'commander';
import { readVersion } from '../package-root.ts';

/**
 * The command line: every noun and verb with its options, help and action. With the name of a noun it has that noun
 * alone; with anything else, all of them.
 */
export async function createProgram(noun?: string): Promise<Command> {
  const program = new Command('sproute')
    .description('LLM answers, routed into SQL by stored procedures.')
    .version(readVersion())
    // What stands behind a verb is the verb's, also where the noun has options of the same name.
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for help)');
  const named = nouns.filter(([name]) => name === noun);
  for (const [, load] of named.length > 0 ? named : nouns) {
    const register = await load();
    register(program);
  }
  return program;
}

/** In the order of the help. A noun is loaded when it is wanted: all of them take a command longer than its work. */
const nouns: [name: string, load: () => Promise<(program: Command) => void>][] = [
  ['demo', async () => (await import('./demo.ts')).registerDemo],
  ['db', async () => (await import('./db.ts')).registerDb],
  ['ingest', async () => (await import('./ingest.ts')).registerIngest],
  ['page', async () => (await import('./page.ts')).registerPage],
  ['datasource', async () => (await import('./datasource.ts')).registerDatasource],
  ['ontology', async () => (await import('./ontology.ts')).registerOntology],
  ['mcp', async () => (await import('./mcp.ts')).registerMcp],
  ['job', async () => (await import('./job.ts')).registerJob],
  ['backfill', async () => (await import('./backfill.ts')).registerBackfill],
  ['queue', async () => (await import('./queue.ts')).registerQueue],
  ['top', async () => (await import('./top.ts')).registerTop],
  ['trace', async () => (await import('./trace.ts')).registerTrace],
  ['check', async () => (await import('./check.ts')).registerCheck],
  ['replay', async () => (await import('./replay.ts')).registerReplay],
  ['retention', async () => (await import('./retention.ts')).registerRetention],
  ['run', async () => (await import('./run.ts')).registerRun],
  ['price', async () => (await import('./price.ts')).registerPrice],
  ['limit', async () => (await import('./limit.ts')).registerLimit],
  ['cost', async () => (await import('./cost.ts')).registerCost],
  ['schedule', async () => (await import('./schedule.ts')).registerSchedule],
  ['scheduler', async () => (await import('./scheduler.ts')).registerScheduler],
  ['lake', async () => (await import('./lake.ts')).registerLake],
  ['contract', async () => (await import('./contract.ts')).registerContract],
  ['kb', async () => (await import('./kb.ts')).registerKb],
  ['review', async () => (await import('./review.ts')).registerReview],
  ['entity', async () => (await import('./entity.ts')).registerEntity],
  ['doctor', async () => (await import('./doctor.ts')).registerDoctor],
];
