import type { Random } from './random-columns.ts';

/** Names as people give them: of one manner throughout a database, with roles here and there. */
export interface Names {
  table(kind: string): string;
  key(table: string): string;
  reference(table: string, key: string, taken: readonly string[]): string;
  self(table: string): string;
  same(column: string, taken: readonly string[]): string;
  line(): string;
  value(table: string, word: string): string;
}

const nouns: Record<string, string> = {
  lookup:
    'status category kind region currency grade priority channel unit season language colour format country reason team',
  entity:
    'person vehicle device plant garden vendor client ticket route station farm book recipe sensor ship depot crew site member project asset room author building horse',
  event:
    'visit sale trip inspection repair reading booking delivery call payment incident shift claim lesson harvest rental',
  line: 'item step entry detail position leg',
  history: 'history rate term grant',
  bridge: 'assignment membership link permission usage participation stock tagging',
  subtype: 'profile account contract licence passport badge',
  empty: 'draft archive note import',
};
const roles =
  'owner keeper sponsor primary backup origin destination home favourite approved assigned billing previous supervisor creator modified'.split(
    ' ',
  );

export function namesOf(random: Random): Names {
  const isCamel = random.chance(0.2);
  const isPlural = random.chance(0.5);
  const isPlainId = random.chance(0.35);
  const suffix = random.oneOf(['id', 'id', 'id', 'no', 'key', 'code']);
  const used = new Set<string>();
  const join = (...words: string[]) => {
    const all = words.flatMap((word) => word.split(/[_ ]/)).filter(Boolean);
    return isCamel
      ? all.map((word, at) => (at === 0 ? word : word[0]?.toUpperCase() + word.slice(1))).join('')
      : all.join('_');
  };
  const singular = (table: string) => (isPlural ? table.replace(/ies$/, 'y').replace(/s$/, '') : table);
  const plural = (noun: string) => (isPlural ? (noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`) : noun);
  const refer = (table: string, key: string) => (isPlainId ? join(singular(table), suffix) : key);
  return {
    table: (kind) => {
      const list = nouns[kind]?.split(' ') ?? ['thing'];
      for (let tries = 0; ; tries += 1) {
        const noun = random.oneOf(list);
        const name = plural(
          tries > 3 || kind === 'line' || kind === 'bridge' || kind === 'history'
            ? join(random.oneOf(nouns.entity?.split(' ') ?? []), noun)
            : noun,
        );
        if (!used.has(name)) {
          used.add(name);
          return name;
        }
      }
    },
    key: (table) => (isPlainId ? (suffix === 'id' ? 'id' : suffix) : join(singular(table), suffix)),
    reference: (table, key, taken) => {
      const plain = refer(table, key);
      const way = random.next();
      if (way < 0.72 && !taken.includes(plain)) return plain;
      if (way < 0.9) return join(random.oneOf(roles), plain);
      return join(random.oneOf(roles), random.chance(0.5) ? suffix : 'by');
    },
    self: (table) =>
      join(
        random.oneOf(['parent', 'reports_to', 'part_of', 'replaces', 'parent_of', 'head']),
        random.chance(0.4) ? singular(table) : '',
        random.chance(0.6) ? suffix : '',
      ),
    same: (column, taken) => (taken.includes(column) ? join('of', column) : column),
    line: () => random.oneOf(['line', 'line_no', 'seq', 'position', 'number', 'step']),
    value: (_table, word) =>
      random.chance(0.2)
        ? join(random.oneOf(['total', 'current', 'last', 'initial', 'base', 'max']), word)
        : join(word),
  };
}
