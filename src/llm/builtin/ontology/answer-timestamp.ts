import type { Material } from '../answers.ts';
import { type ColumnShown, called, columnShown, presenceWords } from './column-shown.ts';

type Purpose =
  | 'audit_created'
  | 'audit_updated'
  | 'soft_delete'
  | 'event_time'
  | 'scheduled_time'
  | 'expiration'
  | 'cursor'
  | 'other';

/** What an instant is, by how many rows have one, how precise it is, and how it lies among the others of its table. */
export function answerTimestamp({ content }: Material): object {
  const shown = columnShown(content);
  const [purpose, confidence, said] = judged(shown);
  return {
    purpose,
    is_soft_delete: purpose === 'soft_delete',
    semantic_type: purpose === 'soft_delete' ? 'soft_delete_timestamp' : purpose === 'other' ? 'date' : purpose,
    description: `The ${called(shown)}: ${said}; ${presenceWords(shown)}.`,
    confidence,
  };
}

function judged(shown: ColumnShown): [Purpose, number, string] {
  const { statistics, timestamp_scale, latest, has_future } = shown;
  const nulls = statistics.null_percent;
  if (nulls === undefined || nulls === null) return ['event_time', 0.3, 'an instant'];
  if (nulls === 100) return ['event_time', 0.3, 'an instant of which nothing is known yet'];
  if (has_future)
    return [nulls > 0 ? 'expiration' : 'scheduled_time', 0.6, `an instant that may lie ahead, up to ${latest}`];
  if (nulls >= 90 && isDay(shown)) return ['event_time', 0.5, 'the day of something that few rows have seen'];
  if (nulls >= 90) return ['soft_delete', 0.7, 'rows that have an instant here are out of use'];
  const isFine = timestamp_scale === 'nanoseconds' || timestamp_scale === 'microseconds';
  if (isFine && nulls === 0 && statistics.is_distinct)
    return ['cursor', 0.8, `an instant in ${timestamp_scale}, another one in each row, that orders them`];
  if (nulls > 5) return ['event_time', 0.7, 'when something happened that not every row has seen'];
  return nulls === 0 ? audited(shown) : ['event_time', 0.6, 'when something happened'];
}

/** Of the instants that all rows have, the one that begins and ends last is that of the last change. */
function audited(shown: ColumnShown): [Purpose, number, string] {
  const { column, earliest = '', latest = '', other_timestamps } = shown;
  if (isDay(shown)) {
    return earliest < '1970'
      ? ['other', 0.5, 'a date, some of them long ago']
      : ['event_time', 0.6, 'the day of something'];
  }
  const rivals = other_timestamps.filter(
    ({ null_percent, min, max }) => null_percent === 0 && min != null && max != null,
  );
  const isSet = column.default !== undefined && /\(|current_timestamp/i.test(column.default);
  const isEarliest = rivals.every(({ min, max }) => earliest <= (min ?? '') && latest <= (max ?? ''));
  const isLatest =
    rivals.length > 0 && rivals.every(({ min, max }) => earliest >= (min ?? '') && latest >= (max ?? ''));
  if (isLatest && !isEarliest) return ['audit_updated', 0.6, 'when the row changed last'];
  if (isSet) return ['audit_created', 0.8, 'when the row was written'];
  // By itself it may be any event.
  if (isEarliest && rivals.length > 0) return ['audit_created', 0.6, 'when the row was written'];
  return ['event_time', 0.5, 'when something happened'];
}

/** By its type, or because no value has a time of day. */
function isDay({ column, samples }: ColumnShown): boolean {
  if (/^date$/i.test(column.data_type)) return true;
  return (
    samples.length > 1 &&
    samples.every((sample) => /[ T]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?$/.test(sample))
  );
}
