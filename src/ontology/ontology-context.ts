import { connectDatasource, type DatasourceConnection } from '../datasource/connect.ts';
import { type Datasource, findDatasource } from '../datasource/datasource.ts';
import type { Database } from '../db/connect.ts';
import { memory, type Once, sharedReads } from './shared-reads.ts';

/** What plans and items of one ontology read from. */
export interface OntologyContext {
  db: Database;
  ontology_id: number;
  datasource: Datasource;
  /**
   * The customer's database, connected when it is first asked for; closed with the context. `longest_ms`: no statement takes
   * longer, where the datasource's own time-out is not shorter anyway.
   */
  connection(longest_ms?: number): Promise<DatasourceConnection>;
  /** What was read under this name before, else what `read` reads: a plan looks at each table once, whatever its items. */
  once: Once;
  /** The same for what all jobs of a node read alike: they see one state of the ontology. For a plan the same as `once`. */
  shared: Once;
}

/** Runs `work` with a context of its own; when `signal` aborts, the customer's database is let go. */
export async function withOntology<T>(
  db: Database,
  subject: { ontology_id: number; datasource: string; dag_node_id?: number | null },
  signal: AbortSignal,
  work: (context: OntologyContext) => Promise<T>,
): Promise<T> {
  const datasource = await findDatasource(db, subject.datasource);
  const once = memory(new Map());
  const { ontology_id, dag_node_id } = subject;
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
      ontology_id,
      datasource,
      connection: (longest_ms = Number.POSITIVE_INFINITY) => {
        signal.throwIfAborted();
        const statement_timeout_ms = Math.min(longest_ms, datasource.options.statement_timeout_ms);
        opened ??= connectDatasource({ ...datasource, options: { ...datasource.options, statement_timeout_ms } });
        return opened;
      },
      once,
      shared: async (name, read) => {
        if (dag_node_id == null) return once(name, read);
        const reads = await once('shared reads', () => sharedReads(db, { ontology_id, dag_node_id }));
        return memory(reads)(name, read);
      },
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    await close();
  }
}
