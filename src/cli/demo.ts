import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { readEntityTypes, readKnowledgeCounts, readRelationSamples } from '../db/knowledge-queries.ts';
import { openLake } from '../lake/open.ts';
import { packageRoot } from '../package-root.ts';
import { registerDemoOntology } from './demo-ontology.ts';
import { ingestPaths } from './ingest.ts';
import { enqueuePages } from './job.ts';
import { grouped, print, printJson, say, styled } from './output.ts';
import { type Session, withSession } from './session.ts';
import { startRunner } from './start-runner.ts';

/** `sproute demo`: the whole way, from pages to rows, with the built-in model. */
export function registerDemo(program: Command): void {
  const demo = program
    .command('demo')
    .description('run the example corpus through the whole pipeline')
    .option('--json', 'print the summary as one JSON object')
    .addHelpText('after', '\nExamples:\n  sproute demo\n  sproute demo --json')
    .action(async (options: { json?: boolean }) => {
      const started = Date.now();
      await withSession(async (session) => {
        say(
          `Ingesting examples/corpus, asking ${session.config.llm_model ?? 'the built-in model'}, routing the answers ...`,
        );
        const ingested = await ingestPaths(session.db, [join(packageRoot, 'examples', 'corpus')], 'demo');
        await enqueuePages(session.db, 'page_classification', { all: true });
        await enqueuePages(session.db, 'knowledge_extraction', { all: true });
        const ran = await startRunner(session, { drain: true, quiet: true });
        const counts = await readKnowledgeCounts(session.db);
        const summary = {
          ...counts,
          pages_changed: ingested.created + ingested.changed,
          jobs: ran.succeeded,
          chunks: ran.chunks,
          calls: ran.calls,
          cache_hits: ran.cache_hits,
          input_tokens: ran.input_tokens,
          output_tokens: ran.output_tokens,
          duration_ms: Date.now() - started,
        };
        if (options.json) printJson(summary);
        else await tell(session, summary);
        if (counts.dead_letters > 0) process.exitCode = 3;
      });
    });
  registerDemoOntology(demo);
}

type Summary = Awaited<ReturnType<typeof readKnowledgeCounts>> & {
  jobs: number;
  chunks: number;
  calls: number;
  cache_hits: number;
  input_tokens: number;
  output_tokens: number;
  duration_ms: number;
};

async function tell({ db, config }: Session, summary: Summary): Promise<void> {
  const types = await readEntityTypes(db);
  const shown = types.slice(0, 12);
  const samples = await readRelationSamples(db, 6);
  print('');
  print(styled('sproute: from prose to rows', 'bold'));
  print('');
  if (summary.jobs === 0) print('Nothing to do: every page has been read, no model was asked, no row changed.');
  print(
    `  ${grouped(summary.pages)} pages, ${grouped(summary.chunks)} chunks, ${grouped(summary.calls)} model calls ` +
      `(${grouped(summary.cache_hits)} from the cache), ${grouped(summary.input_tokens)} tokens in, ${grouped(summary.output_tokens)} out, ` +
      `${(summary.duration_ms / 1000).toFixed(1)} s`,
  );
  print(
    `  ${grouped(summary.entities)} entities (${grouped(summary.promoted_entities)} promoted), ${grouped(summary.events)} events, ` +
      `${grouped(summary.works)} works, ${grouped(summary.locations)} locations, ${grouped(summary.relations)} relations, ` +
      `${grouped(summary.facts)} facts, ` +
      `${grouped(summary.needs_review)} waiting for review, ${summary.dead_letters} dead letters`,
  );
  print('');
  print(styled('Entities by type', 'bold'));
  for (const { type_family, entities, promoted } of shown) {
    print(
      `  ${type_family.padEnd(16)} ${grouped(entities).padStart(6)}   ${styled(`${grouped(promoted)} promoted`, 'dim')}`,
    );
  }
  if (types.length > shown.length) print(styled(`  and ${types.length - shown.length} more types`, 'dim'));
  print('');
  print(styled('Some rows, with what supports them', 'bold'));
  for (const { from_name, relation_type, to_name, start_text, end_text, quote, title } of samples) {
    const when =
      start_text === null && end_text === null
        ? ''
        : ` (${start_text ?? ''}${end_text === null ? '' : ` to ${end_text}`})`;
    print(`  ${from_name} ${styled(relation_type, 'green')} ${to_name}${when}`);
    print(`    ${styled(`"${quote.replace(/\s+/g, ' ')}" (${title})`, 'dim')}`);
  }
  const lake = openLake(config);
  print('');
  const place = lake.folder === undefined ? lake.place : relative(process.cwd(), lake.folder) || lake.folder;
  print(`Every request and answer lies in the lake: ${place}`);
  print('');
  print(styled('What to type next', 'bold'));
  print('  npm run -s sproute -- job ls --limit 5');
  print('  npm run -s sproute -- entity search floyd');
  print('  npm run -s sproute -- entity dedupe-audit --dry-run');
  print('  npm run -s sproute -- kb export -o knowledge.jsonl');
  print(
    '  npm run -s sproute -- db start && psql "$(npm run -s sproute -- db url)" -c "SELECT * FROM kb.vw_needs_review LIMIT 10"',
  );
  print(
    '  npm run -s sproute -- ingest <your folder> && npm run -s sproute -- job enqueue knowledge_extraction --all && npm run -s sproute -- run --drain',
  );
}
