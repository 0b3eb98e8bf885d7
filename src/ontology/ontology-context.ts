import { connectDatasource, type DatasourceConnection } from '../datasource/connect.ts';
import { type Datasource, findDatasource } from '../datasource/datasource.ts';
import type { Database } from '../db/connect.ts';

/** What plans and items of one ontology read from. */
export interface OntologyContext {
  db: Database;
  ontology_id: number;
  datasource: Datasource;
  /** The customer's database, connected when it is first asked for; closed with the context. */
  connection(): Promise<DatasourceConnection>;
  /** What was read under this name before, else what `read` reads: a plan looks at each table once, whatever its items. */
  once<T>(name: string, read: () => Promise<T>): Promise<T>;
}

/** Runs `work` with a context of its own; when `signal` aborts, the customer's database is let go. */
export async function withOntology<T>(
  db: Database,
  subject: { ontology_id: number; datasource: string },
  signal: AbortSignal,
  work: (context: OntologyContext) => Promise<T>,
): Promise<T> {
  const datasource = await findDatasource(db, subject.datasource);
  const known = new Map<string, unknown>();
  let opened: Promise<DatasourceConnection> | undefined;
  const close = async () => {
    const connection = await opened?.catch(() => undefined);
    await connection?.close();
  };
  const onAbort = () => void close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work({
      db,
      ontology_id: subject.ontology_id,
      datasource,
      connection: () => {
        signal.throwIfAborted();
        opened ??= connectDatasource(datasource);
        return opened;
      },
      once: memory(known),
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    await close();
  }
}

function memory(known: Map<string, unknown>): OntologyContext['once'] {
  return async <T>(name: string, read: () => Promise<T>): Promise<T> => {
    const found = known.get(name) as Promise<T> | undefined;
    if (found) return found;
    const reading = read();
    known.set(name, reading);
    return reading;
  };
}
