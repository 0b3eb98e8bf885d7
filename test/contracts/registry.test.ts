import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SchemaNode } from '../../src/contracts/dialect.ts';
import { contractsFolder, findContract, loadContracts } from '../../src/contracts/registry.ts';
import { isSprouteError, type SprouteError } from '../../src/errors.ts';
import { contractFolder, loadThing, thingSchema } from './contract-folder.ts';

function refusal(run: () => unknown): SprouteError {
  try {
    run();
  } catch (error) {
    if (isSprouteError(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const text = (more: SchemaNode = {}): SchemaNode => ({
  description: 'A text.',
  type: 'string',
  maxLength: 10,
  ...more,
});

describe('the contracts of the package', () => {
  test('are loaded with hash, prompt and items', () => {
    const files = globSync('*/*.schema.json', { cwd: contractsFolder });
    const loaded = loadContracts();
    expect(loaded.map(({ name, version }) => `${name}/${version}.schema.json`).toSorted()).toEqual(files.toSorted());
    for (const { name, kind } of loaded) expect(kind, name).toBe(/_input$/.test(name) ? 'input' : 'output');
    const contract = findContract('entity_extraction', '1.0.0');
    const bytes = readFileSync(join(contractsFolder, 'entity_extraction', '1.0.0.schema.json'));
    expect(contract.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(contract.schema).toEqual(JSON.parse(bytes.toString()));
    expect(contract.prompt).toContain('## Verbatim quotes');
    expect(contract.prompt_sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(findContract('page_job_input').items).toEqual([]);
  });

  test('tell the generic worker what to key, merge, ground and read as a time', () => {
    const [entity, relationship] = findContract('entity_extraction', '1.0.0').items;
    expect(entity).toMatchObject({
      path: 'entities',
      kind: 'entity',
      merge: ['name', 'type'],
      evidence: 'quote',
      name: ['name', 'aliases'],
      times: [],
      keys: [
        { path: 'name', as: 'name' },
        { path: 'type', as: 'type' },
        { path: 'aliases', as: 'name' },
        { path: 'attributes.key', as: 'type' },
      ],
    });
    expect(relationship).toMatchObject({
      kind: 'relationship',
      merge: ['from_entity', 'to_entity', 'relation_type', 'start', 'end'],
      name: [],
      times: ['start', 'end'],
    });
    expect(findContract('page_classification').items).toMatchObject([
      { path: '', kind: 'page_classification', merge: [] },
    ]);
  });

  test('have items of every family, keyed wherever names and types stand', () => {
    const { items } = findContract('knowledge_extraction');
    expect(items.map(({ path, kind }) => [path, kind])).toEqual([
      ['entities', 'entity'],
      ['events', 'event'],
      ['works', 'work'],
      ['locations', 'location'],
      ['periods', 'period'],
      ['concepts', 'concept'],
      ['tags', 'tag'],
      ['facts', 'fact'],
      ['relationships', 'relationship'],
    ]);
    const keyed = (kind: string) => {
      const item = items.find((each) => each.kind === kind);
      return [...(item?.keys.map(({ path, as }) => `${path} ${as}`) ?? []), ...(item?.times ?? [])];
    };
    expect(keyed('event')).toEqual([
      'name name',
      'type type',
      'location name',
      'participants.entity name',
      'participants.role type',
      'work_context.from name',
      'work_context.to name',
      'continuity name',
      'start',
      'end',
    ]);
    expect(keyed('work')).toEqual([
      'name name',
      'type type',
      'canon_status type',
      'appearances.entity name',
      'appearances.appearance_type type',
      'release_date',
    ]);
    expect(keyed('location')).toEqual(['name name', 'type type', 'parent name']);
    expect(keyed('period')).toEqual(['name name', 'type type', 'start', 'end']);
    expect(keyed('concept')).toEqual(['name name', 'type type']);
    expect(keyed('tag')).toEqual(['name type', 'entity name', 'broader type']);
    expect(keyed('fact')).toEqual([
      'subject name',
      'attribute type',
      'value name',
      'unit type',
      'work_context.from name',
      'work_context.to name',
      'continuity name',
      'valid_from',
      'valid_to',
    ]);
    expect(keyed('relationship')).toEqual([
      'from_entity name',
      'to_entity name',
      'relation_type type',
      'work_context.from name',
      'work_context.to name',
      'continuity name',
      'start',
      'end',
    ]);
  });

  test('say the same of a family wherever it occurs', () => {
    const all = findContract('knowledge_extraction').items;
    for (const name of ['relationship_extraction', 'event_extraction', 'work_extraction']) {
      for (const item of findContract(name).items) expect(item).toEqual(all.find(({ kind }) => kind === item.kind));
    }
  });

  test('are read once', () => {
    const again = loadContracts();
    for (const [at, contract] of loadContracts().entries()) {
      expect(again[at]).toBe(contract);
      expect(findContract(contract.name, contract.version)).toBe(contract);
    }
  });
});

describe('findContract', () => {
  test('takes the latest version by number, not by text', () => {
    const at = (version: string) => thingSchema({}, { $id: `urn:sproute:contract:thing:${version}` });
    const folder = contractFolder({
      'thing/1.10.0.schema.json': at('1.10.0'),
      'thing/1.9.0.schema.json': at('1.9.0'),
      'thing/prompt.md': 'Find it.',
    });
    const contracts = loadContracts(folder);
    expect(findContract('thing', 'latest', contracts).version).toBe('1.10.0');
    expect(findContract('thing', '1.9.0', contracts).version).toBe('1.9.0');
  });

  test('names what there is when it finds nothing', () => {
    const unknown = refusal(() => findContract('entity_extractoin'));
    expect(unknown.code).toBe('CONTRACT_UNKNOWN');
    const known = [...new Set(loadContracts().map(({ name }) => name))];
    expect(unknown.hint).toContain(known.join(', '));
    expect(refusal(() => findContract('page_classification', '9.9.9')).hint).toContain('has the versions 1.0.0');
    expect(refusal(() => findContract('__proto__')).code).toBe('CONTRACT_UNKNOWN');
  });
});

test('line ends do not change a hash', () => {
  const lines = `${JSON.stringify(thingSchema(), null, 2)}\n`;
  const load = (schema: string, prompt: string) =>
    loadContracts(contractFolder({ 'thing/1.0.0.schema.json': schema, 'thing/prompt.md': prompt }))[0];
  const unix = load(lines, 'Find\nit.\n');
  const windows = load(lines.replaceAll('\n', '\r\n'), 'Find\r\nit.\r\n');
  expect(windows?.sha256).toBe(unix?.sha256);
  expect(windows?.prompt_sha256).toBe(unix?.prompt_sha256);
});

test('definitions are replaced by what they define, and words beside a reference win', () => {
  const contract = loadThing(
    thingSchema(
      { label: { $ref: '#/$defs/label', description: 'Its label.' } },
      { $defs: { label: text({ maxLength: 7, 'x-key': 'name' }) } },
    ),
  );
  expect(contract.root.properties?.label).toEqual({
    description: 'Its label.',
    type: 'string',
    maxLength: 7,
    'x-key': 'name',
  });
  expect(contract.schema.properties?.label).toEqual({ $ref: '#/$defs/label', description: 'Its label.' });
});

describe('a malformed contract is refused with file and reason', () => {
  const nested = (levels: number): SchemaNode =>
    levels === 0 ? text() : { description: 'A list.', type: 'array', maxItems: 1, items: nested(levels - 1) };
  const doubled = Object.fromEntries(
    Array.from({ length: 20 }, (_, level) => [
      `d${level}`,
      level === 19
        ? text()
        : {
            type: 'object',
            additionalProperties: false,
            required: [],
            properties: {
              a: { $ref: `#/$defs/d${level + 1}`, description: 'A.' },
              b: { $ref: `#/$defs/d${level + 1}`, description: 'B.' },
            },
          },
    ]),
  );
  const item = (more: object) => ({
    'x-items': [{ path: 'parts', kind: 'part' }],
    properties: {
      parts: {
        description: 'Parts.',
        type: 'array',
        maxItems: 3,
        items: { ...thingSchema({ label: text() }), $schema: undefined, $id: undefined, 'x-items': undefined, ...more },
      },
    },
    required: [],
    'x-merge': undefined,
  });
  const part = { title: 'Part', 'x-kind': undefined };

  test.each<[string, object | string, RegExp]>([
    ['text that is no JSON', '{"title": ', /it is no JSON|JSON/],
    ['another value than an object', '[]', /\$ should be an object/],
    ['a keyword outside the dialect', { ...thingSchema(), oneOf: [] }, /\$\.oneOf should be no such property/],
    [
      'another draft',
      { ...thingSchema(), $schema: 'http://json-schema.org/draft-07/schema#' },
      /\$\.\$schema should be/,
    ],
    ['an id of another contract', { ...thingSchema(), $id: 'urn:sproute:contract:other:1.0.0' }, /\$id is urn/],
    ['an object that lets anything in', { ...thingSchema(), additionalProperties: undefined }, /additionalProperties/],
    [
      'an object that says so',
      { ...thingSchema(), additionalProperties: true },
      /additionalProperties should be false/,
    ],
    [
      'a text without a limit',
      thingSchema({ label: { description: 'L.', type: 'string' } }),
      /\$\.label is a text without maxLength/,
    ],
    [
      'a list without a limit',
      thingSchema({ list: { description: 'L.', type: 'array', items: text() } }),
      /without maxItems/,
    ],
    ['a list without items', thingSchema({ list: { description: 'L.', type: 'array', maxItems: 2 } }), /without items/],
    [
      'a property without description',
      thingSchema({ label: { type: 'string', maxLength: 3 } }),
      /label without description/,
    ],
    ['a node without type', thingSchema({ label: { description: 'L.' } }), /\$\.label has no type/],
    ['a limit of another type', thingSchema({ label: text({ minimum: 3 }) }), /minimum, which does not apply/],
    ['a choice of another type', thingSchema({ label: text({ enum: ['a', 3] }) }), /not of type string/],
    ['a required property that is missing', thingSchema({}, { required: ['confidence', 'quote', 'x'] }), /requires x/],
    ['a pattern that is no expression', thingSchema({ label: text({ pattern: '(' }) }), /pattern should be/],
    ['an unknown format', thingSchema({ label: text({ format: 'color' }) }), /format should be one of/],
    ['__proto__ as a property', JSON.stringify(thingSchema()).replace('"confidence":{', '"__proto__":{'), /properties/],
    ['a reference to nothing', thingSchema({ label: { $ref: '#/$defs/none' } }), /refers to nothing/],
    [
      'a reference to constructor',
      thingSchema({ label: { $ref: '#/$defs/constructor' } }, { $defs: {} }),
      /to nothing/,
    ],
    ['a reference elsewhere', thingSchema({ label: { $ref: 'https://example.org/x.json' } }), /\$ref should be/],
    [
      'a limit beside a reference',
      thingSchema({ label: { $ref: '#/$defs/l', maxLength: 3 } }, { $defs: { l: text() } }),
      /maxLength stands beside/,
    ],
    [
      'a definition of itself',
      thingSchema(
        { a: { $ref: '#/$defs/a' } },
        { $defs: { a: { description: 'A.', type: 'array', maxItems: 1, items: { $ref: '#/$defs/a' } } } },
      ),
      /refers to itself/,
    ],
    [
      'definitions that multiply',
      thingSchema({ a: { $ref: '#/$defs/d0' } }, { $defs: doubled as Record<string, SchemaNode> }),
      /more than 5000 nodes/,
    ],
    ['deep nesting', thingSchema({ deep: nested(100) }), /nests deeper/],
    ['bottomless nesting', `${'{"items":'.repeat(200_000)}{}${'}'.repeat(200_000)}`, /nests deeper|JSON|stack/],
    ['an output without items', JSON.stringify({ ...thingSchema({}), 'x-items': undefined }), /output without x-items/],
    ['items that no model gives', thingSchema({}, { 'x-model': false }), /no model is asked/],
    ['an input with items', thingSchema({}, { 'x-kind': 'input' }), /input and has x-items/],
    [
      'items that are not there',
      thingSchema({}, { 'x-items': [{ path: 'parts', kind: 'part' }] }),
      /"parts", which is no array of objects/,
    ],
    [
      'items in two places at once',
      thingSchema(
        {},
        {
          'x-items': [
            { path: '', kind: 'a' },
            { path: '', kind: 'b' },
          ],
        },
      ),
      /two x-items/,
    ],
    ['an item that says not how to merge', { ...thingSchema(), 'x-merge': undefined }, /item without x-merge/],
    ['an item merged by nothing it has', thingSchema({}, { 'x-merge': ['label'] }), /no property label/],
    ['an item grounded by nothing it has', thingSchema({}, { 'x-name': ['label'] }), /no property label/],
    ['an item without evidence', thingSchema({}, { 'x-evidence': 'passage' }), /no required text passage/],
    ['an item whose evidence is optional', thingSchema({}, { required: ['confidence'] }), /no required text quote/],
    [
      'an item without confidence',
      thingSchema({ confidence: { description: 'C.', type: 'integer' } }),
      /confidence from 0 to 1/,
    ],
    [
      'a key that is no text',
      thingSchema({ size: { description: 'S.', type: 'number', 'x-key': 'name' } }),
      /\$\.size has x-key/,
    ],
    [
      'a key outside of any item',
      {
        ...thingSchema({ label: text({ 'x-key': 'name' }) }),
        ...item(part),
        properties: { ...item(part).properties, label: text({ 'x-key': 'name' }) },
      },
      /\$\.label has x-key/,
    ],
    [
      'an item annotation on what is none',
      thingSchema({
        box: {
          description: 'B.',
          type: 'object',
          additionalProperties: false,
          required: [],
          properties: {},
          'x-merge': [],
        },
      }),
      /\$\.box is annotated as an item/,
    ],
  ])('%s', (_, schema, reason) => {
    const error = refusal(() => loadThing(schema as object));
    expect(error.code).toBe('CONTRACT_INVALID');
    expect(error.message).toContain('thing/1.0.0.schema.json');
    expect(error.message).toMatch(reason);
    expect(error.hint).toBeTruthy();
    expect(error.message.length).toBeLessThan(5000);
  });

  test.each([
    ['a file that is named after no version', { 'thing/1.0.schema.json': '{}' }, /thing\/1\.0\.schema\.json/],
    ['a version with a leading zero', { 'thing/1.00.0.schema.json': '{}' }, /MAJOR\.MINOR\.PATCH/],
    ['a folder without a schema', { 'thing/prompt.md': 'x' }, /no <version>\.schema\.json/],
    ['a folder that is no name', { 'Thing/1.0.0.schema.json': '{}' }, /lower snake_case/],
    ['an output without prompt', { 'thing/1.0.0.schema.json': thingSchema() }, /no prompt\.md/],
  ])('%s', (_, files: Record<string, string | object>, reason) => {
    const error = refusal(() => loadContracts(contractFolder(files)));
    expect(error.code).toBe('CONTRACT_INVALID');
    expect(error.message).toMatch(reason);
  });
});
