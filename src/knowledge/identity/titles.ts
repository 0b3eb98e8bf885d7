/** Whom a title is given to, where it says so: Lord and Lady Byron are two. */
export type TitleGender = 'male' | 'female' | 'either';

const titles: Record<TitleGender, string> = {
  male: `mr mister sir lord king prince emperor tsar czar kaiser duke count earl baron viscount marquess herr monsieur
    signor senor don father brother uncle pope sultan shah maharaja abbot friar sheikh`,
  female: `mrs ms miss lady dame queen princess empress tsarina czarina duchess countess baroness viscountess
    marchioness frau fraulein madame mademoiselle madam signora senora senorita dona mother sister aunt sultana
    maharani abbess`,
  either: `dr doctor prof professor rev reverend saint st blessed president vice chancellor premier prime minister
    senator congressman congresswoman representative governor mayor judge justice ambassador captain capt general gen
    colonel col major maj lieutenant lt sergeant sgt corporal private admiral rear commander cmdr commodore marshal
    field cardinal archbishop bishop rabbi imam swami guru ayatollah mullah master dean coach chief chairman director
    secretary comrade`,
};
const genderOfTitle = new Map<string, TitleGender>(
  (['male', 'female', 'either'] as const).flatMap((gender) =>
    titles[gender].split(/\s+/).map((title) => [title, gender] as [string, TitleGender]),
  ),
);

/** Letters that stand behind a person's name, as they are without points. */
const postnominals = new Set(
  `phd md dds jd llb llm ba bsc ma msc mba dphil dsc esq obe mbe cbe kbe dbe gbe om ch frs fba frse qc kc mp mep rn sj
    op osb usn usaf usmc ret pc cc kcb kcmg gcb`.split(/\s+/),
);

const generations = new Map([
  ['jr', 'junior'],
  ['jnr', 'junior'],
  ['junior', 'junior'],
  ['fils', 'junior'],
  ['younger', 'junior'],
  ['sr', 'senior'],
  ['snr', 'senior'],
  ['senior', 'senior'],
  ['pere', 'senior'],
  ['elder', 'senior'],
]);

export function titleGender(word: string): TitleGender | undefined {
  return genderOfTitle.get(word);
}

export function isPostnominal(word: string): boolean {
  return postnominals.has(word);
}

/** Which of those of one name: 'junior' or 'senior'. */
export function generationOf(word: string): string | undefined {
  return generations.get(word);
}
