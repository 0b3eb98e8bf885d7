import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { embeddedStatus, startEmbedded, stopEmbedded } from '../db/embedded.ts';
import { migrationStatus } from '../db/migrate.ts';
import { redactUrl } from '../db/url.ts';
import { SprouteError } from '../errors.ts';
import { registerDbPrune } from './db-prune.ts';
import { print, printJson, say } from './output.ts';
import { migrateDatabase, programVersion, withUrl } from './session.ts';

/** `sproute db`: the server and its schema. */
export function registerDb(program: Command): void {
  const db = program.command('db').description('start, stop, migrate and inspect the database');

  db.command('start')
    .description('start the embedded PostgreSQL and keep it up until `db stop`')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute db start')
    .action(async (options: { json?: boolean }) => {
      refuseOwnServer('start');
      const { url, place } = await startEmbedded(process.cwd());
      if (options.json) return printJson({ running: true, url: redactUrl(url), location: place.root });
      print(`The embedded PostgreSQL is up at ${redactUrl(url)} (data in ${place.root}).`);
      say('Next: psql "$(npm run -s sproute -- db url)", or `sproute db stop`.');
    });

  db.command('stop')
    .description('stop the embedded PostgreSQL')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute db stop')
    .action(async (options: { json?: boolean }) => {
      refuseOwnServer('stop');
      const stopped = await stopEmbedded(process.cwd());
      if (options.json) return printJson({ stopped });
      print(stopped ? 'The embedded PostgreSQL was stopped.' : 'The embedded PostgreSQL was not running.');
    });

  registerDbPrune(db);

  db.command('url')
    .description('print the connection string, password included, and nothing else')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  psql "$(sproute db url)"')
    .action(async (options: { json?: boolean }) => {
      const config = readConfig();
      const url = config.database_url ?? (await embeddedStatus(process.cwd())).url;
      if (options.json) printJson({ url });
      else print(url);
    });

  db.command('migrate')
    .description('bring the database to this program; doing it twice changes nothing')
    .option('--dry-run', 'print the SQL that would run')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sproute db migrate --dry-run\n  sproute db migrate')
    .action(async (options: { dryRun?: boolean; json?: boolean }) => {
      const report = await withUrl(readConfig(), (url) => migrateDatabase(url, options.dryRun === true));
      if (options.json) return printJson(report);
      if (options.dryRun) return print(report.sql.length > 0 ? report.sql.join('\n\n') : '-- nothing to do');
      const { migrations, objects, dropped, contracts, job_types } = report;
      const total = migrations.length + objects.length + dropped.length + contracts.length + job_types.length;
      if (total === 0) return print('The database is up to date: nothing was changed.');
      print(
        `Deployed ${migrations.length} migrations, ${objects.length} procedures and views, ${contracts.length} contracts, ` +
          `${job_types.length} job types; dropped ${dropped.length}.`,
      );
      if (!report.roles)
        say('The login may not create roles, so it owns everything and no rights were granted to others.');
    });

  db.command('status')
    .description('show where the database is and what is pending')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute db status')
    .action(async (options: { json?: boolean }) => {
      const config = readConfig();
      const embedded = config.database_url === undefined ? await embeddedStatus(process.cwd()) : undefined;
      const status = await withUrl(config, (url) => migrationStatus({ url, program_version: programVersion }));
      const shown = {
        url: redactUrl(config.database_url ?? embedded?.url ?? ''),
        embedded: embedded !== undefined,
        running: embedded?.running ?? true,
        location: embedded?.place.root ?? null,
        ...status,
      };
      if (options.json) return printJson(shown);
      print(`Database:  ${shown.url}`);
      if (embedded)
        print(
          `Embedded:  ${embedded.running ? 'running' : 'not running'}${embedded.kept ? ', kept by `db start`' : ''}, in ${embedded.place.root}`,
        );
      print(
        `Schema:    ${status.applied} migrations applied, ${status.pending.length} pending, ${status.changed_objects.length} procedures and views to deploy`,
      );
      if (status.pending.length + status.changed_objects.length > 0) say('Next: sproute db migrate');
    });
}

function refuseOwnServer(verb: string): void {
  if (readConfig().database_url === undefined) return;
  throw new SprouteError(
    'USAGE',
    `\`db ${verb}\` is for the embedded PostgreSQL, and DATABASE_URL names another server.`,
    {
      hint: 'Unset DATABASE_URL to use the embedded one.',
    },
  );
}
