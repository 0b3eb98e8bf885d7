import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { engineAt } from '../../src/datasource/datasource-url.ts';
import { mssqlSettings } from '../../src/datasource/mssql-url.ts';
import { projectFolder } from '../support/cli.ts';

test('a URL names server, database and user; the connection is encrypted and the certificate is checked unless it says otherwise', () => {
  expect(mssqlSettings('mssql://read%20er:p%40ss@db.example/Sales%20Data', 'erp')).toEqual({
    server: 'db.example',
    port: 1433,
    instance: undefined,
    database: 'Sales Data',
    user: 'read er',
    password: 'p@ss',
    domain: undefined,
    encrypt: true,
    trustServerCertificate: false,
    ca: undefined,
    readOnlyIntent: true,
  });
  expect(
    mssqlSettings(
      'mssql://r:p@[::1]:14330/d?encrypt=FALSE&trustServerCertificate=true&applicationIntent=readwrite',
      'erp',
    ),
  ).toMatchObject({ server: '::1', port: 14330, encrypt: false, trustServerCertificate: true, readOnlyIntent: false });
  expect(mssqlSettings('mssql://r:p@h/d?instance=SQLEXPRESS&encrypt=strict&domain=CORP', 'erp')).toMatchObject({
    port: undefined,
    instance: 'SQLEXPRESS',
    encrypt: 'strict',
    domain: 'CORP',
  });
});

test('the password may be kept in a variable or a file of its own', () => {
  const file = join(projectFolder(), 'password');
  writeFileSync(file, 'from file\n');
  expect(mssqlSettings('mssql://r@h/d?password=env:ERP_PW', 'erp', { ERP_PW: 'from variable' }).password).toBe(
    'from variable',
  );
  expect(mssqlSettings(`mssql://r@h/d?password=file:${file}`, 'erp', {}).password).toBe('from file');
  expect(() => mssqlSettings('mssql://r@h/d?password=env:ERP_PW', 'erp', {})).toThrow(
    'The datasource erp cannot be used: of its password, the environment variable ERP_PW is not set.',
  );
});

test.each([
  ['mssql://r:topsecret@h/d?encrpyt=true', 'its URL has a parameter "encrpyt", which is none'],
  ['mssql://r:topsecret@h/d?encrypt=topsecret', 'encrypt in its URL is none of true, false, strict'],
  ['mssql://r:topsecret@h/d?trustServerCertificate=1', 'trustServerCertificate in its URL is none of true, false'],
  ['mssql://r:topsecret@h/', 'its URL names no host or no database'],
  ['mssql://h/d', 'its URL names no user'],
  ['mssql://r:topsecret@h:1433/d?instance=X', 'its URL has a port and an instance'],
  ['mssql://r@h/d?password=topsecret', 'password in its URL does not say where the password is kept'],
  ['mssql://r:topsecret@h/d?password=env:X', 'its URL has a password and says where one is kept'],
  ['mssql://r:topsecret@h/d?ca=/nowhere/ca.pem', 'its certificate cannot be read'],
])('what is wrong with a URL is said without its secrets: %s', (url, problem) => {
  const failure = (() => {
    try {
      return mssqlSettings(url, 'erp', {});
    } catch (error) {
      return error;
    }
  })();
  expect(failure).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(problem) });
  expect(JSON.stringify(failure) + String(failure)).not.toContain('topsecret');
});

test('a datasource is of the engine that its URL speaks of', () => {
  const at = (url: string) => engineAt({ url_env: 'ERP_URL', url_file: null }, { ERP_URL: url });
  expect(at('mssql://r@h/d')).toBe('mssql');
  expect(at('postgresql://r@h/d')).toBe('postgres');
  expect(at('Server=h;Database=d')).toBeUndefined();
  expect(at('')).toBeUndefined();
});
