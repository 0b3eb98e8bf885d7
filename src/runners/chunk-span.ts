import { inSpan } from '../telemetry/span.ts';

/** Asks about one chunk within its span. */
export function inChunkSpan<T>(chunk_index: number, work: () => Promise<T>): Promise<T> {
  return inSpan('chunk', { attributes: () => ({ 'sproute.chunk_index': chunk_index }) }, work);
}
