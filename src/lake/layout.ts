/** The folder of a run in the lake, by the UTC day on which it started: `llm_runs/2026/11/21/<run_id>`. */
export function runFolder(run_id: string, started_at: Date): string {
  const [year, month, day] = started_at.toISOString().slice(0, 10).split('-');
  return `${runsRoot}/${year}/${month}/${day}/${run_id}`;
}

export const runsRoot = 'llm_runs';

export function callFile(call_no: number): string {
  return `calls/${String(call_no).padStart(4, '0')}.json`;
}

/** The folder of the run that a file belongs to; undefined for what is no file of a run. */
export function folderOf(path: string): string | undefined {
  return /^llm_runs\/\d{4}\/\d{2}\/\d{2}\/[0-9a-f-]{36}(?=\/)/.exec(path)?.[0];
}

export type ArtifactType = 'manifest' | 'input' | 'output' | 'error' | 'call';

/** What a path in the lake is; undefined for what is no artifact of a run. */
export function parseRunPath(
  path: string,
): { run_id: string; date: string; file: string; artifact_type: ArtifactType } | undefined {
  const parts =
    /^llm_runs\/(\d{4})\/(\d{2})\/(\d{2})\/([0-9a-f-]{36})\/(?:(manifest|input|output|error)\.json|(calls\/\d{4,})\.json)$/.exec(
      path,
    );
  if (!parts) return undefined;
  const [, year, month, day, run_id = '', single, call] = parts;
  const file = `${single ?? call}.json`;
  const artifact_type = isSingle(single) ? single : 'call';
  return { run_id, date: `${year}-${month}-${day}`, file, artifact_type };
}

function isSingle(name: string | undefined): name is Exclude<ArtifactType, 'call'> {
  return name === 'manifest' || name === 'input' || name === 'output' || name === 'error';
}
