/** A column's type and the value of each row. */
export interface Drawn {
  type: string;
  values: (string | number | null)[];
  /** What a row has that says nothing. */
  preset?: number;
}

/** Draws that are the same for a number, always. */
export interface Random {
  next(): number;
  whole(low: number, high: number): number;
  chance(share: number): boolean;
  oneOf<T>(list: readonly T[]): T;
  /** Small sizes as often as large ones. */
  size(low: number, high: number): number;
  around(mean: number): number;
  keys(rows: number, from: string, isSmall: boolean): Drawn;
  codes(rows: number): Drawn;
  references(rows: number, key: Drawn): Drawn;
  parents(key: Drawn): Drawn;
  lines(rows: number, keys: Drawn['values']): { parents: Drawn['values']; places: number[] };
  history(rows: number, keys: Drawn['values']): { parents: Drawn['values']; days: string[] };
  stamps(rows: number): Drawn;
  pairs(rows: number, one: Drawn, other: Drawn): [string | number | null, string | number | null][];
  some(values: Drawn['values'], count: number): Drawn['values'];
  measure(rows: number): { word: string; drawn: Drawn };
}

export function drawing(seed: number): Random {
  let state = (seed * 2654435761) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const whole = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  const chance = (share: number) => next() < share;
  const oneOf = <T>(list: readonly T[]): T => {
    const found = list[whole(0, list.length - 1)];
    if (found === undefined) throw new Error('nothing to choose from');
    return found;
  };
  const size = (low: number, high: number) => Math.round(Math.exp(Math.log(low) + next() * Math.log(high / low)));
  const around = (mean: number) => Math.max(0, Math.floor(mean * 2 * next() + 0.5));
  const each = <T>(rows: number, value: (row: number) => T) => Array.from({ length: rows }, (_, row) => value(row));
  const shuffled = <T>(list: readonly T[]) =>
    list
      .map((value) => ({ value, at: next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ value }) => value);
  const some = (values: Drawn['values'], count: number) =>
    shuffled(values).slice(0, Math.max(1, Math.min(count, values.length)));

  /** Which rows of a key are referred to: all alike, mostly a few, only some, or the first ones. */
  const pick = (keys: Drawn['values'], rows: number): (() => string | number) => {
    const way = next();
    const list = keys.filter((key) => key !== null);
    const at = (index: number): string | number => list[Math.max(0, Math.min(list.length - 1, index))] ?? 0;
    if (way < 0.45) return () => at(whole(0, list.length - 1));
    if (way < 0.65) {
      const order = shuffled(list);
      const power = 1.5 + 2 * next();
      return () => order[Math.floor(list.length * next() ** power)] ?? at(0);
    }
    if (way < 0.85) {
      const few = shuffled(list).slice(0, Math.max(1, Math.ceil(list.length * (0.1 + 0.8 * next()))));
      return () => oneOf(few);
    }
    if (way < 0.92) return () => at(Math.floor(list.length * 0.6 * next()));
    let row = 0;
    return () => {
      row += 1;
      return at(Math.floor((row / Math.max(1, rows)) * list.length));
    };
  };

  const keys = (rows: number, from: string, isSmall: boolean): Drawn => {
    const type = isSmall && rows < 200 ? 'smallint' : oneOf(['integer', 'integer', 'integer', 'bigint']);
    const way = from === 'one' ? 0.6 * next() : next();
    if (way < 0.5) return { type, values: each(rows, (row) => row + 1) };
    if (way < 0.7) {
      let value = 0;
      const gap = 0.05 + 0.5 * next();
      return {
        type,
        values: each(rows, () => {
          do value += 1;
          while (chance(gap));
          return value;
        }),
      };
    }
    if (way < 0.85) {
      const first = oneOf([100, 101, 1000, 1001, 5000, 10000, 10001]);
      return { type: type === 'smallint' ? 'integer' : type, values: each(rows, (row) => row + first) };
    }
    if (way < 0.92)
      return { type: type === 'smallint' ? 'integer' : type, values: each(rows, (row) => (row + 1) * 10) };
    return {
      type: 'uuid',
      values: each(rows, () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`),
    };
  };
  const hex = (length: number) => each(length, () => '0123456789abcdef'[whole(0, 15)]).join('');
  const letters = (length: number) => each(length, () => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[whole(0, 25)]).join('');

  const codes = (rows: number): Drawn => {
    const length = rows > 600 ? 5 : oneOf([3, 4, 5]);
    const known = new Set<string>();
    while (known.size < rows) known.add(letters(length));
    return { type: oneOf([`char(${length})`, `varchar(${length})`, 'varchar(20)', 'text']), values: [...known] };
  };

  const references = (rows: number, key: Drawn): Drawn => {
    const choose = pick(key.values, rows);
    const empty = chance(0.3) ? oneOf([0.05, 0.2, 0.5, 0.8, 0.95]) : 0;
    return { type: key.type, values: each(rows, () => (chance(empty) ? null : choose())) };
  };

  /** The row above each: mostly an earlier one, of a few. */
  const parents = ({ type, values }: Drawn): Drawn => {
    const heads = Math.max(1, Math.ceil(values.length * (0.05 + 0.4 * next())));
    const spread = chance(0.5);
    const chosen = each(values.length, (row) => {
      if (row === 0 || chance(0.12)) return null;
      const most = Math.min(row - 1, spread ? row - 1 : heads - 1);
      return values[Math.min(row - 1, spread ? heads * Math.floor(whole(0, most) / heads) : whole(0, most))] ?? null;
    });
    return { type, values: chosen };
  };

  const lines = (rows: number, owners: Drawn['values']) => {
    const most = oneOf([2, 4, 6, 12]);
    const all: [string | number | null, number][] = [];
    const isUneven = chance(0.5);
    for (const owner of chance(0.7) ? owners : some(owners, Math.ceil(owners.length / 2))) {
      if (all.length >= rows) break;
      const count = isUneven ? whole(1, most) : whole(Math.ceil(most / 2), most);
      for (let place = 1; place <= count; place += 1) all.push([owner, place]);
    }
    return { parents: all.map(([owner]) => owner), places: all.map(([, place]) => place) };
  };

  const pairs = (rows: number, one: Drawn, other: Drawn) => {
    const [a, b] = [pick(one.values, rows), pick(other.values, rows)];
    const known = new Map<string, [string | number, string | number]>();
    for (let tries = 0; tries < rows * 2 && known.size < rows; tries += 1) {
      const pair: [string | number, string | number] = [a(), b()];
      known.set(pair.join(' '), pair);
    }
    return [...known.values()];
  };

  const day = () => `20${whole(10, 24)}-${oneOf(['01', '03', '06', '10'])}-${whole(10, 28)}`;
  const history = (rows: number, owners: Drawn['values']) => {
    const known = new Map<string, [string | number | null, string]>();
    const most = oneOf([2, 5, 10]);
    for (const owner of owners) {
      if (known.size >= rows) break;
      for (let left = whole(1, most); left > 0; left -= 1) {
        const from = day();
        known.set(`${owner} ${from}`, [owner, from]);
      }
    }
    return { parents: [...known.values()].map(([owner]) => owner), days: [...known.values()].map(([, from]) => from) };
  };
  const stamps = (rows: number): Drawn => {
    const [one, other] = [day(), day()];
    return { type: 'timestamp', values: each(rows, () => `${chance(0.9) ? one : other} 04:34:33`) };
  };

  const normal = () => (next() + next() + next() + next() - 2) * Math.sqrt(3);
  const geometric = (mean: number) => Math.floor(-Math.log(1 - next()) * mean);
  const whole16 = () => oneOf(['smallint', 'integer', 'integer']);
  const words = (most: number) => each(whole(2, most), () => letters(1) + hex(whole(3, 8)));

  const kinds: Record<string, (rows: number) => Drawn> = {
    quantity: (rows) => {
      const mean = size(2, 40);
      return { type: whole16(), values: each(rows, () => 1 + geometric(mean)) };
    },
    stock: (rows) => {
      const mean = size(5, 300);
      return { type: whole16(), values: each(rows, () => (chance(0.15) ? 0 : geometric(mean))) };
    },
    rating: (rows) => {
      const most = oneOf([3, 5, 5, 10]);
      return {
        type: whole16(),
        values: each(rows, () => Math.max(1, Math.min(most, Math.round(most * 0.65 + normal() * most * 0.25)))),
      };
    },
    state: (rows) => {
      const most = whole(2, 8);
      const low = oneOf([0, 0, 1]);
      return { type: whole16(), values: each(rows, () => low + Math.floor(most * next() ** 1.7)) };
    },
    age: (rows) => ({ type: whole16(), values: each(rows, () => Math.max(1, Math.round(40 + 14 * normal()))) }),
    year: (rows) => {
      const first = whole(1950, 2010);
      return { type: whole16(), values: each(rows, () => whole(first, 2024)) };
    },
    month: (rows) => ({ type: whole16(), values: each(rows, () => whole(1, 12)) }),
    weekday: (rows) => ({ type: whole16(), values: each(rows, () => whole(1, 7)) }),
    percent: (rows) => ({ type: whole16(), values: each(rows, () => (chance(0.4) ? 0 : 5 * whole(0, 20))) }),
    minutes: (rows) => {
      const mean = size(20, 300);
      return { type: 'integer', values: each(rows, () => Math.max(1, Math.round(mean * (1 + 0.4 * normal())))) };
    },
    weight: (rows) => ({ type: 'integer', values: each(rows, () => size(10, 20_000)) }),
    order: (rows) => ({ type: 'integer', values: shuffled(each(rows, (row) => row + 1)) }),
    score: (rows) => {
      const most = oneOf([20, 100, 100, 1000]);
      return { type: 'integer', values: each(rows, () => whole(0, most)) };
    },
    level: (rows) => {
      const most = oneOf([3, 6, 15, 30, 60]);
      return { type: whole16(), values: each(rows, () => whole(1, most)) };
    },
    children: (rows) => ({ type: 'integer', values: each(rows, () => geometric(2)) }),
    postcode: (rows) => ({ type: 'integer', values: each(rows, () => whole(10_000, 99_999)) }),
    price: (rows) => ({ type: 'numeric(10,2)', values: each(rows, () => size(100, 90_000) / 100) }),
    amount: (rows) => ({ type: 'numeric(12,2)', values: each(rows, () => size(100, 900_000) / 100) }),
    created: (rows) => ({
      type: 'timestamp',
      values: each(rows, () => `20${whole(10, 24)}-0${whole(1, 9)}-1${whole(0, 9)} 1${whole(0, 9)}:00`),
    }),
    date: (rows) => ({ type: 'date', values: each(rows, () => `20${whole(10, 24)}-0${whole(1, 9)}-1${whole(0, 9)}`) }),
    active: (rows) => ({ type: 'boolean', values: each(rows, () => (chance(0.8) ? 'true' : 'false')) }),
    title: (rows) => ({ type: 'varchar(80)', values: each(rows, (row) => `${letters(1)}${hex(5)} ${hex(6)} ${row}`) }),
    note: (rows) => ({
      type: 'text',
      values: each(rows, () => (chance(0.5) ? null : `${hex(5)} ${hex(6)} ${hex(3)} ${hex(7)}`)),
    }),
    city: (rows) => {
      const list = words(40);
      return { type: 'varchar(40)', values: each(rows, () => oneOf(list)) };
    },
    size: (rows) => {
      const list = words(6);
      return { type: 'varchar(10)', values: each(rows, () => oneOf(list)) };
    },
    initials: (rows) => ({ type: 'char(3)', values: each(rows, () => letters(3)) }),
  };
  const presets: Record<string, number> = {
    quantity: 1,
    stock: 0,
    percent: 0,
    state: 0,
    children: 0,
    score: 0,
    level: 1,
  };
  const hasPresets = chance(0.4);
  const measure = (rows: number) => {
    const word = oneOf(Object.keys(kinds));
    const made = kinds[word]?.(rows) ?? { type: 'integer', values: [] };
    const preset = presets[word];
    const drawn = preset !== undefined && hasPresets ? { ...made, preset } : made;
    if (chance(0.12))
      return { word, drawn: { ...drawn, values: drawn.values.map((value) => (chance(0.3) ? null : value)) } };
    return { word, drawn };
  };

  return {
    next,
    whole,
    chance,
    oneOf,
    size,
    around,
    keys,
    codes,
    references,
    parents,
    lines,
    history,
    stamps,
    pairs,
    some,
    measure,
  };
}
