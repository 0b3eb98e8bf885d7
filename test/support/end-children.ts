import { afterEach } from 'vitest';
import { living } from './cli.ts';

// A test that ran out of time leaves its commands running: they would disturb those that follow and outlive them all.
afterEach(() => {
  for (const child of living) child.kill('SIGKILL');
});
