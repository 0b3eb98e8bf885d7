import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { engineAt } from '../../src/datasource/datasource-url.ts';
import { mssqlSettings, secretsOf } from '../../src/db/mssql-url.ts';
import { projectFolder } from '../support/cli.ts';

const settings = (url: string, environment: NodeJS.ProcessEnv = {}) =>
  mssqlSettings(url, { whose: 'The datasource erp', readsOnly: true, environment });

test('a URL names server, database and user; the connection is encrypted and the certificate is checked unless it says otherwise', () => {
  expect(settings('mssql://read%20er:p%40ss@db.example/Sales%20Data')).toEqual({
    server: 'db.example',
    port: 1433,
    instance: undefined,
    database: 'Sales Data',
    login: { by: 'password', user: 'read er', password: 'p@ss', domain: undefined },
    encrypt: true,
    trustServerCertificate: false,
    ca: undefined,
    readOnlyIntent: true,
    multiSubnetFailover: false,
  });
  expect(
    settings('mssql://r:p@[::1]:14330/d?encrypt=FALSE&trustServerCertificate=true&applicationIntent=readwrite'),
  ).toMatchObject({ server: '::1', port: 14330, encrypt: false, trustServerCertificate: true, readOnlyIntent: false });
  expect(settings('mssql://r:p@listener/d?multiSubnetFailover=true')).toMatchObject({ multiSubnetFailover: true });
  expect(settings('mssql://r:p@h/d?instance=SQLEXPRESS&encrypt=strict&domain=CORP')).toMatchObject({
    port: undefined,
    instance: 'SQLEXPRESS',
    encrypt: 'strict',
    login: { domain: 'CORP' },
  });
});

test('the password may be kept in a variable or a file of its own', () => {
  const file = join(projectFolder(), 'password');
  writeFileSync(file, 'from file\n');
  expect(secretsOf(settings('mssql://r@h/d?password=env:ERP_PW', { ERP_PW: 'from variable' }))).toEqual([
    'from variable',
  ]);
  expect(secretsOf(settings(`mssql://r@h/d?password=file:${file}`))).toEqual(['from file']);
  expect(() => settings('mssql://r@h/d?password=env:ERP_PW')).toThrow(
    'The datasource erp cannot be used: of its password, the environment variable ERP_PW is not set.',
  );
});

test('a token is read anew each time, and whoever has the identity of an application names its tenant', () => {
  const file = join(projectFolder(), 'token');
  writeFileSync(file, 'first\n');
  const { login } = settings(`mssql://h/d?authentication=active-directory-access-token&token=file:${file}`);
  if (login.by !== 'active-directory-access-token') throw new Error(login.by);
  expect(login.token()).toBe('first');
  writeFileSync(file, 'second');
  expect(login.token()).toBe('second');
  expect(settings('mssql://app:pw@h/d?authentication=active-directory-service-principal&tenant=t').login).toEqual({
    by: 'active-directory-service-principal',
    client_id: 'app',
    client_secret: 'pw',
    tenant_id: 't',
  });
  expect(settings('mssql://h/d?authentication=active-directory-default').login).toEqual({
    by: 'active-directory-default',
    client_id: undefined,
  });
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
  ['mssql://r:topsecret@h/d?authentication=active-directory-service-principal', 'its URL names no tenant'],
  ['mssql://h/d?authentication=active-directory-access-token&token=topsecret', 'token in its URL does not say where'],
  ['mssql://h/d?authentication=active-directory-access-token&token=env:T', 'of its token, the environment variable T'],
  ['mssql://r:topsecret@h/d?token=env:T', 'its URL says where a token is kept, and none is wanted'],
  ['mssql://r:topsecret@h/d?ca=/nowhere/ca.pem', 'its certificate cannot be read'],
])('what is wrong with a URL is said without its secrets: %s', (url, problem) => {
  const failure = (() => {
    try {
      return settings(url);
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
