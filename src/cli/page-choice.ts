import type { Database } from '../db/connect.ts';
import { findVersions, type PageVersion } from '../db/page-story.ts';
import { SprouteError } from '../errors.ts';

/** The page that a person means. Throws NOT_FOUND, USAGE for an external id of several sources. */
export async function onePage(db: Database, name: string, source: string | undefined): Promise<PageVersion> {
  const found = await findVersions(db, name, source);
  const [version] = found;
  if (!version) {
    throw new SprouteError('NOT_FOUND', `No page is ${JSON.stringify(name)}${source ? ` in ${source}` : ''}.`, {
      hint: '`sproute page ls` lists them.',
    });
  }
  if (found.length === 1) return version;
  const places = found.map((each) => `${each.source_page_id} (${each.source_system})`).join(', ');
  throw new SprouteError('USAGE', `${JSON.stringify(name)} may be one of several pages: ${places}.`, {
    hint: 'Give the number, or --source.',
  });
}
