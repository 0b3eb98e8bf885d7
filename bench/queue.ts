import { parseArgs } from 'node:util';
import type { Contestant } from './queue/contestant.ts';
import { openGraphile } from './queue/graphile.ts';
import { openPgBoss } from './queue/pg-boss.ts';
import { openRaw } from './queue/raw.ts';
import { openSproute } from './queue/sproute.ts';
import { median, note, percentile, report } from './support/report.ts';
import { type Figures, interleave } from './support/rounds.ts';
import { type BenchServer, startBenchServer } from './support/server.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    sizes: { type: 'string', default: '20000,100000' },
    ready: { type: 'string', default: '10000,100000,1000000' },
    only: { type: 'string', default: 'burn,claim,pickup,defaults' },
  },
});
const rounds = Number(options.rounds);
const sizes = options.sizes.split(',').map(Number);
const readySizes = options.ready.split(',').map(Number);
const parts = new Set(options.only.split(','));

const server = await startBenchServer();
try {
  await compare(server);
} finally {
  await server.close();
}

async function compare(server: BenchServer): Promise<void> {
  const contestants = [
    await openSproute(server, 'inline'),
    await openSproute(server, 'threads'),
    await openGraphile(server, true),
    await openPgBoss(server, 'keyed'),
    await openPgBoss(server, 'fast'),
    await openRaw(server),
  ];
  const rows: Record<string, string | number>[] = [];
  if (parts.has('burn')) for (const jobs of sizes) rows.push(...(await burnDowns(contestants, jobs)));
  if (parts.has('defaults')) rows.push(...(await defaults(server)));
  if (parts.has('claim')) for (const ready of readySizes) rows.push(...(await claims(contestants, ready)));
  if (parts.has('pickup')) rows.push(...(await pickUps(contestants)));
  for (const each of contestants) await each.close();
  report('queue', { postgres: server.version, rounds }, rows);
}

/** Enqueues and works off `jobs` jobs in every contestant; medians, and each as a ratio of sproute's to it. */
async function burnDowns(contestants: readonly Contestant[], jobs: number): Promise<Row[]> {
  const figures = await interleave(
    contestants.map((each) => ({
      name: each.name,
      round: async () => {
        const enqueued = await each.enqueue(jobs);
        await each.settle();
        return { enqueue: perSecond(jobs, enqueued), burn: perSecond(jobs, await each.burnDown(jobs)) };
      },
    })),
    rounds,
  );
  return [
    ...compared(`enqueue ${jobs}, jobs/s`, figures, ({ enqueue }) => enqueue),
    ...compared(`burn-down ${jobs}, jobs/s`, figures, ({ burn }) => burn),
  ];
}

/** The peers as they come: too slow for the sizes above, and each in its own way. */
async function defaults(server: BenchServer): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { peer, jobs } of [
    { peer: await openGraphile(server, false), jobs: 5_000 },
    // It looks for one job every two seconds.
    { peer: await openPgBoss(server, 'defaults'), jobs: 10 },
  ]) {
    const round = async () => {
      await peer.enqueue(jobs);
      await peer.settle();
      return { burn: (jobs / (await peer.burnDown(jobs))) * 1000 };
    };
    const figures = await interleave([{ name: peer.name, round }], Math.min(rounds, 2));
    await peer.close();
    rows.push(...compared(`burn-down ${jobs}, jobs/s`, figures, ({ burn }) => burn));
  }
  return rows;
}

async function claims(contestants: readonly Contestant[], ready: number): Promise<Row[]> {
  const able = contestants.filter((each) => each.claims !== undefined);
  for (const each of able) {
    note(`${each.name}: ${ready} jobs ready`);
    await each.enqueue(ready);
    await each.settle();
  }
  const times = Math.min(1000, Math.floor(ready / (rounds + 1)));
  const figures = await interleave(
    able.map((each) => ({
      name: each.name,
      round: async (): Promise<Figures> => {
        const took = (await each.claims?.(times)) ?? [];
        return { p50: median(took), p99: percentile(took, 0.99) };
      },
    })),
    rounds,
  );
  return [
    ...compared(`claim of one, ${ready} ready, p50 ms`, figures, ({ p50 }) => p50),
    ...compared(`claim of one, ${ready} ready, p99 ms`, figures, ({ p99 }) => p99),
  ];
}

async function pickUps(contestants: readonly Contestant[]): Promise<Row[]> {
  const figures = await interleave(
    contestants.flatMap((each) =>
      each.pickUps === undefined
        ? []
        : [{ name: each.name, round: async () => ({ p50: median((await each.pickUps?.(100)) ?? []) }) }],
    ),
    rounds,
  );
  return compared('pick-up by an idle runner, p50 ms', figures, ({ p50 }) => p50);
}

type Row = Record<string, string | number>;

function compared(
  what: string,
  figures: ReadonlyMap<string, readonly Figures[]>,
  of: (figures: Figures) => number | undefined,
): Row[] {
  const medians = new Map(
    [...figures].map(([name, each]) => [name, median(each.map((figure) => of(figure) ?? Number.NaN))]),
  );
  const ours = medians.get('sproute');
  return [...medians].map(([queue, value]) => ({
    figure: what,
    queue,
    median: value,
    'sproute / it': ours === undefined ? '' : ours / value,
  }));
}

function perSecond(count: number, ms: number): number {
  return Math.round((count / ms) * 1000);
}
