import { SprouteError } from '../errors.ts';

/** A column of a result as the driver describes it. */
export interface ResultColumn {
  name: string;
  /** The name of its type, such as datetime2. */
  type: string;
  scale: number | undefined;
}

/**
 * A value as its page is to have it: exact and the same on every machine. Times are texts as the server writes them (those
 * with an offset in UTC), as are decimals and bytes. Throws DATASOURCE_FAILED for a number that the driver cannot hold.
 */
export function exactValue(value: unknown, { name, type, scale = 0 }: ResultColumn): unknown {
  if (typeof value === 'number' && decimals.has(type)) return decimal(value, scaleOf(type, scale), name);
  if (value instanceof Date) return moment(value, type, scale);
  if (Buffer.isBuffer(value)) return `0x${value.toString('hex')}`;
  return typeof value === 'string' && type === 'uniqueidentifier' ? value.toLowerCase() : value;
}

const decimals = new Set(['decimal', 'numeric', 'money', 'smallmoney']);

function scaleOf(type: string, scale: number): number {
  return type.endsWith('money') ? 4 : scale;
}

/** The driver makes a double of it, which is the one that is meant as long as it has fewer than 52 bits. */
function decimal(value: number, scale: number, name: string): string {
  if (Math.abs(value) * 10 ** scale < 2 ** 52) return value.toFixed(scale);
  throw new SprouteError('DATASOURCE_FAILED', `A number in the column ${JSON.stringify(name)} has too many digits.`, {
    hint: `Have the server write it: SELECT CONVERT(varchar(50), [${name}]) AS [${name}].`,
  });
}

/** The driver keeps what is finer than a millisecond beside the date, in seconds. */
function moment(value: Date, type: string, scale: number): string {
  const text = value.toISOString();
  const finer = 'nanosecondsDelta' in value ? Math.round(Number(value.nanosecondsDelta) * 1e7) : 0;
  const sevenths = `${text.slice(20, 23)}${String(finer).padStart(4, '0')}`;
  const digits = type === 'datetime' ? 3 : type === 'smalldatetime' ? 0 : scale;
  const time = `${text.slice(11, 19)}${digits === 0 ? '' : `.${sevenths.slice(0, digits)}`}`;
  switch (type) {
    case 'date':
      return text.slice(0, 10);
    case 'time':
      return time;
    case 'datetimeoffset':
      return `${text.slice(0, 10)} ${time}+00:00`;
    default:
      return `${text.slice(0, 10)} ${time}`;
  }
}
