import type { Command } from 'commander';
import { callProcedure } from '../db/call.ts';
import { readPrices } from '../db/limit-queries.ts';
import { SprouteError } from '../errors.ts';
import { name, usd } from './options.ts';
import { print, printJson, printRows, say } from './output.ts';
import { withSession } from './session.ts';

/** `sproute price`: what models cost. */
export function registerPrice(program: Command): void {
  const price = program
    .command('price')
    .description('what models cost; an unknown price makes an unknown cost, never 0');
  registerSet(price);

  price
    .command('ls')
    .description('the prices, USD for a million tokens')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute price ls')
    .action(async (options: { json?: boolean }) => {
      const rows = await withSession(({ db }) => readPrices(db));
      const columns = ['model', 'input_usd_per_m', 'output_usd_per_m', 'cached_usd_per_m', 'updated_at'];
      printRows(rows, columns, options.json === true);
    });

  price
    .command('rm')
    .description('forget the price of a model: its calls from now on cost an unknown amount')
    .argument('<model>', 'the model', name)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute price rm gpt-5-mini')
    .action(async (model: string, options: { json?: boolean }) => {
      const [row] = await withSession(({ db }) =>
        callProcedure<{ deleted: boolean }>(db, 'llm.usp_delete_model_price', { model }),
      );
      if (row?.deleted !== true) {
        throw new SprouteError('NOT_FOUND', `There is no price of ${model}.`, {
          hint: '`sproute price ls` lists them.',
        });
      }
      if (options.json) printJson({ model, deleted: true });
      else print(`The price of ${model} is forgotten; what was reckoned with it stays.`);
    });
}

interface SetOptions {
  input: number;
  output: number;
  cached?: number;
  json?: boolean;
}

function registerSet(price: Command): void {
  price
    .command('set')
    .description('enter what a model costs; calls from now on are reckoned with it')
    .argument('<model>', 'as LLM_MODEL or a job type names it, or as its answers do', name)
    .requiredOption('--input <usd>', 'USD for a million input tokens', usd)
    .requiredOption('--output <usd>', 'USD for a million output tokens', usd)
    .option('--cached <usd>', "USD for a million input tokens from the endpoint's cache (default: as --input)", usd)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute price set gpt-5-mini --input 0.25 --output 2 --cached 0.025\n  sproute price set local-model --input 0 --output 0',
    )
    .action(async (model: string, { input, output, cached = input, json }: SetOptions) => {
      const prices = { input_usd_per_m: input, output_usd_per_m: output, cached_usd_per_m: cached };
      const [row] = await withSession(({ db }) =>
        callProcedure<{ created: boolean }>(db, 'llm.usp_put_model_price', { model, ...prices }),
      );
      const created = row?.created === true;
      if (json) return printJson({ model, ...prices, created });
      print(`The price of ${model} is ${created ? 'entered' : 'changed'}; it holds for calls from now on.`);
      say('Next: sproute cost');
    });
}
