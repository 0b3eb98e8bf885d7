import type { TestModule } from 'vitest/node';
import type { Engine } from '../../src/db/url.ts';

/** Every engine that sproute is to run on; `variable` names the server that its tests use. */
const engines: readonly { name: Engine; variable?: string }[] = [
  // A server of its own is started for the run.
  { name: 'postgres' },
  { name: 'mssql', variable: 'TEST_MSSQL_URL' },
];

/**
 * The engines of this run: PostgreSQL always, the others if their variable is set. TEST_DATABASES (with commas) insists on
 * those that it names: throws for one that is not known or has no server.
 */
export function testEngines(environment: NodeJS.ProcessEnv = process.env): Engine[] {
  const wanted = (environment.TEST_DATABASES ?? '').split(',').flatMap((name) => name.trim() || []);
  const known = engines.map(({ name }): string => name);
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`TEST_DATABASES names ${unknown}. Known are ${known.join(', ')}.`);
  return engines.flatMap(({ name, variable }) => {
    if (variable === undefined || environment[variable]) return name;
    if (wanted.includes(name)) throw new Error(`TEST_DATABASES names ${name}, and ${variable} is not set.`);
    return [];
  });
}

/** What the conformance suite did on each engine. */
export function engineRows(ran: readonly Engine[], modules: readonly TestModule[]): [engine: string, did: string][] {
  return engines.map(({ name, variable }) => {
    if (!ran.includes(name)) return [name, `not run: ${variable} is not set`];
    const states = modules
      .filter((module) => module.project.name === name)
      .flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const count = (state: string) => states.filter((each) => each === state).length;
    if (states.length === 0) return [name, 'none of its files was in this run'];
    return [name, `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`];
  });
}
