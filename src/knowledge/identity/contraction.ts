import { isGenericWord, isJoiningWord } from './common-word.ts';
import type { NameForm } from './name-form.ts';
import { titleGender } from './titles.ts';

/** Whether a name is only some of another's words: what its bearer is called where it is clear who is meant. */
export function isContraction(short: NameForm, whole: NameForm): boolean {
  const words = new Set(whole.words.map(({ native }) => native));
  const kept = short.words.filter((word) => !isJoiningWord(word.latin));
  return kept.length > 0 && kept.length < words.size && kept.every(({ native }) => words.has(native));
}

/** Whether a name says what its bearer is, as others are too: Archbishop of Canterbury, the Prime Minister, the Bank. */
export function isRole(form: NameForm): boolean {
  const isTitle = (word: string) => titleGender(word) !== undefined;
  const ofWhat = form.words.some(
    ({ latin }, at) => at > 0 && latin === 'of' && isTitle(form.words[at - 1]?.latin ?? ''),
  );
  return ofWhat || form.words.every(({ latin }) => isTitle(latin) || isGenericWord(latin) || isJoiningWord(latin));
}
