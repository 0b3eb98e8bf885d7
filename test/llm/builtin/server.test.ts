import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findContract } from '../../../src/contracts/registry.ts';
import { wireSchema } from '../../../src/contracts/wire-schema.ts';
import { type BuiltinModel, startBuiltinModel } from '../../../src/llm/builtin/server.ts';
import { extractionMessages } from '../../../src/llm/messages.ts';
import { packageRoot } from '../../../src/package-root.ts';

let model: BuiltinModel;
let client: OpenAI;

beforeAll(async () => {
  model = await startBuiltinModel();
  client = new OpenAI({ baseURL: model.base_url, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => model.close());

const contract = findContract('entity_extraction');
const schema = { ...wireSchema(contract) };
const messages = extractionMessages({
  contract_name: 'entity_extraction',
  contract_version: '1.0.0',
  prompt: 'Extract.',
  title: 'Fram',
  content: 'Colin Archer designed Fram in 1892.',
});

describe('what it is asked for', () => {
  test('a JSON schema is honoured, with usage and a finish reason', async () => {
    const completion = await client.chat.completions.create({
      model: model.model,
      messages,
      response_format: { type: 'json_schema', json_schema: { name: 'entity_extraction', strict: true, schema } },
    });
    expect(completion.model).toBe('builtin-rules-1');
    expect(completion.choices).toHaveLength(1);
    expect(completion.choices[0]?.finish_reason).toBe('stop');
    expect(completion.usage?.prompt_tokens).toBeGreaterThan(10);
    expect(completion.usage?.total_tokens).toBe(
      (completion.usage?.prompt_tokens ?? 0) + (completion.usage?.completion_tokens ?? 0),
    );
    const answer: unknown = JSON.parse(completion.choices[0]?.message.content ?? '');
    expect(answer).toMatchObject({
      relationships: [{ from_entity: 'Colin Archer', to_entity: 'Fram', relation_type: 'designed', start: '1892' }],
    });
  });

  test('a forced function is called with the answer', async () => {
    const completion = await client.chat.completions.create({
      model: model.model,
      messages,
      tools: [{ type: 'function', function: { name: 'entity_extraction', parameters: schema } }],
      tool_choice: { type: 'function', function: { name: 'entity_extraction' } },
    });
    const message = completion.choices[0]?.message;
    expect(message?.content).toBeNull();
    expect(JSON.stringify(message?.tool_calls)).toContain('Colin Archer');
  });

  test('a JSON object is answered too', async () => {
    const completion = await client.chat.completions.create({
      model: model.model,
      messages,
      response_format: { type: 'json_object' },
    });
    expect(completion.choices[0]?.message.content).toContain('"designed"');
  });

  test('without a system message the name of the schema tells the contract', async () => {
    const completion = await client.chat.completions.create({
      model: model.model,
      messages: [{ role: 'user', content: 'Marie Curie was a physicist.' }],
      response_format: { type: 'json_schema', json_schema: { name: 'page_classification', schema: {} } },
    });
    expect(completion.choices[0]?.message.content).toContain('"primary_type":"physicist"');
  });

  test('a contract without rules gets the least that its schema admits', async () => {
    const completion = await client.chat.completions.create({
      model: model.model,
      messages: [{ role: 'user', content: 'x' }],
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'column_features',
          schema: {
            type: 'object',
            required: ['kind', 'tags', 'note', 'decision', 'count'],
            properties: {
              kind: { type: 'string' },
              tags: { type: 'array', items: { type: 'string' } },
              note: { type: ['string', 'null'] },
              decision: { type: 'string', enum: ['merge', 'distinct'] },
              count: { type: 'integer', minimum: 3 },
            },
          },
        },
      },
    });
    expect(JSON.parse(completion.choices[0]?.message.content ?? '')).toEqual({
      kind: 'unknown',
      tags: [],
      note: null,
      decision: 'merge',
      count: 3,
    });
  });

  test('the same request gets the same bytes', async () => {
    const body = JSON.stringify({ model: model.model, messages });
    const ask = async (): Promise<string> =>
      (await fetch(`${model.base_url}/chat/completions`, { method: 'POST', body })).text();
    const first = await ask();
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([first, first, first]);
  });

  test('the models are listed', async () => {
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['builtin-rules-1']);
  });
});

describe('what it refuses', () => {
  const refused = async (request: Promise<unknown>): Promise<unknown> =>
    request.then(
      () => 'answered',
      (error: unknown) => (error instanceof APIError ? error.message : error),
    );

  test('another model', async () => {
    const request = client.chat.completions.create({ model: 'gpt-5', messages });
    expect(await refused(request)).toBe('404 The model gpt-5 does not exist; this is builtin-rules-1.');
  });

  test('a contract that it does not know and that has no schema', async () => {
    const content = 'Contract: weather_report 1.0.0';
    const request = client.chat.completions.create({ model: model.model, messages: [{ role: 'system', content }] });
    expect(await refused(request)).toBe('400 The built-in model does not know the contract weather_report.');
  });

  test('a request that names no contract', async () => {
    const request = client.chat.completions.create({ model: model.model, messages: [{ role: 'user', content: 'Hi' }] });
    expect(await refused(request)).toMatch(/^400 .*names none/);
  });

  test('streaming', async () => {
    const request = client.chat.completions.create({ model: model.model, messages, stream: true });
    expect(await refused(request)).toBe('400 The built-in model does not stream.');
  });

  test.each([
    ['{"model":', 400],
    ['[]', 400],
    ['{"model":"builtin-rules-1"}', 400],
    ['{"model":"builtin-rules-1","messages":[1]}', 400],
    ['{"messages":[]}', 400],
  ])('the malformed body %s', async (body, status) => {
    const response = await fetch(`${model.base_url}/chat/completions`, { method: 'POST', body });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', param: null } });
  });

  test('other paths and methods', async () => {
    expect((await fetch(`${model.base_url}/embeddings`, { method: 'POST', body: '{}' })).status).toBe(404);
    expect((await fetch(`${model.base_url}/chat/completions`)).status).toBe(405);
  });
});

test('it does not keep its process alive', async () => {
  const module = JSON.stringify(join(packageRoot, 'src', 'llm', 'builtin', 'server.ts'));
  const script = `const { startBuiltinModel } = await import(${module}); await startBuiltinModel();`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' });
  expect(await once(child, 'exit')).toEqual([0, null]);
});
