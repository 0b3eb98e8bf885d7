import { createHash } from 'node:crypto';
import type { Lake } from './lake.ts';
import { type ArtifactType, callFile, runFolder } from './layout.ts';

/** A file of a run as llm.artifact records it. */
export interface Artifact {
  artifact_type: ArtifactType;
  lake_uri: string;
  content_sha256: string;
  byte_count: number;
}

/** What a manifest says about its run. */
export interface RunHeader {
  run_id: string;
  job_id: number;
  job_type: string;
  correlation_id: string;
  subject: string;
  attempt: number;
  contract: { name: string; version: string };
  prompt_sha256: string | null;
  /** Null where none was asked. */
  model: string | null;
  parameters: object;
  started_at: Date;
}

/**
 * The folder of one run: files are written as they come, the manifest with the hashes of all of them last, and again if
 * the run fails after that.
 */
export class RunArtifacts {
  readonly #lake: Lake;
  readonly #header: RunHeader;
  readonly #folder: string;
  readonly #secrets: string[];
  /** By their names in the folder. */
  readonly #artifacts = new Map<string, Artifact>();

  /** `secrets` of six or more characters never reach a file, wherever they stand. */
  constructor(lake: Lake, header: RunHeader, secrets: readonly string[]) {
    this.#lake = lake;
    this.#header = header;
    this.#folder = runFolder(header.run_id, header.started_at);
    this.#secrets = secrets.filter((secret) => secret.length >= 6);
  }

  /** The request and answer of one call; the response cache points to it. */
  writeCall(call: { call_no: number }): Promise<Artifact> {
    return this.#write('call', callFile(call.call_no), call);
  }

  writeInput(input: object): Promise<Artifact> {
    return this.#write('input', 'input.json', input);
  }

  writeOutput(output: object): Promise<Artifact> {
    return this.#write('output', 'output.json', output);
  }

  writeError(error: object): Promise<Artifact> {
    return this.#write('error', 'error.json', error);
  }

  /** Writes the manifest and returns every artifact of the run. */
  async finish(summary: { finished_at: Date; duration_ms: number; chunks: object[] }): Promise<Artifact[]> {
    const files = [...this.#artifacts]
      .filter(([, { artifact_type }]) => artifact_type !== 'manifest')
      .map(([path, { content_sha256, byte_count }]) => ({ path, content_sha256, byte_count }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
    await this.#write('manifest', 'manifest.json', { ...this.#header, ...summary, files });
    return [...this.#artifacts.values()];
  }

  async #write(artifact_type: ArtifactType, file: string, content: object): Promise<Artifact> {
    const bytes = Buffer.from(this.#redact(`${JSON.stringify(content, null, 2)}\n`), 'utf8');
    const path = `${this.#folder}/${file}`;
    await this.#lake.put(path, bytes);
    const content_sha256 = createHash('sha256').update(bytes).digest('hex');
    const artifact = { artifact_type, lake_uri: this.#lake.uri(path), content_sha256, byte_count: bytes.length };
    this.#artifacts.set(file, artifact);
    return artifact;
  }

  #redact(text: string): string {
    return this.#secrets.reduce(
      (kept, secret) => kept.replaceAll(JSON.stringify(secret).slice(1, -1), '[redacted]'),
      text,
    );
  }
}
