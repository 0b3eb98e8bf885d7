/** Legal forms behind (and in Russian before) an organisation's name; the first word of a line stands for all of it. */
const forms = `
  inc incorporated
  corp corporation
  co company cie compagnie
  ltd limited
  llc
  llp
  lp
  plc
  gmbh
  mbh
  ag aktiengesellschaft
  kg
  kgaa
  se
  ev
  sa
  sas
  sarl
  srl
  spa
  sl
  nv
  bv
  ab aktiebolag telefonaktiebolaget
  as
  asa
  aps
  oy
  oyj
  kk
  pty
  pte
  pvt
  bhd
  sdn
  zrt
  kft
  doo
  ooo
  oao
  pao
  zao
  ao`;
const canonical = new Map(
  forms
    .trim()
    .split(/\n\s*/)
    .flatMap((line) => {
      const [first = '', ...others] = line.split(' ');
      return [first, ...others].map((form) => [form, first] as [string, string]);
    }),
);

/** Forms that are written without a space. */
const attached: [RegExp, string][] = [
  [/株式会社|株式會社|\(株\)|（株）/gu, 'kk'],
  [/股份有限公司|有限公司/gu, 'ltd'],
  [/주식회사|㈜/gu, 'kk'],
];

/** The form that a word spells, in its shortest spelling. */
export function legalForm(word: string): string | undefined {
  return canonical.get(word);
}

/** A name without the legal form that is written into it, as in East Asia. */
export function withoutAttachedForm(text: string): { text: string; forms: string[] } {
  let rest = text;
  const found: string[] = [];
  for (const [pattern, form] of attached) {
    const next = rest.replaceAll(pattern, ' ').trim();
    if (next !== rest && next !== '') {
      found.push(form);
      rest = next;
    }
  }
  return { text: rest, forms: found };
}
