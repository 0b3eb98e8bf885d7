import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ContractSchema, SchemaNode } from '../../src/contracts/dialect.ts';
import { type Contract, loadContracts } from '../../src/contracts/registry.ts';

/** A folder of contracts made of `{ 'name/1.0.0.schema.json': content }`, removed when the test ends. */
export function contractFolder(files: Record<string, string | object>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sproute-contracts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

export const confidence: SchemaNode = { description: 'How sure.', type: 'number', minimum: 0, maximum: 1 };
export const quote: SchemaNode = { description: 'Verbatim.', type: 'string', maxLength: 100 };

/** A contract `thing` whose whole answer is one item with these properties, beside confidence and quote. */
export function thingSchema(properties: Record<string, SchemaNode> = {}, root: Partial<ContractSchema> = {}) {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:sproute:contract:thing:1.0.0',
    title: 'Thing',
    description: 'A thing.',
    'x-kind': 'output',
    'x-items': [{ path: '', kind: 'thing' }],
    'x-merge': [],
    type: 'object',
    additionalProperties: false,
    required: ['confidence', 'quote'],
    properties: { confidence, quote, ...properties },
    ...root,
  } satisfies ContractSchema;
}

/** Loads one `thing` contract from a folder of its own. */
export function loadThing(schema: object): Contract {
  const folder = contractFolder({ 'thing/1.0.0.schema.json': schema, 'thing/prompt.md': 'Find the thing.' });
  const [contract] = loadContracts(folder);
  if (!contract) throw new Error('no contract was loaded');
  return contract;
}
