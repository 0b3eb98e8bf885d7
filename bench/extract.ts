import { parseArgs } from 'node:util';
import { readConfig } from '../src/config.ts';
import { type Contract, findContract } from '../src/contracts/registry.ts';
import { isSprouteError } from '../src/errors.ts';
import type { PayloadItem } from '../src/knowledge/page-payload.ts';
import { startBuiltinModel } from '../src/llm/builtin/server.ts';
import { chunkingPolicy } from '../src/llm/chunking-policy.ts';
import { contextWindowOf } from '../src/llm/endpoint.ts';
import { Asker } from './extract/ask-page.ts';
import { type Family, families, type Judged, judgePage } from './extract/families.ts';
import { foundIn } from './extract/found.ts';
import { type GoldPage, readGoldPages } from './extract/gold.ts';
import { printMisses } from './extract/misses.ts';
import { Names } from './extract/names.ts';
import { type Score, scoresOf } from './extract/score.ts';
import { note, printTable, writeReport } from './support/report.ts';

const { values: options } = parseArgs({
  options: {
    contract: { type: 'string', default: 'knowledge_extraction' },
    page: { type: 'string', multiple: true },
    family: { type: 'string', multiple: true },
    'gleaning-passes': { type: 'string', default: '0' },
    'min-confidence': { type: 'string', default: '0' },
    misses: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const help = `npm run bench:extract -- [options]

Extracts the labelled pages of examples/gold and prints precision, recall and F1 by family (docs/measuring-extraction.md).
The built-in model is asked unless LLM_BASE_URL and LLM_MODEL name another one.

  --contract <name>          knowledge_extraction (default) or a contract of one family
  --page <name>              only this page; may be repeated (then bench/results stays as it is)
  --family <name>            with --misses: only this family; may be repeated
  --gleaning-passes <n>      ask each chunk so often for what was missed (0)
  --min-confidence <0..1>    items that are less sure do not count (0)
  --misses                   also list what was missed and what is wrong
  --json                     print JSON instead of a table
`;

const requestTimeoutMs = 300_000;

// `| head` closes our output: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

if (options.help) process.stdout.write(help);
else await run();

async function run(): Promise<void> {
  const config = readConfig();
  const contract = findContract(options.contract);
  const pages = chosenPages();
  const builtin = config.llm_base_url === undefined ? await startBuiltinModel() : undefined;
  const model = builtin?.model ?? config.llm_model ?? '';
  const asker = new Asker(
    {
      logical_name: builtin ? 'builtin' : config.llm_endpoint_name,
      base_url: builtin?.base_url ?? config.llm_base_url ?? '',
      api_key: config.llm_api_key,
      model,
      context_window: contextWindowOf(model),
      max_output_tokens: chunkingPolicy().output_tokens,
      timeout_ms: requestTimeoutMs,
    },
    config.llm_concurrency,
    numberIn('gleaning-passes', 0, 10),
  );
  const results = await Promise.all(pages.map((page) => measure(asker, contract, page)));
  await builtin?.close();
  const wanted = familiesOf(contract);
  const scores = scoresOf(
    results.flatMap(({ strict }) => strict),
    results.flatMap(({ loose }) => loose),
    wanted,
  );
  const ungrounded = results.reduce((sum, result) => sum + result.ungrounded, 0);
  const about = {
    contract: `${contract.name} ${contract.version}`,
    model,
    pages: pages.length,
    ungrounded,
    usage: asker.usage,
  };
  const rows = scores.map(shown);
  if (options.page === undefined) writeReport(reportName(contract), about, rows);
  if (options.json) {
    const misses = options.misses
      ? { misses: results.map(({ page, strict }) => ({ page: page.page, judged: strict })) }
      : {};
    process.stdout.write(`${JSON.stringify({ ...about, scores: rows, ...misses }, undefined, 2)}\n`);
    return;
  }
  if (options.misses) {
    const listed = new Set<string>(options.family ?? wanted);
    for (const { page, strict } of results) printMisses(page.page, strict, listed);
  }
  printTable(rows);
  process.stdout.write(`${JSON.stringify(about)}\n`);
}

interface Result {
  page: GoldPage;
  strict: Judged[];
  loose: Judged[];
  ungrounded: number;
}

async function measure(asker: Asker, contract: Contract, page: GoldPage): Promise<Result> {
  const names = new Names(page.gold);
  const found = foundIn(await itemsOf(asker, contract, page), numberIn('min-confidence', 0, 1), names);
  const text = page.content.replaceAll(/[*_]/g, '');
  return {
    page,
    strict: judgePage(page.gold, found, names, text, false),
    loose: judgePage(page.gold, found, names, text, true),
    ungrounded: found.ungrounded,
  };
}

function numberIn(name: 'gleaning-passes' | 'min-confidence', least: number, most: number): number {
  const number = Number(options[name]);
  if (number >= least && number <= most) return number;
  note(`--${name} takes a number from ${least} to ${most}, not ${options[name]}.`);
  process.exit(2);
}

/** A page that the model cannot answer about is one on which it found nothing. */
async function itemsOf(asker: Asker, contract: Contract, page: GoldPage): Promise<PayloadItem[]> {
  try {
    return await asker.items(contract, page);
  } catch (error) {
    if (!isSprouteError(error, 'ANSWER_INVALID') && !isSprouteError(error, 'ANSWER_TRUNCATED')) throw error;
    note(`${page.page}: ${error.message}`);
    return [];
  }
}

function chosenPages(): GoldPage[] {
  const pages = readGoldPages();
  const wanted = options.page?.map((name) => name.replace(/\.md$/, ''));
  const unknown = wanted?.find((name) => !pages.some(({ page }) => page === name));
  if (unknown !== undefined) {
    note(`There is no page ${unknown} in examples/gold. There are: ${pages.map(({ page }) => page).join(', ')}.`);
    process.exit(2);
  }
  return pages.filter(({ page }) => wanted === undefined || wanted.includes(page));
}

/** What a contract can answer: participants come with events, appearances with works, parents with locations. */
function familiesOf(contract: Contract): Set<Family> {
  const paths = new Set(contract.items.map(({ path }) => path));
  const within: Partial<Record<Family, string>> = {
    participants: 'events',
    appearances: 'works',
    parents: 'locations',
  };
  return new Set(families.filter((family) => paths.has(within[family] ?? family)));
}

function reportName(contract: Contract): string {
  return contract.name === 'knowledge_extraction' ? 'extract' : `extract-${contract.name}`;
}

function shown({ types, ...score }: Score): Record<string, string | number> {
  const percent = (ratio: number): number | string => (Number.isNaN(ratio) ? '' : Math.round(ratio * 1000) / 10);
  return {
    family: score.family,
    labels: score.labels,
    found: score.found,
    right: score.right,
    'precision %': percent(score.precision),
    'recall %': percent(score.recall),
    'F1 %': percent(score.f1),
    'loose F1 %': percent(score.f1_loose),
    'types %': percent(types),
  };
}
