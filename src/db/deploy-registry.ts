import type pg from 'pg';

/** The contracts and job types of this program, as the database stores them. */
export interface Registry {
  contracts: { name: string; version: string; kind: 'input' | 'output'; sha256: string; schema: object }[];
  job_types: object[];
}

export interface RegistryReport {
  /** `name version` of the contracts that were new. */
  contracts: string[];
  /** The job types that were new or changed. */
  job_types: string[];
}

/** Registers contracts and job types; what a DBA tuned stays. Throws CONTRACT_MISMATCH for a version whose bytes changed. */
export async function deployRegistry(client: pg.Client, registry: Registry): Promise<RegistryReport> {
  const contracts: string[] = [];
  for (const { name, version, kind, sha256, schema } of registry.contracts) {
    const done = await client.query<{ created: boolean }>(
      `SELECT created FROM llm.usp_register_contract(p_name => $1, p_version => $2, p_kind => $3, p_sha256 => $4, p_schema => $5)`,
      [name, version, kind, sha256, JSON.stringify(schema)],
    );
    if (done.rows[0]?.created) contracts.push(`${name} ${version}`);
  }
  const jobTypes: string[] = [];
  for (const row of registry.job_types) {
    const done = await client.query<{ job_type: string; created: boolean; changed: boolean }>(
      'SELECT job_type, created, changed FROM llm.usp_register_job_type(p_job_type => $1)',
      [JSON.stringify(row)],
    );
    const answer = done.rows[0];
    if (answer?.created || answer?.changed) jobTypes.push(answer.job_type);
  }
  return { contracts, job_types: jobTypes };
}
