import { parseArgs } from 'node:util';
import { candidatePairs } from '../src/knowledge/identity/candidate-pairs.ts';
import { generatePool } from './identity/generated.ts';
import { precisionAndRecall, type ScoredPair, scorePairs, stages } from './identity/score-pairs.ts';
import { note, printTable, report } from './support/report.ts';

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,100000' },
    misses: { type: 'boolean', default: false },
    'held-out': { type: 'boolean', default: false },
  },
});

type Row = Record<string, string | number>;

const scores = scorePairs();
const sets: [string, readonly ScoredPair[]][] = [
  ['developed on', scores.pairs.filter(({ pair }) => !pair.is_held_out)],
  ['held out', scores.pairs.filter(({ pair }) => pair.is_held_out)],
  ['all', scores.pairs],
];

const byStage = sets.flatMap(([set, pairs]) =>
  stages.map(({ stage, has }): Row => ({ set, stage, ...figures(pairs, has) })),
);
printTable(byStage);

const kinds = [...new Set(scores.pairs.map(({ pair }) => pair.kind))];
const byKind = kinds.map((kind): Row => {
  const pairs = scores.pairs.filter(({ pair }) => pair.kind === kind);
  const same = pairs.filter(({ pair }) => pair.same).length;
  const row: Row = { kind, same, different: pairs.length - same };
  for (const { stage, has } of stages) {
    const { precision, recall } = precisionAndRecall(pairs, has);
    if (stage !== 'blocking') row[`${stage}: P`] = precision;
    row[`${stage}: R`] = recall;
  }
  return row;
});
printTable(byKind);

if (options.misses) printMisses();

const bySize: Row[] = [];
for (const size of options.sizes.split(',').filter(Boolean).map(Number)) {
  note(`${size} generated entities`);
  bySize.push(measure(size));
}
report(
  'identity',
  {
    pairs: scores.pairs.length,
    names: scores.entities.size,
    unlabelled_merges: scores.unlabelled.length,
    by_stage: byStage,
    by_kind: byKind,
  },
  bySize,
);

function figures(pairs: readonly ScoredPair[], has: (scored: ScoredPair) => boolean): Row {
  const { precision, recall, right, wrong, missed } = precisionAndRecall(pairs, has);
  return { precision, recall, right, wrong, missed };
}

function measure(size: number): Row {
  const { entities, doublets } = generatePool(size);
  const started = performance.now();
  const before = process.cpuUsage();
  const found = new Set<string>();
  let compared = 0;
  let strong = 0;
  let largest_mb = 0;
  for (const { first_entity_id, second_entity_id, strength } of candidatePairs(entities, {
    onCompared: (pairs) => {
      compared = pairs;
    },
  })) {
    found.add(`${first_entity_id} ${second_entity_id}`);
    if (strength === 'strong') strong += 1;
    if (found.size % 10_000 === 1) largest_mb = Math.max(largest_mb, process.memoryUsage.rss() / 2 ** 20);
  }
  const seconds = (performance.now() - started) / 1000;
  const cpu = process.cpuUsage(before);
  const cpu_seconds = (cpu.user + cpu.system) / 1e6;
  return {
    entities: entities.length,
    doublets: doublets.length,
    found: doublets.filter(([one, other]) => found.has(`${one} ${other}`)).length,
    'pairs compared': compared,
    'compared / entity': compared / entities.length,
    candidates: found.size,
    strong,
    seconds,
    'cpu seconds': cpu_seconds,
    'cpu us / entity': (cpu_seconds * 1e6) / entities.length,
    'rss mb': Math.round(largest_mb),
  };
}

/** The pairs that a stage gets wrong; those held out only when asked for, so that no rule is made for them. */
function printMisses(): void {
  const shown = scores.pairs.filter(({ pair }) => options['held-out'] || !pair.is_held_out);
  for (const { pair, is_compared, candidate, is_merged, alone } of shown) {
    const reached = is_merged ? 'merged' : (candidate?.strength ?? (is_compared ? 'compared' : 'never met'));
    const isRight = pair.same ? is_merged : candidate === undefined;
    if (isRight) continue;
    const reasons = candidate?.reasons ?? alone.reasons;
    const label = pair.same ? 'same' : 'different';
    process.stdout.write(
      `${label}, ${reached}: ${pair.first.name} | ${pair.second.name} (${pair.kind}) ${reasons.join('; ')}\n`,
    );
  }
  for (const [one, other] of scores.unlabelled) {
    process.stdout.write(`merged, not labelled: ${one.name} | ${other.name} (${one.type_family})\n`);
  }
}
