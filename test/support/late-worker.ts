import { setTimeout as wait } from 'node:timers/promises';
import runTask from './poison-worker.ts';

// A thread that takes a second to load.
await wait(1_000);

export default runTask;
