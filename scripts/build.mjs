// Bundles the command line (dist/cli.js) and the agent (dist/agent.cjs). Takes well under a second,
// so scripts/run calls it whenever a source is newer than the bundle.

import { readFileSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { build } from 'esbuild';

const common = { bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' };

await Promise.all([
  build({
    ...common,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/cli.js',
    format: 'esm',
    // The packages are bundled, too: node takes longer to find their files than to run them.
    external: ['ffi-rs'],
    banner: {
      js: `#!/usr/bin/env node
import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);`,
    },
  }),
  build({
    ...common,
    entryPoints: ['src/agent/main.ts'],
    outfile: 'dist/agent.cjs',
    format: 'cjs',
    minifySyntax: true,
    // The native half of ffi-rs is loaded from beside the bundle in a guest.
    external: ['*.node', '@yuuang/*'],
  }),
]);

// The agent's bytecode, for guests whose CPU is emulated: all functions, not only those that run at
// once. Such a cache is good for the very same Node, V8 flags and length of source.
const source = Module.wrap(readFileSync('dist/agent.cjs', 'utf8'));
setFlagsFromString('--no-lazy');
const agent = new Script(source, { filename: '/payload/agent.cjs' });
setFlagsFromString('--lazy');
writeFileSync('dist/agent.code', agent.createCachedData());
