import type { Database } from '../db/connect.ts';
import { findVersions, type PageVersion } from '../db/page-story.ts';
import { SprouteError } from '../errors.ts';

/** The page that a person means. Throws NOT_FOUND, USAGE for an external id of several sources. */
export async function onePage(db: Database, name: string, source: string | undefined): Promise<PageVersion> {
  const found = await findVersions(db, name, source);
  const [version] = found;
  if (!version) {
    throw new SprouteError('NOT_FOUND', `No page is ${JSON.stringify(name)}${source ? ` in ${source}` : ''}.`, {
      hint: hintFor(name, source),
    });
  }
  if (found.length === 1) return version;
  const places = found.map((each) => `${each.source_page_id} (${each.source_system})`).join(', ');
  throw new SprouteError('USAGE', `${JSON.stringify(name)} may be one of several pages: ${places}.`, {
    hint: 'Give the number, or --source.',
  });
}

function hintFor(name: string, source: string | undefined): string {
  if (!/^\d+$/.test(name)) return '`sproute page ls` lists them.';
  if (source === undefined)
    return 'It was taken for a source_page_id; an external id that is a number goes with --source.';
  return 'With --source it is an external id; a source_page_id goes without.';
}
