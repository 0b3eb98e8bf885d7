import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunkText } from '../../src/llm/chunk.ts';
import { chunkingPolicy, defaultPolicy, policySha256 } from '../../src/llm/chunking-policy.ts';
import { tokenBudget } from '../../src/llm/token-budget.ts';
import { tokenizerFor } from '../../src/llm/tokenizer.ts';

describe('the token budget', () => {
  test('leaves the window less prompt, contract, output and safety margin, capped by the policy', () => {
    const request = {
      window_tokens: 128_000,
      system_prompt_tokens: 1500,
      contract_tokens: 300,
      policy: chunkingPolicy(),
    };
    expect(tokenBudget(request)).toEqual({
      window_tokens: 128_000,
      system_prompt_tokens: 1500,
      contract_tokens: 300,
      output_tokens: 3000,
      safety_tokens: 19_200,
      available_tokens: 104_000,
      max_tokens: 8000,
      overlap_tokens: 1000,
      min_tokens: 2000,
    });
  });

  test('of a smaller window gives smaller chunks, overlaps and minima', () => {
    const budget = tokenBudget({
      window_tokens: 8000,
      system_prompt_tokens: 1500,
      contract_tokens: 300,
      policy: chunkingPolicy(),
    });
    expect(budget).toMatchObject({ available_tokens: 2000, max_tokens: 2000, overlap_tokens: 250, min_tokens: 500 });
  });

  test('that leaves nothing is an error that names every part', () => {
    const request = { window_tokens: 4096, system_prompt_tokens: 611, contract_tokens: 222, policy: chunkingPolicy() };
    expect(() => tokenBudget(request)).toThrowError(
      expect.objectContaining({
        code: 'TOKEN_BUDGET',
        message: expect.stringMatching(
          /window 4096.*prompt 611.*contract 222.*output 3000.*safety margin 615 .* = -352/,
        ),
        hint: expect.stringMatching(/larger window/),
      }),
    );
  });

  test('is enough to chunk any text in any window, or an error', () => {
    const tokenizer = tokenizerFor('gpt-4o');
    const text = 'Some words make a sentence. '.repeat(300);
    fc.assert(
      fc.property(fc.integer({ min: 3600, max: 12_000 }), (window_tokens) => {
        const policy = chunkingPolicy();
        const budget = tokenBudget({ window_tokens, system_prompt_tokens: 50, contract_tokens: 5, policy });
        const chunks = chunkText(text, { tokenizer, ...budget });
        for (const chunk of chunks) expect(chunk.token_count).toBeLessThanOrEqual(budget.available_tokens);
        expect(chunks.at(-1)?.char_end).toBe(text.length);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a chunking policy', () => {
  test('has the defaults of the design', () => {
    expect(chunkingPolicy()).toEqual({
      max_tokens: 8000,
      overlap_tokens: 1000,
      min_tokens: 2000,
      safety_margin: 0.15,
      output_tokens: 3000,
      version: 1,
    });
  });

  test.each([
    { max_tokens: 0 },
    { max_tokens: 1.5 },
    { overlap_tokens: -1 },
    { overlap_tokens: 8000 },
    { safety_margin: 1 },
    { safety_margin: Number.NaN },
    { output_tokens: Number.POSITIVE_INFINITY },
  ])('refuses %o', (changes) => {
    const [name = ''] = Object.keys(changes);
    expect(() => chunkingPolicy(changes)).toThrowError(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringContaining(name) }),
    );
  });

  test('is hashed with tokenizer and size, whatever the order of its keys', () => {
    const sha = policySha256(defaultPolicy, 'o200k_base', 8000);
    expect(sha).toMatch(/^[0-9a-f]{64}$/);
    const { version, ...others } = defaultPolicy;
    expect(policySha256({ version, ...others }, 'o200k_base', 8000)).toBe(sha);
    const different = [
      policySha256(defaultPolicy, 'chars/4', 8000),
      policySha256(defaultPolicy, 'o200k_base', 2000),
      policySha256({ ...defaultPolicy, version: 2 }, 'o200k_base', 8000),
      policySha256(chunkingPolicy({ overlap_tokens: 0 }), 'o200k_base', 8000),
    ];
    expect(new Set([sha, ...different]).size).toBe(5);
  });
});
