import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = join(import.meta.dirname, '..', 'peers');

/** Loads a package that the project is compared with; the first use installs them all under bench/peers. */
export async function loadPeer<Module>(name: string): Promise<Module> {
  if (!existsSync(join(folder, 'node_modules'))) {
    process.stderr.write('installing the peers under bench/peers ...\n');
    const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 2, 2] });
    if (done.status !== 0) throw new Error('npm ci in bench/peers failed; what it said is above.');
  }
  const file = createRequire(join(folder, 'package.json')).resolve(name);
  return import(pathToFileURL(file).href);
}
