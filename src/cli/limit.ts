import type { Command } from 'commander';
import { callProcedure } from '../db/call.ts';
import type { Database } from '../db/connect.ts';
import { readLimits } from '../db/limit-queries.ts';
import { SprouteError } from '../errors.ts';
import { name, usd, wholeNumber } from './options.ts';
import { counted, grouped, print, printJson, printRows, say } from './output.ts';
import { withSession } from './session.ts';

/** `sproute limit`: what the whole fleet may ask of a model, and spend. */
export function registerLimit(program: Command): void {
  const limit = program
    .command('limit')
    .description('limits of the whole fleet for a model or a dag; jobs wait for them, they do not fail');
  registerSet(limit);

  limit
    .command('ls')
    .description('the limits, what is used of them, and how many jobs wait')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute limit ls')
    .action(async (options: { json?: boolean }) => {
      const rows = await withSession(({ db }) => readLimits(db));
      const columns = ['model', 'dag_id', 'requests_per_minute', 'tokens_per_minute', 'usd', 'usd_used', 'is_spent'];
      printRows(rows, [...columns, 'waiting_jobs'], options.json === true);
    });

  limit
    .command('rm')
    .description('remove the limits of a model or of a dag; what waits for them goes on')
    .argument('[model]', 'the model', name)
    .option('--dag <id>', 'the dag instead', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute limit rm gpt-5-mini\n  sproute limit rm --dag 7')
    .action(async (model: string | undefined, { dag, json }: { dag?: number; json?: boolean }) => {
      const meant = eitherOf(model, dag);
      const affected = await withSession(async ({ db }) => {
        const known = await readLimits(db);
        if (!known.some((row) => ('model' in meant ? row.model === meant.model : row.dag_id === meant.dag_id))) {
          throw new SprouteError('NOT_FOUND', `There is no limit of ${nameOf(meant)}.`, {
            hint: '`sproute limit ls` lists them.',
          });
        }
        if ('model' in meant) await callProcedure(db, 'llm.usp_delete_rate_limit', meant);
        else await callProcedure(db, 'llm.usp_put_dag_limit', { ...meant, usd_limit: null });
        return wake(db, {});
      });
      if (json) return printJson({ ...meant, deleted: true, woken_jobs: affected });
      print(`The limits of ${nameOf(meant)} are removed; ${grouped(affected)} jobs that waited go on.`);
    });

  limit
    .command('wake')
    .description('let jobs go that wait for a limit, although they may have to wait again')
    .argument('[model]', 'only those that ask this model', name)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute limit wake\n  sproute limit wake gpt-5-mini')
    .action(async (model: string | undefined, options: { json?: boolean }) => {
      const affected = await withSession(({ db }) => wake(db, { model, force: true }));
      if (options.json) return printJson({ woken_jobs: affected });
      if (affected === 0) print(`No job waits for a limit${model === undefined ? '' : ` of ${model}`}.`);
      else print(`${counted(affected, 'job')} due now.`);
    });
}

interface SetOptions {
  requestsPerMinute?: number;
  tokensPerMinute?: number;
  usdPerDay?: number;
  dag?: number;
  usd?: number;
  json?: boolean;
}

function registerSet(limit: Command): void {
  limit
    .command('set')
    .description('set limits; those that are not given stay as they are')
    .argument('[model]', 'as LLM_MODEL or a job type names it', name)
    .option('--requests-per-minute <n>', 'requests that the fleet may send in any minute', wholeNumber(1))
    .option('--tokens-per-minute <n>', 'tokens, in and out, in any minute', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--usd-per-day <usd>', 'USD a day (UTC); wants the price of the model', usd)
    .option('--dag <id>', 'limit a dag instead of a model', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--usd <usd>', 'with --dag: USD that its jobs may cost together', usd)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute limit set gpt-5-mini --requests-per-minute 600 --tokens-per-minute 200000\n  sproute limit set gpt-5-mini --usd-per-day 25\n  sproute limit set --dag 7 --usd 10',
    )
    .action(async (model: string | undefined, options: SetOptions) => {
      const meant = eitherOf(model, options.dag);
      const { set, isPriced, woken_jobs } = await withSession(async ({ db }) => {
        const done =
          'model' in meant ? await setModel(db, meant.model, options) : await setDag(db, meant.dag_id, options);
        return { ...done, woken_jobs: await wake(db, {}) };
      });
      if (options.json) printJson({ ...meant, ...set, woken_jobs });
      else
        print(
          `The limits of ${nameOf(meant)} hold from the next request on; ${grouped(woken_jobs)} jobs that waited go on.`,
        );
      if (!isPriced && 'model' in meant) {
        say(`The price of ${meant.model} is not known: until it is, its jobs wait.`);
        say(`Next: sproute price set ${meant.model} --input <usd> --output <usd>`);
      }
    });
}

async function setModel(db: Database, model: string, options: SetOptions) {
  const { requestsPerMinute, tokensPerMinute, usdPerDay } = options;
  if (options.usd !== undefined) throw usage('--usd is for a dag.', 'Use --usd-per-day for a model.');
  if (requestsPerMinute === undefined && tokensPerMinute === undefined && usdPerDay === undefined) {
    throw usage('Which limit?', 'Use --requests-per-minute, --tokens-per-minute or --usd-per-day.');
  }
  const before = (await readLimits(db)).find((row) => row.model === model);
  const set = {
    requests_per_minute: requestsPerMinute ?? before?.requests_per_minute ?? null,
    tokens_per_minute: tokensPerMinute ?? before?.tokens_per_minute ?? null,
    usd_per_day: usdPerDay ?? before?.usd ?? null,
  };
  const [row] = await callProcedure<{ is_priced: boolean }>(db, 'llm.usp_put_rate_limit', { model, ...set });
  return { set, isPriced: row?.is_priced === true || set.usd_per_day === null };
}

async function setDag(db: Database, dag_id: number, options: SetOptions) {
  const { requestsPerMinute, tokensPerMinute, usdPerDay, usd: usd_limit } = options;
  if (
    usd_limit === undefined ||
    requestsPerMinute !== undefined ||
    tokensPerMinute !== undefined ||
    usdPerDay !== undefined
  ) {
    throw usage('A dag has one limit, --usd.', 'For example: sproute limit set --dag 7 --usd 10');
  }
  await callProcedure(db, 'llm.usp_put_dag_limit', { dag_id, usd_limit });
  return { set: { usd_limit }, isPriced: true };
}

async function wake(db: Database, parameters: { model?: string | undefined; force?: boolean }): Promise<number> {
  for (let total = 0; ; ) {
    const [row] = await callProcedure<{ affected: number }>(db, 'llm.usp_wake_budget_jobs', parameters);
    total += row?.affected ?? 0;
    if (!row || row.affected === 0) return total;
  }
}

function eitherOf(model: string | undefined, dag_id: number | undefined): { model: string } | { dag_id: number } {
  if (model !== undefined && dag_id === undefined) return { model };
  if (model === undefined && dag_id !== undefined) return { dag_id };
  throw usage('Of what?', 'Name either a model or --dag <id>.');
}

function nameOf(meant: { model: string } | { dag_id: number }): string {
  return 'model' in meant ? meant.model : `the dag ${meant.dag_id}`;
}

function usage(message: string, hint: string): SprouteError {
  return new SprouteError('USAGE', message, { hint });
}
