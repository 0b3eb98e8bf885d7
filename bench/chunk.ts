import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { chunkText } from '../src/llm/chunk.ts';
import { tokenizerFor } from '../src/llm/tokenizer.ts';
import { loadPeer } from './support/peers.ts';
import { median, note, report } from './support/report.ts';
import { type Contender, interleave } from './support/rounds.ts';

interface Splitters {
  RecursiveCharacterTextSplitter: new (options: {
    chunkSize: number;
    chunkOverlap: number;
    lengthFunction: (text: string) => number;
  }) => { splitText(text: string): Promise<string[]> };
}

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    sizes: { type: 'string', default: '10000,100000,1000000' },
    large: { type: 'string', default: '10000000,100000000' },
  },
});
const rounds = Number(options.rounds);
const max_tokens = 1000;
const overlap_tokens = 100;
const tokenizer = tokenizerFor('gpt-4o');

/** Prose of a length in characters: the demo corpus over and over, each sentence numbered so that none is the same. */
function prose(length: number): string {
  const folder = join(import.meta.dirname, '..', 'examples', 'corpus');
  const pages = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const parts: string[] = [];
  let size = 0;
  for (let at = 0; size < length; at += 1) {
    const page = pages[at % pages.length] ?? '';
    const part = `${page.replaceAll(/\. (?=[A-Z])/g, () => ` (${at}). `)}\n\n`;
    parts.push(part);
    size += part.length;
  }
  return parts.join('').slice(0, length);
}

const { RecursiveCharacterTextSplitter } = await loadPeer<Splitters>('@langchain/textsplitters');
const splitter = (lengthFunction: (text: string) => number) =>
  new RecursiveCharacterTextSplitter({ chunkSize: max_tokens, chunkOverlap: overlap_tokens, lengthFunction });
const byGptTokenizer = splitter((text) => countTokens(text));
const byOurCount = splitter((text) => tokenizer.count(text));

/** A round takes texts of the length until they are a million characters together, so that it is no test of starting up. */
function contendersFor(length: number): Contender[] {
  const count = Math.max(1, Math.floor(1_000_000 / length));
  const whole = prose(length * count);
  const texts = Array.from({ length: count }, (_, at) => whole.slice(at * length, (at + 1) * length));
  const speed = async (work: (text: string) => unknown) => {
    const started = performance.now();
    for (const text of texts) await work(text);
    return { mb_per_s: whole.length / 1000 / (performance.now() - started) };
  };
  return [
    {
      name: 'sproute',
      round: () => speed((text) => chunkText(text, { tokenizer, max_tokens, overlap_tokens, min_tokens: 200 })),
    },
    { name: 'langchain, gpt-tokenizer', round: () => speed((text) => byGptTokenizer.splitText(text)) },
    { name: "langchain, sproute's count", round: () => speed((text) => byOurCount.splitText(text)) },
  ];
}

const rows: Record<string, string | number>[] = [];
const add = (length: number, figures: ReadonlyMap<string, readonly { mb_per_s?: number }[]>) => {
  const medians = [...figures].map(([name, each]) => [name, median(each.map((one) => one.mb_per_s ?? 0))] as const);
  const ours = medians.find(([name]) => name === 'sproute')?.[1] ?? Number.NaN;
  for (const [name, value] of medians) {
    rows.push({ characters: length, splitter: name, 'MB/s': value, 'sproute / it': ours / value });
  }
};
await interleave(contendersFor(100_000), 2);
for (const length of options.sizes.split(',').map(Number)) {
  add(length, await interleave(contendersFor(length), rounds));
}
for (const length of options.large.split(',').filter(Boolean).map(Number)) {
  note(`${length} characters, sproute alone`);
  add(length, await interleave(contendersFor(length).slice(0, 1), Math.min(rounds, 2)));
}
report('chunk', { max_tokens, overlap_tokens, encoding: 'o200k_base', rounds }, rows);
