#!/usr/bin/env node
// Plain JavaScript that any Node understands, so that an old one gets a sentence and not a stack trace.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`sproute needs Node 22.18 or later; this is Node ${process.versions.node}.\n`);
  process.exit(1);
}
// Compiled code is kept in the system's temporary folder: the next command starts in half the time.
(await import('node:module')).enableCompileCache?.();
await import('../dist/cli/main.js');
