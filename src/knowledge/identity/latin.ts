import anyAscii from 'any-ascii';

/** How a word is written, as far as it matters for what a transliteration proves. */
export type Script = 'latin' | 'alphabet' | 'abjad' | 'syllables' | 'han';

const han = /\p{Script=Han}/u;
const syllables = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const abjad = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}]/u;
const foreignLetter = /[^\p{Script=Latin}\P{L}]/u;
const plain = /^[\x20-\x7E]*$/;

export function scriptOf(text: string): Script {
  if (plain.test(text)) return 'latin';
  if (han.test(text)) return 'han';
  if (syllables.test(text)) return 'syllables';
  if (abjad.test(text)) return 'abjad';
  return foreignLetter.test(text) ? 'alphabet' : 'latin';
}

/** Greek digraphs that are one sound; the table knows single letters only. */
const greekDigraphs: [RegExp, string][] = [
  [/ο[υύ]/gu, 'ou'],
  [/(?<=[αεη])[υύ](?=[αεηιουωβγδζλμνρ])/gu, 'v'],
  [/(?<=[αεη])[υύ]/gu, 'f'],
  [/(?<!\p{L})μπ/gu, 'b'],
  [/(?<!\p{L})ντ/gu, 'd'],
];
/** What German and the Nordic languages write for letters that others strip of their marks. */
const spelledOut: [RegExp, string][] = [
  [/[äæ]/gu, 'ae'],
  [/[öøœ]/gu, 'oe'],
  [/ü/gu, 'ue'],
  [/å/gu, 'aa'],
  [/đ/gu, 'dj'],
];

/** A lower-case text in ASCII letters, digits and signs, letter by letter and without regard to language. */
export function latin(text: string): string {
  return plain.test(text) ? text : ascii(replaced(text, greekDigraphs));
}

/** As {@link latin}, with umlauts and the like spelt out: müller is mueller, ångström is aangstroem. */
export function spelledOutLatin(text: string): string {
  return plain.test(text) ? text : ascii(replaced(replaced(text, spelledOut), greekDigraphs));
}

function ascii(text: string): string {
  return anyAscii(text).toLowerCase().replaceAll(/['`"]/g, '');
}

/** What romanisations write differently, in the spelling that stands for all. */
const conventions: Record<string, string> = {
  tsch: 'ch',
  tch: 'ch',
  kh: 'h',
  ch: 'h',
  ph: 'f',
  ck: 'k',
  dj: 'd',
  ou: 'u',
  off: 'ov',
  x: 'ks',
  q: 'k',
  c: 'k',
  w: 'v',
  j: 'i',
  y: 'i',
};
const conventional = /tsch|tch|kh|ch(?=[bcdfgklmnpqrstvwxz])|ph|ck|dj|ou|off$|[xqwjy]|c(?![heiy])/g;
const glides = /i+[eo]|(.)\1+/g;
const iotated = /(?<=^|[aeou])i+e/g;
const doubled = /(.)\1+/g;

/**
 * What stays of a Latin word when the conventions of romanisation are taken out: Tchaikovsky, Chaikovskii and the
 * transliteration of Чайковский have one skeleton. Different words may share one (Meyer and Meier).
 */
export function skeleton(word: string): string {
  return plainer(word).replaceAll(glides, (_, letter: string | undefined) => letter ?? 'e');
}

/**
 * A word without what romanisations, or spellings of one name, exchange letter by letter: Erik is Eric, Dostoyevsky is
 * Dostoevsky (e after a vowel or at the beginning is spoken ye). Less is lost than in a skeleton.
 */
export function plainSpelling(word: string): string {
  return plainer(word).replaceAll(iotated, 'e').replaceAll(doubled, '$1');
}

function plainer(word: string): string {
  return word.replaceAll(conventional, (found) => conventions[found] ?? found);
}

/** The letter that an initial is compared by: romanisations begin Yuri with Y, J or I. */
export function initialOf(word: string): string {
  const first = word.charAt(0);
  return conventions[first] ?? first;
}

const soundClasses: Record<string, string> = { sh: 's', zh: 's', ch: 's', z: 's', f: 'v', d: 't', g: 'k' };
const sounds = /sh|zh|ch|[aeiouhzfdg]/g;

/** The consonants of a skeleton in classes that sound alike: a key for bringing words together, no proof of anything. */
export function consonants(bones: string): string {
  const classes = bones.replaceAll(sounds, (found) => soundClasses[found] ?? '').replaceAll(doubled, '$1');
  return `${bones.charAt(0)}${classes}`;
}

function replaced(text: string, replacements: readonly [RegExp, string][]): string {
  let result = text;
  for (const [pattern, by] of replacements) result = result.replaceAll(pattern, by);
  return result;
}
