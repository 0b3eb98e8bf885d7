import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { FileLake } from '../../src/lake/file-lake.ts';
import { findRunFolders, readCachedCall, readRun } from '../../src/lake/inspect.ts';
import { parseRunPath, runFolder } from '../../src/lake/layout.ts';
import { openLake } from '../../src/lake/open.ts';
import { RunArtifacts } from '../../src/lake/run-artifacts.ts';
import { verifyArtifact } from '../../src/lake/verify.ts';

let lake: FileLake;
beforeEach(() => {
  lake = new FileLake(mkdtempSync(join(tmpdir(), 'sproute-lake-')));
});

const header = {
  run_id: '11111111-2222-4333-8444-555555555555',
  job_id: 1,
  job_type: 'entity_extraction',
  correlation_id: '11111111-2222-4333-8444-666666666666',
  subject: 'A page',
  attempt: 1,
  contract: { name: 'entity_extraction', version: '1.0.0' },
  prompt_sha256: null,
  model: 'm',
  parameters: {},
  started_at: new Date('2026-03-04T23:59:59Z'),
};
const summary = { finished_at: new Date('2026-03-05T00:00:01Z'), duration_ms: 2_000, chunks: [] };

test('what is put is there whole; nothing temporary stays', async () => {
  await lake.put('a/b/c.json', Buffer.from('{}'));
  await lake.put('a/b/c.json', Buffer.from('{"again":1}'));
  expect(String(await lake.get('a/b/c.json'))).toBe('{"again":1}');
  expect(readdirSync(join(lake.root, 'a', 'b'))).toEqual(['c.json']);
  expect(await lake.get('a/b/none.json')).toBeUndefined();
});

test('no path leads out of the lake', async () => {
  for (const path of ['../evil', 'a/../../evil', '/etc/passwd', 'a\0b']) {
    await expect(lake.put(path, Buffer.from('x'))).rejects.toMatchObject({ code: 'LAKE_FAILED' });
  }
  expect(() => lake.pathOf('file:///etc/passwd')).toThrow(/not in the lake/);
});

test('a place that cannot be written says what to do', async () => {
  writeFileSync(join(lake.root, 'file'), '');
  await expect(lake.put('file/below.json', Buffer.from('x'))).rejects.toMatchObject({
    code: 'LAKE_REFUSED',
    hint: expect.stringContaining('LAKE_URI'),
  });
});

test('a run has its folder by UTC day, a manifest with the hashes of its files, and no secret', async () => {
  const artifacts = new RunArtifacts(lake, header, ['sk-secret"key']);
  await artifacts.writeInput({ messages: ['my key is sk-secret"key'] });
  const call = await artifacts.writeCall({ call_no: 7, raw_text: 'hi' } as { call_no: number });
  await artifacts.writeOutput({ items: [] });
  const rows = await artifacts.finish(summary);
  expect(rows.map((row) => row.artifact_type)).toEqual(['input', 'call', 'output', 'manifest']);
  const folder = 'llm_runs/2026/03/04/11111111-2222-4333-8444-555555555555';
  expect(existsSync(join(lake.root, folder, 'calls', '0007.json'))).toBe(true);
  expect(readFileSync(join(lake.root, folder, 'input.json'), 'utf8')).toContain('[redacted]');
  expect(await readCachedCall(lake, call.lake_uri)).toEqual({ call_no: 7, raw_text: 'hi' });
  expect(await findRunFolders(lake, '1111')).toEqual([{ run_id: header.run_id, date: '2026-03-04', folder }]);
  expect(await findRunFolders(lake, '2222')).toEqual([]);
  const files = (await readRun(lake, folder)) ?? {};
  expect(Object.keys(files).sort()).toEqual(['calls/0007.json', 'input.json', 'manifest.json', 'output.json']);
  for (const row of rows) expect((await verifyArtifact(lake, row)).state).toBe('ok');
});

test('a run that fails after its manifest has one of all its files', async () => {
  const artifacts = new RunArtifacts(lake, header, []);
  await artifacts.writeOutput({ items: [] });
  await artifacts.finish(summary);
  await artifacts.writeError({ code: 'INVALID_PAYLOAD' });
  const rows = await artifacts.finish(summary);
  expect(rows.map((row) => row.artifact_type).toSorted()).toEqual(['error', 'manifest', 'output']);
  for (const row of rows) expect((await verifyArtifact(lake, row)).state).toBe('ok');
  const { 'manifest.json': manifest } = (await readRun(lake, runFolder(header.run_id, header.started_at))) ?? {};
  expect(manifest).toMatchObject({ files: [{ path: 'error.json' }, { path: 'output.json' }] });
});

test('verify sees what changed and what is missing; a torn call is a miss', async () => {
  const artifacts = new RunArtifacts(lake, header, []);
  const call = await artifacts.writeCall({ call_no: 1 });
  const input = await artifacts.writeInput({});
  await artifacts.finish(summary);
  writeFileSync(join(lake.root, lake.pathOf(call.lake_uri)), '{"call_no": 1');
  await lake.delete(lake.pathOf(input.lake_uri));
  expect((await verifyArtifact(lake, call)).state).toBe('changed');
  expect((await verifyArtifact(lake, input)).state).toBe('missing');
  expect(await readCachedCall(lake, call.lake_uri)).toBeUndefined();
  expect(await readCachedCall(lake, 'file:///elsewhere')).toBeUndefined();
});

test('every run folder parses back', () => {
  fc.assert(
    fc.property(
      fc.uuid(),
      fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
      (run_id, date) => {
        expect(parseRunPath(`${runFolder(run_id, date)}/manifest.json`)).toEqual({
          run_id,
          date: date.toISOString().slice(0, 10),
          file: 'manifest.json',
          artifact_type: 'manifest',
        });
      },
    ),
  );
});

test('LAKE_URI is a file: or s3: URI', () => {
  expect(openLake({ lake_uri: 'file:///var/lake' }).folder).toBe('/var/lake');
  expect(openLake({ lake_uri: 's3://bucket/a/' }).place).toBe('s3://bucket/a');
  expect(() => openLake({ lake_uri: 'ftp://bucket' })).toThrow(/not supported/);
});
