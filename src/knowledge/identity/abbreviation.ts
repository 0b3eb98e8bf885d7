/** Abbreviations and second spellings of ordinary words; the word that the others stand for comes first. */
const spellings = `
  and &
  saint st ste sankt
  mount mt
  fort ft
  university univ
  department dept
  international intl int'l
  national natl nat'l
  association assn assoc
  institute inst
  brothers bros
  government govt
  committee cttee
  manufacturing mfg
  laboratory lab
  laboratories labs
  doctor dr
  professor prof
  mister mr
  number no nr
  volume vol
  part pt
  episode ep
  chapter ch
  versus vs
  junior jr jnr
  senior sr snr
  organization organisation
  center centre
  theater theatre
  color colour
  defense defence
  labor labour
  program programme
  catalog catalogue
  harbor harbour
  gray grey`;
const expansions = new Map(
  spellings
    .trim()
    .split(/\n\s*/)
    .flatMap((line) => {
      const [whole = '', ...others] = line.split(' ');
      return others.map((short) => [short.replaceAll("'", ''), whole] as [string, string]);
    }),
);

/** The word that an abbreviation or second spelling stands for; any other word is itself. */
export function expanded(word: string): string {
  return expansions.get(word) ?? word;
}
