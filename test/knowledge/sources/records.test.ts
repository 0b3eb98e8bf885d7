import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { documentItems } from '../../../src/knowledge/sources/document-items.ts';
import type { DocumentType } from '../../../src/knowledge/sources/document-type.ts';
import { splitLines } from '../../../src/knowledge/sources/json-lines.ts';
import type { FieldMap } from '../../../src/knowledge/sources/source-item.ts';
import { all, pages, problems, reading } from '../../support/reading.ts';

const read = (text: string | Buffer, type: DocumentType, fields: Partial<FieldMap> = {}, largest_bytes = 1_000_000) =>
  all(
    documentItems(
      { place: 'f', external_id: 'f', fallback_title: 'f', type, bytes: Buffer.from(text), metadata: {} },
      reading(fields, { largest_bytes }),
    ),
  );
const json = (value: unknown, fields?: Partial<FieldMap>) => read(JSON.stringify(value), 'application/json', fields);
const lines = (text: string | Buffer, fields?: Partial<FieldMap>) => read(text, 'application/x-ndjson', fields);

describe('JSON', () => {
  test('a list of objects is a page each, known by the file and its id', async () => {
    expect(
      pages(
        await json([
          { id: 7, title: 'Seven', content: 'Text.' },
          { id: 'x', content: 'More.' },
        ]),
      ),
    ).toEqual([
      { external_id: 'f#7', title: 'Seven', content_type: 'text/plain', content: 'Text.', metadata: {} },
      { external_id: 'f#x', title: 'x', content_type: 'text/plain', content: 'More.', metadata: {} },
    ]);
  });

  test('one object is one page: the file, unless it has an id', async () => {
    expect(pages(await json({ content: 'Text.' }))).toMatchObject([{ external_id: 'f', title: 'f' }]);
    expect(pages(await json({ id: 1, content: 'Text.' }))).toMatchObject([{ external_id: 'f#1' }]);
  });

  test('an id stands alone in a source that is named', async () => {
    expect(pages(await json([{ id: 1, content: 'Text.' }], { has_own_ids: true }))).toMatchObject([
      { external_id: '1' },
    ]);
  });

  test('dotted paths reach into objects and lists, a key that is spelt so comes first, contents are joined', async () => {
    const record = {
      meta: { key: 'k', 'a.b': 'spelt', authors: [{ name: 'Ada' }] },
      'x.y': 'literal',
      x: { y: 'nested' },
      abstract: 'First.',
      body: ['Second.', 'Third.'],
      none: null,
    };
    const map = {
      id: 'meta.key',
      title: 'meta.authors.0.name',
      content: ['abstract', 'none', 'missing', 'body'],
      metadata: ['x.y', 'meta.authors', 'meta.missing'],
    };
    expect(pages(await json(record, map))).toEqual([
      {
        external_id: 'f#k',
        title: 'Ada',
        content_type: 'text/plain',
        content: 'First.\n\nSecond.\nThird.',
        metadata: { 'x.y': 'literal', 'meta.authors': [{ name: 'Ada' }] },
      },
    ]);
  });

  test('a record without an id is known by its content, unless an id field was named', async () => {
    const [a, again] = [await json([{ content: 'Text.' }]), await json([{ content: 'Other.' }, { content: 'Text.' }])];
    expect(pages(a)[0]?.external_id).toMatch(/^f#sha256-[0-9a-f]{32}$/);
    expect(pages(again)[1]?.external_id).toBe(pages(a)[0]?.external_id);
    expect(problems(await json([{ content: 'Text.' }], { id: 'key', needs_id: true }))).toEqual([
      { place: 'f[0]', reason: 'it has no id in key' },
    ]);
  });

  test('content that is HTML becomes text', async () => {
    const [page] = pages(await json([{ id: 1, content: '<p>Ada &amp; <b>Mary</b></p>' }], { type: 'text/html' }));
    expect(page).toMatchObject({ content: 'Ada & Mary', content_type: 'text/markdown', title: '1' });
  });

  test('NUL and lone surrogates are replaced wherever they stand', async () => {
    const record = { id: 'a\u0000', title: '\ud800x', content: 'a\u0000b\udc00', tag: '\u0000' };
    expect(pages(await json([record], { metadata: ['tag'] }))).toEqual([
      {
        external_id: 'f#a\ufffd',
        title: '\ufffdx',
        content_type: 'text/plain',
        content: 'a\ufffdb\ufffd',
        metadata: { tag: '\ufffd' },
      },
    ]);
  });

  test.each([
    ['broken', '{"a": ', 'it is no valid JSON'],
    ['a number', '7', 'it is a number, not an object with fields'],
    ['an empty list', '[]', 'it is an empty list'],
    ['blank', ' \n', 'it holds nothing but white space'],
    ['no content', '{"id": 1}', 'it has no text in content'],
    ['content that is an object', '{"id": 1, "content": {"a": 1}}', 'its field content is an object, not text'],
    [
      'an id beyond the limit',
      `{"id": "${'x'.repeat(1_700)}", "content": "a"}`,
      'its id has 1702 bytes; 1600 are the most',
    ],
    ['__proto__ as a path', '{"id": 1, "content": "a", "x": 1}', undefined],
    ['100 000 levels', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'it is a list, not an object with fields'],
  ])('%s says what is wrong', async (_, text, reason) => {
    const items = await read(text, 'application/json', { metadata: ['__proto__', 'constructor', 'toString.name'] });
    if (reason === undefined) expect(pages(items)[0]?.metadata).toEqual({});
    else expect(problems(items)[0]?.reason).toContain(reason);
  });
});

describe('JSON Lines', () => {
  test('a broken line names file and line and stops nothing', async () => {
    const items = await lines(
      '{"id": 1, "content": "One."}\n\n{"id": 2, "content": \r\n  \n[1]\n{"id": 3, "content": "Three."}',
    );
    expect(items.map((item) => [item.kind, item.place])).toEqual([
      ['page', 'f:1'],
      ['skipped', 'f:3'],
      ['skipped', 'f:5'],
      ['page', 'f:6'],
    ]);
    expect(problems(items).map((each) => each.reason)).toEqual([
      expect.stringContaining('the line is no valid JSON'),
      'it is a list, not an object with fields',
    ]);
  });

  test('byte order marks, UTF-16, CRLF and a missing end of the last line make no difference', async () => {
    const text = '{"id": 1, "content": "Łódź"}\r\n{"id": 2, "content": "東京"}';
    for (const bytes of [Buffer.from(text), Buffer.from(`\ufeff${text}`), Buffer.from(`\ufeff${text}`, 'utf16le')]) {
      expect(pages(await lines(bytes)).map((page) => page.content)).toEqual(['Łódź', '東京']);
    }
  });

  test('one line in another charset is refused, the others are taken', async () => {
    const bytes = Buffer.from('{"id": 1, "content": "caf\u00e9"}\n{"id": 2, "content": "tea"}', 'latin1');
    const items = await lines(bytes);
    expect(problems(items)).toEqual([{ place: 'f:1', reason: expect.stringContaining('it is not UTF-8') }]);
    expect(items[1]).toMatchObject({ kind: 'page', place: 'f:2' });
  });

  test('a line beyond the limit is passed over without being kept', async () => {
    const bytes = Buffer.from(`{"id": 1, "content": "${'x'.repeat(5_000)}"}\n{"id": 2, "content": "tea"}\n`);
    const items = await all(
      documentItems(
        { place: 'f', external_id: 'f', fallback_title: 'f', type: 'application/x-ndjson', bytes, metadata: {} },
        reading({}, { largest_bytes: 10_000 }),
      ),
    );
    expect(items).toHaveLength(2);
    const few: (Uint8Array | undefined)[] = [];
    for await (const line of splitLines([bytes], 1_000)) few.push(line);
    expect(few.map((line) => line?.length)).toEqual([undefined, 27]);
  });

  test('lines do not depend on how the bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'é', '\n', '東', ' ')),
        fc.integer({ min: 1, max: 5 }),
        async (letters, size) => {
          const bytes = Buffer.from(letters.join(''));
          const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
            bytes.subarray(n * size, (n + 1) * size),
          );
          const found: string[] = [];
          for await (const line of splitLines(parts, 1_000)) found.push(Buffer.from(line ?? []).toString());
          const wanted = letters.join('').split('\n');
          if (wanted.at(-1) === '') wanted.pop();
          expect(found).toEqual(wanted);
        },
      ),
    );
  });
});
