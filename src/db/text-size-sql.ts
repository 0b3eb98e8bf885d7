import type { PerEngine } from './dialect.ts';

/** How bytes become chunks, for the estimate. Sizes in tokens. */
export interface ChunkSizes {
  bytes_per_token: number;
  max_tokens: number;
  overlap_tokens: number;
}

/**
 * The bytes of a text in UTF-8. SQL Server, which keeps UTF-16, would have to convert all of it: there it is an estimate, its
 * length times the bytes of a unit in its middle, for scripts differ by a factor of three.
 */
export const textSize: PerEngine<(text: string) => string> = {
  postgres: (text) => `octet_length(${text})::bigint`,
  mssql: (text) => {
    const sample = `SUBSTRING(${text}, LEN(${text}) / 2, ${sampleUnits})`;
    return `CONVERT(bigint, LEN(${text}) * COALESCE(llm.fn_octet_length(${sample})
      / NULLIF(LEN(CONCAT(${sample}, N'.')) - 1.0, 0), 1))`;
  },
};

const sampleUnits = 32;

/** How many tokens and chunks a text of so many bytes has. */
export function chunkSql(
  bytes: string,
  { bytes_per_token, max_tokens, overlap_tokens }: ChunkSizes,
): { tokens: string; chunks: string } {
  const tokens = `ceiling(${bytes} / ${Number(bytes_per_token)}.0)`;
  const chunks = `CASE WHEN ${tokens} <= ${Number(max_tokens)} THEN 1
    ELSE 1 + ceiling((${tokens} - ${Number(max_tokens)}) / ${Number(max_tokens - overlap_tokens)}.0) END`;
  return { tokens, chunks };
}
