import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import type { TestDatabase } from './database.ts';
import { type Claimed, claimOne } from './routing.ts';

export interface TestTable {
  table_key: string;
  kind?: string;
  partition_of?: string;
  primary_key?: string[];
  columns: Record<string, string>;
}

/** A table as a plan of SchemaProfile tells of it; columns by name and type. */
export function snapshotTable({ table_key, columns, ...rest }: TestTable): object {
  const [schema_name = '', table_name = ''] = table_key.split('.');
  return {
    table_key,
    schema_name,
    table_name,
    kind: 'table',
    partition_of: null,
    comment: null,
    primary_key: ['id'],
    unique_keys: [],
    foreign_keys: [],
    indexes: [],
    row_estimate: 100,
    ...rest,
    structure_sha256: Object.entries(columns).join(' '),
    columns: Object.entries(columns).map(([name, data_type], at) => ({
      column_key: name,
      column_name: name,
      ordinal: at + 1,
      data_type,
      type_family: data_type === 'text' ? 'text' : 'integer',
      is_nullable: true,
      is_computed: false,
      is_identity: false,
      column_default: null,
      comment: null,
      enum_labels: null,
      structure_sha256: data_type,
    })),
  };
}

/** A datasource without a server behind it, and its ontology. */
export async function createOntology(t: TestDatabase, name = 'shop'): Promise<number> {
  await callProcedure(t.db, 'onto.usp_put_datasource', { name, engine: 'postgres', url_env: 'NO_SUCH_URL' });
  const [row] = await callProcedure<{ ontology_id: number }>(t.db, 'onto.usp_create_ontology', { datasource: name });
  if (!row) throw new Error('no ontology');
  return row.ontology_id;
}

/** Makes a dag of one node for an ontology, claims its plan and routes it. Returns the plan's outcome. */
export async function routePlan(
  t: TestDatabase,
  ontology_id: number,
  node: string,
  plan: { facts?: object; items?: object[]; message?: string },
  options: { full?: boolean; datasource?: string } = {},
): Promise<{ dag_id: number; job: Claimed; outcome: Record<string, unknown> }> {
  const { datasource = 'shop', full = false } = options;
  const [dag] = await callProcedure<{ dag_id: number }>(t.db, 'llm.usp_create_dag', {
    kind: 'ontology',
    subject: datasource,
    options: {},
    nodes: [
      {
        name: node,
        plan_job_type: 'ontology_plan',
        plan_input: { ontology_id, datasource, node, ...(full && { full }) },
      },
    ],
  });
  const job = await claimOne(t.db, ['ontology_plan']);
  const payload = planPayload(ontology_id, node, plan);
  const [row] = await callProcedure<{ outcome: Record<string, unknown> }>(
    t.db,
    'onto.usp_process_ontology_plan_output',
    { job_id: job.job_id, run_id: job.run_id, payload },
  );
  return { dag_id: dag?.dag_id ?? 0, job, outcome: row?.outcome ?? {} };
}

export function planPayload(
  ontology_id: number,
  node: string,
  plan: { facts?: object; items?: object[]; message?: string },
): object {
  return {
    contract: 'ontology_plan',
    version: '1.0.0',
    subject: { ontology_id, subject_key: node },
    message: 'a plan',
    items: [],
    ...plan,
  };
}

/** What a plan of SchemaProfile brings about: exactly these tables. */
export async function putTables(
  t: TestDatabase,
  ontology_id: number,
  tables: TestTable[],
  more: { kept?: string[]; is_whole?: boolean } = {},
): Promise<Record<string, unknown>> {
  const facts = {
    is_whole: true,
    visible_tables: tables.length,
    declared_foreign_keys: 0,
    skipped: [],
    kept: [],
    tables: tables.map(snapshotTable),
    ...more,
  };
  const { outcome, dag_id } = await routePlan(t, ontology_id, 'SchemaProfile', { facts });
  await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
  const { applied } = outcome;
  return typeof applied === 'object' && applied !== null ? { ...applied } : {};
}

const testItemRouting = {
  postgres: `CREATE OR REPLACE FUNCTION onto.usp_process_test_item_output(p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
     RETURNS TABLE (status text, outcome jsonb) LANGUAGE plpgsql AS $$
     #variable_conflict use_column
     DECLARE
         v_now   timestamptz := coalesce(p_now, clock_timestamp());
         v_begin record;
     BEGIN
         SELECT b.* INTO v_begin FROM onto.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
         IF v_begin.state = 'done' THEN
             RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END, v_begin.outcome;
             RETURN;
         END IF;
         PERFORM onto.usp_keep_answer(v_begin.ontology_id, v_begin.job_type, v_begin.subject_key, p_payload, p_run_id, v_now);
         RETURN QUERY SELECT c.status, c.outcome FROM llm.usp_complete_job(p_job_id, p_run_id,
             jsonb_build_object('status', 'routed', 'schema_table_id', v_begin.schema_table_id,
                 'schema_column_id', v_begin.schema_column_id, 'relationship_id', v_begin.relationship_id), NULL, v_now) AS c;
     END $$`,
  mssql: `CREATE OR ALTER PROCEDURE onto.usp_process_test_item_output
         @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
     AS
     BEGIN
         SET NOCOUNT, XACT_ABORT ON;
         DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @status nvarchar(40), @outcome nvarchar(max),
             @ontology_id bigint, @subject_key nvarchar(4000), @job_type nvarchar(100), @schema_table_id bigint, @schema_column_id bigint,
             @relationship_id bigint, @done nvarchar(max);
         BEGIN TRY
             BEGIN TRANSACTION;
             EXEC onto.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
                 @outcome = @outcome OUTPUT, @ontology_id = @ontology_id OUTPUT, @subject_key = @subject_key OUTPUT,
                 @job_type = @job_type OUTPUT, @schema_table_id = @schema_table_id OUTPUT,
                 @schema_column_id = @schema_column_id OUTPUT, @relationship_id = @relationship_id OUTPUT;
             IF @state = N'held'
             BEGIN
                 EXEC onto.usp_keep_answer @ontology_id = @ontology_id, @job_type = @job_type, @subject_key = @subject_key,
                     @payload = @payload, @run_id = @run_id, @now = @at;
                 SET @done = CONCAT(N'{"status":"routed","schema_table_id":', COALESCE(CONVERT(nvarchar(20), @schema_table_id), N'null'),
                     N',"schema_column_id":', COALESCE(CONVERT(nvarchar(20), @schema_column_id), N'null'),
                     N',"relationship_id":', COALESCE(CONVERT(nvarchar(20), @relationship_id), N'null'), N'}');
                 EXEC llm.usp_complete_job @job_id = @job_id, @run_id = @run_id, @outcome = @done, @now = @at, @into_caller = 1,
                     @status = @status OUTPUT, @result_outcome = @outcome OUTPUT;
             END;
             ELSE
                 SET @status = IIF(JSON_VALUE(@outcome, N'$.status') = N'CANCELLED', N'CANCELLED', N'SUCCEEDED');
             COMMIT TRANSACTION;
             SELECT @status AS status, @outcome AS outcome;
         END TRY
         BEGIN CATCH
             IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
             THROW;
         END CATCH;
     END;`,
};

/** A job type `test_item` about one thing of an ontology, whose routing keeps the answer and nothing else. */
export async function registerTestItem(t: TestDatabase): Promise<void> {
  await queryRows(t.db, testItemRouting);
  await callProcedure(t.db, 'llm.usp_register_job_type', {
    job_type: {
      job_type: 'test_item',
      contract_name: 'ontology_plan',
      contract_version: '1.0.0',
      input_contract: 'ontology_job_input',
      route_procedure: 'onto.usp_process_test_item_output',
      handler: 'ontology_item',
    },
  });
}

const input_sha256 = 'b'.repeat(64);

/** An item of a dag of its own, claimed; `endItem` routes it and ends the dag. */
export async function claimItem(
  t: TestDatabase,
  ontology_id: number,
  node: string,
  job_type: string,
  subject_key: string,
): Promise<{ dag_id: number; job: Claimed; subject_key: string }> {
  const items = [{ job_type, subject_key, subject: subject_key, input_sha256 }];
  const { dag_id } = await routePlan(t, ontology_id, node, { items });
  return { dag_id, job: await claimOne(t.db, [job_type]), subject_key };
}

/** What routing made of the payload of a claimed item: its outcome. */
export async function endItem(
  t: TestDatabase,
  ontology_id: number,
  { dag_id, job, subject_key }: Awaited<ReturnType<typeof claimItem>>,
  payload: object,
): Promise<Record<string, unknown>> {
  const [row] = await callProcedure<{ outcome: Record<string, unknown> }>(
    t.db,
    `onto.usp_process_${job.job_type}_output`,
    {
      job_id: job.job_id,
      run_id: job.run_id,
      payload: {
        contract: job.job_type,
        version: '1.0.0',
        subject: { ontology_id, subject_key },
        input_sha256,
        answer: {},
        ...payload,
      },
    },
  );
  await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
  return row?.outcome ?? {};
}
