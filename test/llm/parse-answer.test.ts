import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ParsedAnswer, parseAnswer } from '../../src/llm/parse-answer.ts';

const item_arrays = ['entities', 'relationships'];
const whole = { truncated: false, item_arrays };
const cut = { truncated: true, item_arrays };
const answer = {
  entities: [
    { name: 'A', quote: 'a "quoted" } ] word' },
    { name: 'B', attributes: [{ key: 'k', value: '\\' }] },
  ],
  relationships: [{ from_entity: 'A', to_entity: 'B' }],
};
const json = JSON.stringify(answer);

function strategyOf(parsed: ParsedAnswer): string {
  return 'error' in parsed ? parsed.error : parsed.strategy;
}

test('JSON and nothing else is taken as it is', () => {
  expect(parseAnswer(json, whole)).toEqual({ value: answer, strategy: 'as_is', complete: true });
  expect(parseAnswer(`\uFEFF \n${JSON.stringify(answer, null, 2)}\n`, whole)).toMatchObject({ strategy: 'as_is' });
});

test.each([
  ['a block with a language', `Here it is:\n\`\`\`json\n${json}\n\`\`\`\nAnything else?`, 'fenced'],
  ['a block without one', `\`\`\`\n${json}\n\`\`\``, 'fenced'],
  ['the second block', `\`\`\`text\nnot {this}\n\`\`\`\nbut\n\`\`\`json\n${json}\n\`\`\``, 'fenced'],
  ['a block in one line', `\`\`\`json ${json} \`\`\``, 'balanced'],
  ['a block that never closes', `\`\`\`json\n${json}`, 'balanced'],
  ['prose around it', `Sure! ${json} I hope this helps :}`, 'balanced'],
  ['prose with braces before it', `I use {name, type} as told. ${json}`, 'balanced'],
  ['an example before it', `As in {"a": 1}: ${json}`, 'balanced'],
  ['thinking before it', `<think>maybe {"entities": []}?</think>${json}`, 'balanced'],
  ['thinking with a block', `<think>\n\`\`\`json\n{"entities": [1]}\n\`\`\`\n</think>\n${json}`, 'balanced'],
  ['thinking twice', `<think>x</think> <think>{</think> ${json}`, 'balanced'],
  ['thinking that opens in the template', `hm {"entities": [7]}\n</think>\n\n${json}`, 'balanced'],
  ['an error object before it', `{"error": "none"}\n${json}`, 'balanced'],
])('%s', (_, text, strategy) => {
  expect(parseAnswer(text, whole)).toEqual({ value: answer, strategy, complete: true });
});

test.each([
  ['trailing commas', '{"entities": [{"name": "A"},], "relationships": [],}'],
  ['single quotes', "{'entities': [{'name': 'A'}], 'relationships': []}"],
  ['comments', '{"entities": [{"name": "A"} /* one */], "relationships": []}'],
  ['bare keys', '{entities: [{name: "A"}], relationships: []}'],
  ['a missing comma', '{"entities": [{"name": "A"}] "relationships": []}'],
  ['a bracket too few inside', '{"entities": [{"name": "A"], "relationships": []}'],
  ['prose around', 'Voilà:\n{"entities": [{"name": "A"},], "relationships": []}\nDone.'],
  ['a fence around', '```json\n{"entities": [{"name": "A"},], "relationships": []}\n```'],
])('a repair mends %s', (_, text) => {
  expect(parseAnswer(text, whole)).toEqual({
    value: { entities: [{ name: 'A' }], relationships: [] },
    strategy: 'repaired',
    complete: true,
  });
});

test('raw line breaks and stray quotation marks in a text are mended', () => {
  expect(parseAnswer('{"entities": [{"name": "A\nB"}]}', whole)).toMatchObject({
    value: { entities: [{ name: 'A\nB' }] },
    complete: true,
  });
  expect(parseAnswer('{"entities": [{"name": "the "A" one"}]}', whole)).toMatchObject({
    value: { entities: [{ name: 'the "A" one' }] },
  });
});

test.each([
  ['', 'empty'],
  [' \n\uFEFF', 'empty'],
  ['I cannot help with that.', 'no JSON object'],
  ['[{"entities": []}]', 'an array'],
  ['"text"', 'a string'],
  ['null', 'is null'],
  ['<think>{"entities": []}', 'no JSON object'],
])('%j is no answer', (text, why) => {
  const parsed = parseAnswer(text, whole);
  expect('error' in parsed ? parsed.error : '').toContain(why);
});

test('of a cut answer the whole items stay, wherever it was cut', () => {
  for (let end = 1; end < json.length; end += 1) {
    const parsed = parseAnswer(json.slice(0, end), cut);
    if ('error' in parsed) throw new Error(`${json.slice(0, end)}: ${parsed.error}`);
    expect(parsed.complete).toBe(false);
    const { entities, relationships } = parsed.value as typeof answer;
    expect(entities).toEqual(answer.entities.slice(0, entities.length));
    expect(relationships).toEqual(answer.relationships.slice(0, relationships.length));
  }
});

test('a cut keeps each item that was closed', () => {
  const count = (text: string) => {
    const parsed = parseAnswer(text, cut);
    return 'error' in parsed ? parsed.error : parsed.value;
  };
  expect(count('{"entities": [{"name": "A"}, {"name": "B"')).toEqual({ entities: [{ name: 'A' }], relationships: [] });
  expect(count('{"entities": [{"name": "A"}')).toEqual({ entities: [{ name: 'A' }], relationships: [] });
  expect(count('{"entities": [1, 22')).toEqual({ entities: [1], relationships: [] });
  expect(count('{"entities": ["a", "b"')).toEqual({ entities: ['a', 'b'], relationships: [] });
  expect(count('{"note": "half a no')).toEqual({ entities: [], relationships: [] });
  expect(count('{"note": 12')).toEqual({ entities: [], relationships: [] });
  expect(count('{"note": "n", "entities": [{"name": [{')).toEqual({ note: 'n', entities: [], relationships: [] });
  expect(count('```json\n{"entities": [{"name": "A"}, {')).toEqual({ entities: [{ name: 'A' }], relationships: [] });
  expect(count('<think>{ hm </think> So: {"entities": [{"name": "A"}, {"na')).toEqual({
    entities: [{ name: 'A' }],
    relationships: [],
  });
});

test('no half item is completed where a cut answer is malformed as well', () => {
  for (const end of [50, 57, 61, 64]) {
    const text = "{'entities': [{'name': 'A',}, {'name': 'B', 'quote': 'half a".slice(0, end);
    expect(parseAnswer(text, cut)).toEqual({
      value: { entities: [{ name: 'A' }], relationships: [] },
      strategy: 'repaired',
      complete: false,
    });
  }
});

test('an endpoint that does not say that it stopped early is not believed', () => {
  expect(parseAnswer('{"entities": [{"name": "A"}, {"name": ["B"', whole)).toMatchObject({
    value: { entities: [{ name: 'A' }], relationships: [] },
    complete: false,
  });
  expect(parseAnswer('{"entities": [{"name": "A"}, {"name": "B', whole)).toMatchObject({
    value: { entities: [{ name: 'A' }] },
    complete: false,
  });
});

test('an object that closed before the limit is complete', () => {
  expect(parseAnswer(json, cut)).toEqual({ value: answer, strategy: 'as_is', complete: true });
  expect(parseAnswer(`${json}\n\nIn this answer I`, cut)).toEqual({
    value: answer,
    strategy: 'balanced',
    complete: true,
  });
});

test('an answer that is one item is worth nothing when it is cut', () => {
  const one = { truncated: true, item_arrays: [''] };
  expect(strategyOf(parseAnswer('{"primary_type": "person", "confidence": 0', one))).toContain('cut off');
  expect(strategyOf(parseAnswer('{"primary_type": "person"}', one))).toBe('as_is');
});

test('of equal keys the last counts, and none reaches the prototype', () => {
  const parsed = parseAnswer(
    'x {"entities": [1], "entities": [2], "__proto__": {"polluted": 1}, "constructor": 3}',
    whole,
  );
  if ('error' in parsed) throw new Error(parsed.error);
  expect(parsed.value.entities).toEqual([2]);
  expect(Object.getPrototypeOf(parsed.value)).toBe(Object.prototype);
  expect('polluted' in parsed.value).toBe(false);
  const mended = parseAnswer('{"entities": [1], "__proto__": {"polluted": 1},', cut);
  if ('error' in mended) throw new Error(mended.error);
  expect('polluted' in mended.value).toBe(false);
  expect(Object.keys(mended.value)).toContain('__proto__');
});

test('depth and length are limited', () => {
  const nested = (depth: number) => `{"entities": ${'['.repeat(depth)}${']'.repeat(depth)}}`;
  expect(strategyOf(parseAnswer(nested(200), whole))).toBe('as_is');
  for (const depth of [201, 1_000, 1_000_000]) {
    expect(strategyOf(parseAnswer(nested(depth), whole))).toContain('deep');
    expect(strategyOf(parseAnswer(`So: ${nested(depth)}`, whole))).toMatch(/deep|too long/);
  }
  expect(strategyOf(parseAnswer(`{"entities": ["${'x'.repeat(20_000_000)}"]}`, whole))).toContain('longer');
});

test.each([
  ['braces', '{'],
  ['objects', '{} '],
  ['arrays', '{"a":['],
  ['quotes', '"'],
  ['escapes', '{"\\\\'],
  ['quotes and braces', '"{'],
  ['fences', '\n```\n'],
  ['empty fences', '\n```json\n{}'],
  ['thinking', '<think></think>'],
  ['open thinking', '<think>'],
  ['spaces', '{ \n\t '],
  ['cut items', '{"entities":[{"name":"'],
])('five million characters of %s take no more than linear time', (_, unit) => {
  const text = unit.repeat(Math.ceil(5_000_000 / unit.length));
  const started = process.threadCpuUsage();
  parseAnswer(text, whole);
  parseAnswer(text, cut);
  expect(process.threadCpuUsage(started).user / 1_000).toBeLessThan(10_000);
});

const object = fc.dictionary(
  fc.oneof(fc.constantFrom('entities', 'relationships', 'note', '__proto__', 'a"b'), fc.string()),
  fc.jsonValue({ maxDepth: 4 }).filter((value) => !Object.is(value, -0)),
  { noNullPrototype: true },
);

test('any object comes back from any wrapping', () => {
  const prose = fc.string().filter((text) => !/[{}`<]/.test(text));
  fc.assert(
    fc.property(object, prose, prose, fc.constantFrom('', '  '), (value, before, after, indent) => {
      const text = JSON.stringify(value, null, indent);
      const expected: unknown = JSON.parse(text);
      for (const wrapped of [text, `${before}\n\`\`\`json\n${text}\n\`\`\`\n${after}`, `- ${before}${text}${after}`]) {
        expect(parseAnswer(wrapped, { truncated: false, item_arrays: [] })).toMatchObject({
          value: expected,
          complete: true,
        });
      }
    }),
  );
});

test('any cut of any items yields a prefix of them', () => {
  const items = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), { maxLength: 5 });
  fc.assert(
    fc.property(items, items, fc.nat(), fc.constantFrom('', ' '), (entities, relationships, at, indent) => {
      const text = JSON.stringify({ entities, relationships }, null, indent);
      const given = JSON.parse(text) as { entities: unknown[]; relationships: unknown[] };
      const parsed = parseAnswer(text.slice(0, 1 + (at % (text.length - 1))), cut);
      if ('error' in parsed) throw new Error(parsed.error);
      const kept = parsed.value as typeof given;
      expect(kept.entities).toEqual(given.entities.slice(0, kept.entities.length));
      expect(kept.relationships).toEqual(given.relationships.slice(0, kept.relationships.length));
      if (kept.relationships.length > 0) expect(kept.entities).toHaveLength(given.entities.length);
    }),
    { numRuns: 300 },
  );
});

test('any text gets an object or a sentence', () => {
  const noise = fc.array(
    fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', "'", 'a', '1', '\n', '`', '<think>', '/*'),
    {
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(noise, fc.boolean(), (parts, truncated) => {
      const parsed = parseAnswer(parts.join(''), { truncated, item_arrays });
      if ('error' in parsed) expect(parsed.error).not.toBe('');
      else expect(Object.getPrototypeOf(parsed.value)).toBe(Object.prototype);
    }),
    { numRuns: 2000 },
  );
});
