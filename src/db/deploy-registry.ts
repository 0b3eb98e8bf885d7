import type { Deployment } from './deployment.ts';

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
export async function deployRegistry(deployment: Deployment, registry: Registry): Promise<RegistryReport> {
  const contracts: string[] = [];
  for (const { name, version, kind, sha256, schema } of registry.contracts) {
    const parameters = { name, version, kind, sha256, schema };
    const [done] = await deployment.call<{ created: boolean }>('llm.usp_register_contract', parameters);
    if (done?.created) contracts.push(`${name} ${version}`);
  }
  const jobTypes: string[] = [];
  for (const job_type of registry.job_types) {
    const [done] = await deployment.call<JobTypeDeployed>('llm.usp_register_job_type', { job_type });
    if (done?.created || done?.changed) jobTypes.push(done.job_type);
  }
  return { contracts, job_types: jobTypes };
}

interface JobTypeDeployed {
  job_type: string;
  created: boolean;
  changed: boolean;
}
