import { messageOf, SprouteError } from '../../errors.ts';

/** A URL with where it was found, or why that is none. */
export type ListedUrl = { place: string; url: string } | { place: string; reason: string };

/** URLs line by line; empty lines and lines that begin with # do not count. */
export function urlsIn(text: string, name: string): ListedUrl[] {
  return text.split(/\r?\n/).flatMap((line, at) => {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) return [];
    return [listedUrl(entry, `${name}:${at + 1}`)];
  });
}

/** Checks a URL; the fragment goes, for a server never sees it. A URL with a password in it is refused and not repeated. */
export function listedUrl(text: string, place: string): ListedUrl {
  if (!URL.canParse(text) || !isWebUrl(text)) {
    const shown = text.replace(/\/\/.*@/, '//***@').slice(0, 100);
    return { place, reason: `it is no http or https URL: ${shown}` };
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    return { place, reason: 'the URL holds a user or password; pages behind a login cannot be read' };
  }
  url.hash = '';
  return { place: url.href, url: url.href };
}

export function isWebUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** Throws INPUT_INVALID with what to do. */
export function unreadableList(name: string, error: unknown): SprouteError {
  return new SprouteError('INPUT_INVALID', `The list of URLs ${name} cannot be read: ${messageOf(error)}.`, {
    hint: 'It is a text file with one URL a line, or - for stdin.',
    cause: error,
  });
}
