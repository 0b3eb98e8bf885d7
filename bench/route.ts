import { parseArgs } from 'node:util';
import pg from 'pg';
import type { Database } from '../src/db/connect.ts';
import { queryRows } from '../src/db/query.ts';
import { claimPageJob, payloadFor, putPage, route } from '../test/support/routing.ts';
import { hubName, prepareFill } from './route/fill.ts';
import { copyTables, insertRows, rowsOf } from './route/raw.ts';
import { median, note, report } from './support/report.ts';
import { startBenchServer } from './support/server.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    pages: { type: 'string', default: '40' },
    entities: { type: 'string', default: '10000,1000000' },
    hub: { type: 'string', default: '100000' },
  },
});
const rounds = Number(options.rounds);
const pages = Number(options.pages);
const entitiesOfPage = 50;
const relationsOfPage = 80;

interface Scenario {
  name: string;
  db: Database;
  client: pg.Client;
  names: (page: number) => string[];
}

const server = await startBenchServer();
try {
  const rows = await measure();
  report('route', { postgres: server.version, rounds, pages_a_round: pages, entitiesOfPage, relationsOfPage }, rows);
} finally {
  await server.close();
}

/** Routes pages into each scenario in turn; the rows of the first are inserted once more by plain INSERTs. */
async function measure(): Promise<Record<string, string | number>[]> {
  const scenarios: Scenario[] = [];
  for (const count of options.entities.split(',').map(Number)) {
    scenarios.push(await open(`new names, ${count} entities known`, count, 0, newNames));
  }
  const hub = Number(options.hub);
  scenarios.push(
    await open(`one name has ${hub} assertions`, 10_000, hub, (page) => [hubName, ...newNames(page).slice(1)]),
  );
  const figures = new Map<string, { ms: number[]; rows_per_s: number[] }>();
  const add = (name: string, ms: number, rows: number) => {
    const own = figures.get(name) ?? { ms: [], rows_per_s: [] };
    own.ms.push(ms / pages);
    own.rows_per_s.push((rows / ms) * 1000);
    figures.set(name, own);
  };
  const [first] = scenarios;
  if (first === undefined) throw new Error('no scenario');
  await copyTables(first.client);
  for (let round = 0; round <= rounds; round += 1) {
    for (const scenario of scenarios) {
      const routed = await routePages(scenario, round);
      const rows = await rowsOf(scenario.client, routed.run_ids);
      const total = rows.reduce((sum, page) => sum + page.count, 0);
      // The first round warms up.
      if (round > 0) add(scenario.name, routed.ms, total);
      note(
        `round ${round}/${rounds} ${scenario.name}: ${(routed.ms / pages).toFixed(1)} ms and ${Math.round(total / pages)} rows a page`,
      );
      if (scenario !== first) continue;
      const took = await insertRows(first.client, rows);
      if (round > 0) add('plain INSERTs of the rows of the first', took, total);
    }
  }
  for (const { client } of scenarios) await client.end();
  const base = median(figures.get('plain INSERTs of the rows of the first')?.rows_per_s ?? []);
  return [...figures].map(([name, { ms, rows_per_s }]) => ({
    what: name,
    'ms a page': median(ms),
    'rows/s': median(rows_per_s),
    'ratio to plain INSERTs': median(rows_per_s) / base,
  }));
}

async function open(name: string, entities: number, hub: number, names: Scenario['names']): Promise<Scenario> {
  note(`preparing: ${name}`);
  const { url, db } = await server.createSproute(`bench_route_${entities}_${hub}`);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await prepareFill(client, entities, hub);
  return { name, db, client, names };
}

function newNames(page: number): string[] {
  return Array.from({ length: entitiesOfPage }, (_, at) => `Person ${page} ${at}`);
}

/** Ingests and claims beforehand, then times the routing calls alone. */
async function routePages({ db, names }: Scenario, round: number) {
  const prepared = [];
  for (let at = 0; at < pages; at += 1) {
    const number = round * pages + at;
    const people = names(number);
    const sentences = Array.from({ length: relationsOfPage }, (_, k) => {
      const from = people[k % people.length] ?? '';
      const to = people[(k * 7 + 3) % people.length] ?? '';
      return { from, to, text: `${from} met ${to} for the ${k}th time.` };
    });
    const content = sentences.map(({ text }) => text).join('\n');
    const page = await putPage(db, `page ${number}`, content);
    const job = await claimPageJob(db, page.source_page_id);
    const payload = payloadFor(page, content, {
      entities: people.map((name) => ({ name, type: 'person', quote: name })),
      relationships: sentences.map(({ from, to, text }, k) => ({
        from_entity: from,
        to_entity: to,
        relation_type: `met_${k}`,
        quote: text,
      })),
    });
    prepared.push({ job, payload });
  }
  await queryRows(db, 'CHECKPOINT');
  const started = performance.now();
  for (const { job, payload } of prepared) await route(db, job, payload);
  return { ms: performance.now() - started, run_ids: prepared.map(({ job }) => job.run_id) };
}
