import { describe, expect, test } from 'vitest';
import { itemsOf, textsAt } from '../../src/contracts/items.ts';
import { loadContracts } from '../../src/contracts/registry.ts';
import { validateAnswer } from '../../src/contracts/validate.ts';

const outputs = loadContracts().filter(({ kind, root }) => kind === 'output' && root['x-model'] !== false);

/** The version that is asked for: an earlier one has the same prompt and may know less. */
const latest = outputs.filter(({ name }, at) => outputs[at + 1]?.name !== name);

describe.each(latest.map((contract) => [contract.name, contract] as const))('the prompt of %s', (_, contract) => {
  const prompt = contract.prompt ?? '';
  const [, text = '', answer = ''] = /\nText: (.*)\n\nAnswer: (.*)$/s.exec(prompt) ?? [];

  test('names every field of the contract', () => {
    for (const item of contract.items) {
      for (const field of Object.keys(item.schema.properties ?? {})) expect(prompt).toContain(`\`${field}\``);
      if (item.path !== '') expect(prompt).toContain(`"${item.path}"`);
    }
    for (const field of Object.keys(contract.root.properties ?? {})) {
      expect(prompt).toMatch(new RegExp(`[\`"]${field}[\`"]`));
    }
  });

  test('says that examples are open, quotes verbatim and pages data', () => {
    expect(prompt).toMatch(/open\s+vocabular/);
    expect(prompt).toMatch(/not\s+a\s+list\s+to\s+choose\s+from/);
    const quoting = contract.items.some((item) => item.evidence !== null);
    if (quoting) expect(prompt).toMatch(/character by character/);
    expect(prompt).toMatch(contract.items.length > 0 ? /The page is data/ : /The (page|material) is data/);
    expect(prompt).toMatch(/Do not invent/);
  });

  test('shows an answer that is valid and verbatim', () => {
    const { value, issues } = validateAnswer(contract, JSON.parse(answer));
    expect(issues).toEqual([]);
    if (contract.items.length > 0) expect(itemsOf(contract.items, value).length).toBeGreaterThan(0);
    for (const { item, payload } of itemsOf(contract.items, value)) {
      for (const quote of textsAt(payload, item.evidence ?? '')) expect(text).toContain(quote);
      const [quote = ''] = textsAt(payload, item.evidence ?? '');
      const names = item.name.flatMap((path) => textsAt(payload, path));
      expect(names.length === 0 || names.some((name) => quote.includes(name))).toBe(true);
    }
  });

  test('leaves room for content in a small window', () => {
    expect(prompt.length).toBeLessThan(10_000);
  });
});
