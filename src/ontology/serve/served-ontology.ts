import type { Database } from '../../db/connect.ts';
import { type OntologyRow, readOntologies } from '../../db/ontology-queries.ts';
import { SprouteError } from '../../errors.ts';
import { nearest } from './nearest.ts';

/** The ontology of a datasource. Throws NOT_FOUND, and says which there are. */
export async function servedOntology(db: Database, datasource: string): Promise<OntologyRow> {
  const [found] = await readOntologies(db, datasource);
  if (found) return found;
  const names = (await readOntologies(db)).map((each) => each.datasource);
  throw new SprouteError('NOT_FOUND', `There is no ontology of ${JSON.stringify(datasource)}.`, {
    hint:
      names.length === 0
        ? 'Nothing has been extracted yet: `sproute datasource add` names a database, `sproute ontology extract` looks at it.'
        : `There are ${nearest(datasource, names, 20).join(', ')}${names.length > 20 ? ` and ${names.length - 20} more` : ''}; \`sproute ontology extract\` makes one of a datasource.`,
  });
}
