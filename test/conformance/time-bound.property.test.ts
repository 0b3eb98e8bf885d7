import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { parseTimeBound } from '../../src/knowledge/time-bound.ts';
import { createTestDatabase } from '../support/database.ts';

const digits = (length: number) =>
  fc.array(fc.constantFrom(...'0123456789'), { minLength: length, maxLength: length }).map((each) => each.join(''));
const part = fc.oneof(
  digits(2),
  fc.constantFrom('01', '02', '05', '12', '28', '29', '30', '31', 'XX', 'xx', '00', '13'),
);
const year = fc.oneof(
  digits(4),
  fc.constantFrom('1977', '2000', '1900', '0000', '0001', '9999', '197X', '19xx', '000X', '１９７７', '19X7'),
);
const time = fc.oneof(
  fc.constantFrom(
    'T12',
    'T12:30',
    ' 12:30:15',
    't123015',
    'T24:00',
    'T24:00:01',
    'T12:60',
    'T23:59:60',
    'T12:30Z',
    'T12:30z',
    'T25',
  ),
  fc.constantFrom('T12:30+01:00', 'T12:30 −0130', 'T12-3', 'T12:30:15.25Z', 'T1230,5', 'T12:30:15,5', 'T', ' noon'),
);
const around = fc.constantFrom(
  '',
  ' ',
  '\u200b',
  '\u00a0',
  '\u3000',
  '\t',
  '\n',
  '\ufeff',
  '\u00ad',
  '\u0007',
  '+',
  '+0',
  '+00',
  '+000',
  '-',
  '~',
);
const text = fc
  .tuple(
    around,
    year,
    fc.option(part),
    fc.option(part),
    fc.option(time),
    around,
    fc.constantFrom('-', '-', '-', '', '/', '\u2010', '－'),
  )
  .map(([before, y, month, day, hour, after, dash]) =>
    [before, y, ...(month === null ? [] : [dash, month, ...(day === null ? [] : [dash, day])]), hour ?? '', after].join(
      '',
    ),
  );
const any = fc.oneof(
  { weight: 8, arbitrary: text },
  fc.string({ unit: 'grapheme', maxLength: 70 }),
  fc.constantFrom('32 BBY', '1977', '1950s'),
);

/** A server that speaks T-SQL takes milliseconds for each. */
const runs = inject('engine') === 'postgres' ? 20_000 : 2_000;

test('a time that SQL reads means what it means to the worker', async () => {
  const t = await createTestDatabase(1);
  try {
    const texts = [...fc.sample(any, runs), `${' '.repeat(57)}1977`, `${' '.repeat(56)}1977`, '\u{1F600}1977'].filter(
      (each) => each.isWellFormed() && !each.includes('\0') && each.trim() !== '',
    );
    const read = await queryRows<{ text: string; earliest: string | null; latest: string | null; precision: string }>(
      t.db,
      {
        postgres: `SELECT i.value AS text, b.earliest, b.latest, b.time_precision AS precision
          FROM jsonb_array_elements_text(?::jsonb) AS i CROSS JOIN LATERAL kb.fn_time_bound(i.value) AS b`,
        mssql: `SELECT i.value AS text, b.earliest, b.latest, b.time_precision AS [precision]
          FROM OPENJSON(?) AS i CROSS APPLY kb.fn_time_bound(i.value) AS b`,
      },
      [JSON.stringify(texts)],
    );
    expect(read.filter(({ earliest }) => earliest !== null).length).toBeGreaterThan(runs / 20);
    for (const each of read) expect(each).toEqual(parseTimeBound(each.text));
    expect(await queryRows(t.db, "SELECT * FROM kb.fn_time_bound(' ')")).toEqual([
      { earliest: null, latest: null, time_precision: null },
    ]);
  } finally {
    await t.close();
  }
});
