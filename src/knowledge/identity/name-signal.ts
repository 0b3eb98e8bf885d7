import { acronymMatch } from './acronym.ts';
import { type Alignment, alignNames, haveSameLetters } from './align.ts';
import { isContraction, isRole } from './contraction.ts';
import { nameEntropy } from './entropy.ts';
import { type Guard, nameGuards } from './guards.ts';
import type { NameForm } from './name-form.ts';
import type { Pool } from './pool.ts';
import type { Profile } from './profile.ts';

const leastSimilarity = 0.95;
const aliasBits = 10;
const sharedAliasBits = 6;

/** What first made two entities a candidate. */
export type Stage = 'exact' | 'alias' | 'similarity';

/** What the names and aliases say. */
export interface NameSignal {
  stage: Stage;
  similarity: number;
  /** What the names have in common, in bits. */
  entropy: number;
  /** What an alias that is a name, or is shared, adds. */
  alias_bits: number;
  /** They differ in nothing but typography. */
  is_same: boolean;
  doubts: string[];
  /** What forbids a rule to merge them although an alias says that they are one. */
  guards: Guard[];
  reasons: string[];
}

/** What the names and aliases of two entities say; undefined if nothing brings them together. */
export function compareNames(one: Profile, other: Profile, pool: Pool): NameSignal | undefined {
  const stated = statedAlias(one, other) ?? statedAlias(other, one);
  const isExact = one.entity.name_key !== '' && one.entity.name_key === other.entity.name_key;
  const guards = isExact ? [] : nameGuards(one.form, other.form);
  if (guards.length > 0 && !stated) return undefined;
  const alignment = guards.length === 0 ? alignNames(one.form, other.form, pool.wordBits) : undefined;
  const isAlike = alignment !== undefined && alignment.similarity > leastSimilarity;
  const acronym = alignment || guards.length > 0 ? undefined : acronymMatch(one.form, other.form);
  const shared = stated ? undefined : sharedAlias(one, other);
  if (!isExact && !stated && !isAlike && !acronym && !shared) return undefined;
  const signal: NameSignal = {
    stage: isExact ? 'exact' : stated || (shared && !isAlike) ? 'alias' : 'similarity',
    similarity: isExact ? 1 : (alignment?.similarity ?? acronym?.similarity ?? 0),
    entropy: isExact ? exactEntropy(one, other, pool) : (alignment?.entropy ?? acronym?.entropy ?? 0),
    alias_bits: 0,
    is_same: isExact || alignment?.is_same_letters === true,
    doubts: isExact ? [] : [...(alignment?.doubts ?? []), ...(acronym ? ['acronym'] : [])],
    guards,
    reasons: reasonsOf(alignment, acronym !== undefined, isExact),
  };
  if (stated) addStated(signal, stated, alignment, pool);
  if (shared) addShared(signal, shared, pool);
  return signal;
}

function exactEntropy(one: Profile, other: Profile, pool: Pool): number {
  return Math.min(nameEntropy(one.form, pool.wordBits), nameEntropy(other.form, pool.wordBits));
}

interface StatedAlias {
  owner: Profile;
  alias: NameForm;
  is_mutual: boolean;
}

/** An alias of the owner that is the other's name. */
function statedAlias(owner: Profile, other: Profile): StatedAlias | undefined {
  const isName = (alias: NameForm, name: NameForm) =>
    haveSameLetters(alias, name) && nameGuards(alias, name).length === 0 && alias.letters.latin !== '';
  const alias = owner.aliases.find((each) => isName(each, other.form) && !haveSameLetters(each, owner.form));
  return alias && { owner, alias, is_mutual: other.aliases.some((each) => isName(each, owner.form)) };
}

/** What both are called, unless it says no more than what they are. */
function sharedAlias(one: Profile, other: Profile): NameForm | undefined {
  return one.aliases.find(
    (alias) => !isRole(alias) && other.aliases.some((another) => haveSameLetters(alias, another)),
  );
}

function addStated(signal: NameSignal, stated: StatedAlias, alignment: Alignment | undefined, pool: Pool): void {
  const name = stated.alias.letters.latin || stated.alias.letters.native;
  const isShort = !stated.is_mutual && isContraction(stated.alias, stated.owner.form);
  signal.reasons.unshift(`${stated.is_mutual ? 'aliases_of_each_other' : 'alias_is_name'}: ${name}`);
  signal.alias_bits = aliasBits;
  if (!alignment) signal.entropy = Math.max(signal.entropy, nameEntropy(stated.alias, pool.wordBits));
  if (isShort) signal.doubts.push('contraction');
  if (isRole(stated.alias)) signal.doubts.push('role');
}

function addShared(signal: NameSignal, shared: NameForm, pool: Pool): void {
  signal.reasons.push(`shared_alias: ${shared.letters.latin || shared.letters.native}`);
  signal.alias_bits = sharedAliasBits;
  if (signal.entropy > 0) return;
  signal.entropy = nameEntropy(shared, pool.wordBits);
  signal.doubts.push('shared_alias_only');
}

function reasonsOf(alignment: Alignment | undefined, is_acronym: boolean, is_exact: boolean): string[] {
  if (is_exact) return ['same_name_key'];
  return [...(is_acronym ? ['acronym'] : []), ...(alignment?.notes ?? [])];
}
