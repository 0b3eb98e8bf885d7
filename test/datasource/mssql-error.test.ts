import mssql from 'mssql';
import { describe, expect, test } from 'vitest';
import { mssqlError, tooSlow } from '../../src/datasource/datasource-error-mssql.ts';
import { exactValue } from '../../src/datasource/mssql-value.ts';

const place = { name: 'erp', secrets: ['topsecret'] };

/** As the driver throws what the server said. */
function saidByServer(number: number, message: string): Error {
  return new mssql.RequestError(Object.assign(new Error(message), { info: { number, class: 16 } }), 'EREQUEST');
}

describe('what the driver throws, in one sentence', () => {
  test.each([
    [
      new mssql.ConnectionError("Login failed for user 'r'.", 'ELOGIN'),
      [18456],
      'DATASOURCE_UNREACHABLE',
      "refused the login: Login failed for user 'r'.",
    ],
    [
      new mssql.ConnectionError("Login failed for user 'r'.", 'ELOGIN'),
      [4060, 18456],
      'DATASOURCE_UNREACHABLE',
      "cannot be reached: Login failed for user 'r' (the database is not there",
    ],
    [
      new mssql.ConnectionError('Failed to connect to h:1433 - Could not connect (sequence)', 'ESOCKET'),
      [],
      'DATASOURCE_UNREACHABLE',
      'cannot be reached: Failed to connect',
    ],
    [
      new mssql.ConnectionError('Failed to connect to h in 10000ms', 'ETIMEOUT'),
      [],
      'DATASOURCE_UNREACHABLE',
      'cannot be reached',
    ],
    [saidByServer(40613, 'Database is not currently available.'), [], 'DATASOURCE_UNREACHABLE', 'cannot be reached'],
    [
      saidByServer(208, "Invalid object name 'dbo.nosuch'."),
      [],
      'DATASOURCE_FAILED',
      "refused the query: Invalid object name 'dbo.nosuch' (error 208).",
    ],
    [saidByServer(137, 'Must declare the scalar variable "@id".'), [], 'DATASOURCE_FAILED', 'it has parameters'],
    [tooSlow(50), [], 'DATASOURCE_FAILED', 'it had no answer within 50 ms'],
    [
      saidByServer(245, "Conversion failed when converting the varchar value 'a patient' to data type int."),
      [],
      'DATASOURCE_FAILED',
      "the varchar value '…' to data type int",
    ],
    [
      saidByServer(220, 'Arithmetic overflow error for data type tinyint, value = 300.'),
      [],
      'DATASOURCE_FAILED',
      'value = …',
    ],
  ])('%s', (error, said, code, text) => {
    expect(mssqlError(error, place, said)).toMatchObject({
      code,
      message: expect.stringContaining(text),
      hint: expect.any(String),
    });
  });

  test('the first of several errors is the one that says what is wrong', () => {
    const last = Object.assign(saidByServer(11529, 'The metadata could not be determined.'), {
      precedingErrors: [saidByServer(208, "Invalid object name 'x'.")],
    });
    expect(mssqlError(last, place).message).toContain("Invalid object name 'x'");
  });

  test('no secret is repeated', () => {
    const error = mssqlError(saidByServer(50_001, 'you said topsecret'), place);
    expect(error.message + String(error.cause)).not.toContain('topsecret');
  });
});

describe('values', () => {
  const column = (type: string, scale?: number) => ({ name: 'n', type, scale });

  test('decimals keep their digits, and what the driver cannot hold is refused', () => {
    expect(exactValue(12.34, column('decimal', 3))).toBe('12.340');
    expect(exactValue(-0.1, column('numeric', 1))).toBe('-0.1');
    expect(exactValue(922_337.5, column('money'))).toBe('922337.5000');
    expect(() => exactValue(2 ** 53, column('decimal', 0))).toThrow('has too many digits');
    expect(exactValue(2 ** 53, column('float'))).toBe(2 ** 53);
  });

  test('times are texts as the server writes them', () => {
    const moment = Object.assign(new Date('2026-01-02T03:04:05.123Z'), { nanosecondsDelta: 0.000_045_6 });
    expect(exactValue(moment, column('datetime2', 7))).toBe('2026-01-02 03:04:05.1230456');
    expect(exactValue(moment, column('datetimeoffset', 0))).toBe('2026-01-02 03:04:05+00:00');
    expect(exactValue(moment, column('smalldatetime'))).toBe('2026-01-02 03:04:05');
    expect(exactValue(moment, column('time', 2))).toBe('03:04:05.12');
    expect(exactValue(moment, column('date'))).toBe('2026-01-02');
    expect(exactValue(Buffer.from('00ff', 'hex'), column('varbinary'))).toBe('0x00ff');
  });
});
