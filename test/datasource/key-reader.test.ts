import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDatasource, type DatasourceConnection } from '../../src/datasource/connect.ts';
import { keyReader } from '../../src/datasource/key-reader.ts';
import { type CustomerDatabase, createCustomerDatabase, datasourceAt } from '../support/datasource.ts';

let customer: CustomerDatabase;
let connection: DatasourceConnection;
beforeAll(async () => {
  customer = await createCustomerDatabase(`
    CREATE TABLE line (bill bigint, line_no bigint, PRIMARY KEY (bill, line_no));
    INSERT INTO line SELECT bill, n FROM generate_series(1, 4) AS bill, generate_series(1, bill) AS n;
    INSERT INTO line VALUES (5, 1), (5, 3);
    CREATE TABLE far (bill bigint, line_no bigint, PRIMARY KEY (bill, line_no));
    INSERT INTO far VALUES (1, 1), (1, 2), (2, -9223372036854775808), (2, 9223372036854775807)`);
  connection = await connectDatasource(datasourceAt(customer.reader_url));
});
afterAll(async () => {
  await connection.close();
  await customer.close();
});

const countsOf = (table_name: string) =>
  keyReader(connection).countsWithin({
    table: { schema_name: 'public', table_name },
    columns: ['line_no', 'bill'].map((column_name) => ({
      column_name,
      data_type: 'bigint',
      type_family: 'integer' as const,
    })),
  });

test('a number that counts the rows of each bill does so where it has no gap', async () => {
  expect(await countsOf('line')).toEqual({ groups: 4, counted: 3 });
});

test('numbers as far apart as they may be are counted too', async () => {
  expect(await countsOf('far')).toEqual({ groups: 2, counted: 0 });
});
