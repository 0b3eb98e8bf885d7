import type { PerEngine } from './dialect.ts';

/** How bytes become chunks, for the estimate. Sizes in tokens. */
export interface ChunkSizes {
  bytes_per_token: number;
  max_tokens: number;
  overlap_tokens: number;
}

/** The bytes of a text in UTF-8, or on SQL Server its characters: what they are is known without converting it. */
export const textSize: PerEngine<(text: string) => string> = {
  postgres: (text) => `octet_length(${text})::bigint`,
  mssql: (text) => `CONVERT(bigint, LEN(${text}))`,
};

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
