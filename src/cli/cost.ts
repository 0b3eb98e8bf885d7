import { type Command, InvalidArgumentError } from 'commander';
import { type CostKey, type CostRow, costKeys, readCost } from '../db/cost-queries.ts';
import { estimateQueue, type QueueEstimate } from '../knowledge/queue-estimate.ts';
import { builtinModelName } from '../llm/endpoint.ts';
import { ageAgo, ageOrInstant, commaList } from './options.ts';
import { grouped, print, printJson, printRows, say } from './output.ts';
import { withSession } from './session.ts';

interface CostOptions {
  since: Date;
  by?: CostKey[];
  json?: boolean;
}

/** `sproute cost`: what was spent, and what the queue will cost. */
export function registerCost(program: Command): void {
  program
    .command('cost')
    .description('what models were asked and what it cost, and what the jobs that wait will cost about')
    .option('--since <age|instant>', 'calls since then, such as 7d or 2026-11-21 (default: 30d)', ageOrInstant)
    .option('--by <keys>', 'told apart by day (UTC), type or model, with commas (default: day,type,model)', costKeyList)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nAn unknown price makes an unknown cost: `sproute price set` enters it.\n\nExamples:\n  sproute cost\n  sproute cost --since 7d --by model\n  sproute cost --since 2026-11-01 --by day,model --json',
    )
    .action(async ({ since = ageAgo('30d'), by = ['day', 'type', 'model'], json }: CostOptions) => {
      const { spent, total, queued } = await withSession(async ({ db, config }) => ({
        ...(await readCost(db, since, by)),
        queued: await estimateQueue(db, config.llm_model ?? builtinModelName),
      }));
      if (json) return printJson({ since, spent, total, queued });
      const columns = [
        ...by.map((key) => costKeys[key]),
        'runs',
        'calls',
        'cache_hits',
        'input_tokens',
        'output_tokens',
      ];
      printRows(spent.map(shownCost), [...columns, 'cost_usd'], false);
      if (total) print(`In all ${costText(total)} for ${grouped(total.calls)} calls since ${since.toISOString()}.`);
      tellQueue(queued);
      const unpriced =
        spent.some(({ unpriced_calls }) => unpriced_calls > 0) || queued.some(({ cost_usd }) => cost_usd === null);
      if (unpriced)
        say('Some prices are not known; sproute price set <model> --input <usd> --output <usd> enters them.');
    });
}

function costKeyList(text: string): CostKey[] {
  return [...new Set(commaList(text))].map((key) => {
    if (key === 'day' || key === 'type' || key === 'model') return key;
    throw new InvalidArgumentError('It should be a list of day, type and model.');
  });
}

function shownCost(row: CostRow): object {
  return { ...row, cost_usd: costText(row) };
}

function costText({ cost_usd, known_cost_usd, unpriced_calls }: CostRow): string {
  if (cost_usd !== null) return `${cost_usd.toFixed(4)} USD`;
  const known = known_cost_usd > 0 ? `${known_cost_usd.toFixed(4)} USD and ` : '';
  return `${known}unknown (${grouped(unpriced_calls)} calls)`;
}

function tellQueue(queued: readonly QueueEstimate[]): void {
  if (queued.length === 0) {
    print('No job waits.');
    return;
  }
  print('\nStill to be done, about, if the cache holds none of the answers:');
  const rows = queued.map(({ cost_usd, input_tokens, output_tokens, ...row }) => ({
    ...row,
    input_tokens: input_tokens ?? 'unknown',
    output_tokens: output_tokens ?? 'unknown',
    cost_usd: cost_usd === null ? 'unknown' : `${cost_usd.toFixed(4)} USD`,
  }));
  const columns = ['job_type', 'model', 'jobs', 'chunks', 'input_tokens', 'output_tokens', 'cost_usd', 'basis'];
  printRows(rows, columns, false);
}
