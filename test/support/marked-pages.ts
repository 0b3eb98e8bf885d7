import { readBundle } from '../../src/llm/evidence-messages.ts';
import type { Knowledge } from './knowledge.ts';
import type { Reply, ScriptedRequest } from './scripted-model.ts';

/** Every word that only the erased page has begins with one of these; the first of its first version, the second of its second. */
export const marked = /xq[zw]/i;

export const kept: Record<string, { text: string; says: Knowledge }> = {
  one: {
    text: 'Ada Lovelace met Mary Somerville in 1834. Grace Hopper sailed. Tom Hale came. Zoe Orr too.',
    says: {
      entities: [
        ...['Ada Lovelace', 'Mary Somerville', 'Grace Hopper', 'Tom Hale'].map((name) => ({ name, type: 'person' })),
        // She is better attested than the other one of her name.
        { name: 'Mary Somerville', type: 'person', quote: 'Ada Lovelace met Mary Somerville in 1834.' },
      ],
      relationships: [
        { from_entity: 'Ada Lovelace', to_entity: 'Mary Somerville', relation_type: 'met', start: '1834' },
        { from_entity: 'Zoe Orr', to_entity: 'Ada Lovelace', relation_type: 'met' },
      ],
      facts: [{ subject: 'Ada Lovelace', attribute: 'field', value: 'mathematics' }],
    },
  },
  two: {
    text: 'M. Somerville wrote. G. Hopper sailed. Tom Hale stayed. Cy Ray came.',
    says: { entities: ['M. Somerville', 'G. Hopper', 'Tom Hale', 'Cy Ray'].map((name) => ({ name, type: 'person' })) },
  },
};

/** All families, in words of the page's own; `w` tells its versions apart. */
export function secret(w: string): { text: string; says: Knowledge } {
  const text = `Ada Lovelace hid ${w}anna Vole. Tom Hale and Zoe Orr knew of ${w}anne Vole, too. ${w}tail.`;
  const person = (name: string, more: object = {}) => ({ name, type: 'person', ...more });
  return {
    text,
    says: {
      entities: [
        person('Ada Lovelace', {
          aliases: [`${w}countess`],
          description: `A ${w}description longer than any other.`,
          attributes: [{ key: `${w}key`, value: `${w}value` }],
        }),
        person(`${w}anna Vole`, { description: `Is ${w}secret.`, aliases: [`${w}an`] }),
        person(`${w}anne Vole`),
        person(`${w}mary Somerville`),
        person(`${w}grace Hopper`),
        person('Tom Hale', { aliases: [`${w}tom`] }),
        // Only here does anybody say what these are.
        person('Zoe Orr'),
        { name: `${w}ship`, type: `${w}vessel` },
      ],
      events: [
        {
          name: `${w}ball`,
          type: `${w}dance`,
          start: '1835',
          end: `the ${w}end`,
          location: `${w}hall`,
          description: `${w}`,
          participants: [{ entity: 'Ada Lovelace', role: `${w}guest` }],
          work_context: { from: `${w}book`, to: null },
          continuity: `${w}canon`,
        },
      ],
      works: [{ name: `${w}book`, type: 'book', release_date: '1836', canon_status: `${w}status`, appearances: [] }],
      locations: [{ name: `${w}hall`, type: 'castle', parent: `${w}town` }],
      periods: [{ name: `${w}age`, type: 'age', start: '1830', end: `${w}` }],
      concepts: [{ name: `${w}idea`, description: `${w}` }],
      tags: [{ name: `${w}tag`, entity: 'Ada Lovelace', broader: `${w}broader` }],
      facts: [
        {
          subject: 'Ada Lovelace',
          attribute: `${w}attribute`,
          value: `${w}fact`,
          unit: `${w}unit`,
          valid_from: `${w}day`,
        },
        { subject: 'Ada Lovelace', attribute: 'field', value: 'Mathematics' },
        { subject: 'Ada Lovelace', attribute: 'guess', value: `${w}guess`, quote: `Nowhere ${w}.` },
      ],
      relationships: [
        { from_entity: 'Ada Lovelace', to_entity: `${w}anna Vole`, relation_type: `${w}_hid`, start: `${w}time` },
        { from_entity: 'Ada Lovelace', to_entity: 'Mary Somerville', relation_type: `${w}_envied` },
      ],
    },
  };
}

/** What the model says: of each page what the page says, of anything else the marked words that it was shown. */
export function markedAnswer({ contract, content, messages }: ScriptedRequest): Reply {
  const words = JSON.stringify(messages).match(/xq[zw]\w*/gi) ?? [];
  if (contract === 'entity_enrichment') {
    const passage = readBundle(content)?.passages[0];
    const rest = { evidence: Number(passage?.label), quote: passage?.text.slice(0, 30), confidence: 0.95 };
    return {
      answer: {
        descriptions: [{ description: `Known for ${words.join(' ') || 'nothing'}, as all the world knows.`, ...rest }],
        aliases: words.slice(0, 1).map((alias) => ({ alias, ...rest })),
        attributes: [],
        relationships: words.slice(0, 1).map((word) => ({
          from_entity: 'Ada Lovelace',
          to_entity: `${word} Guild`,
          relation_type: 'member_of',
          ...rest,
        })),
      },
    };
  }
  if (contract === 'entity_dedupe') {
    const rationale = `Because of ${words.join(' ')}.`;
    const isSure = content.includes('Mary');
    return {
      answer: { rationale, decision: 'distinct', master: 0, relation_type: null, confidence: isSure ? 0.95 : 0.6 },
    };
  }
  const page = [...Object.values(kept), secret('Xqz'), secret('Xqw')].find(({ text }) => content.includes(text));
  if (contract === 'page_classification') {
    const quote = page?.text ?? '';
    const word = words[0] ?? 'plain';
    return {
      answer: {
        primary_type: word,
        type_set: [word],
        descriptor_sentence: quote,
        tags: [word],
        quote,
        confidence: 0.8,
      },
    };
  }
  const families = [
    'entities',
    'events',
    'works',
    'locations',
    'periods',
    'concepts',
    'tags',
    'facts',
    'relationships',
  ];
  const says: Record<string, object[]> = { ...page?.says };
  return {
    answer: Object.fromEntries(
      families.map((family) => [
        family,
        (says[family] ?? []).map((item) => ({ quote: page?.text, confidence: 0.95, ...item })),
      ]),
    ),
  };
}
