// Bundles the command line (dist/cli.js) and the agent (dist/agent.cjs). Takes about a second, so
// scripts/run calls it whenever a source is newer than the bundle.

import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { build } from 'esbuild';

const common = {
  ...{ bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' },
  ...{ format: 'cjs', minifySyntax: true },
};

// That of an earlier bundle might fit this one by its length.
for (const name of ['cli', 'agent']) rmSync(`dist/${name}.code`, { force: true });

await Promise.all([
  build({
    ...common,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/cli.cjs',
    // The packages are bundled, too: node takes longer to find their files than to run them.
    external: ['ffi-rs'],
    // Node lets no script that comes with bytecode import() anything.
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'bundleUrl', 'import.meta.dirname': '__dirname' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  }),
  build({
    ...common,
    entryPoints: ['src/agent/main.ts'],
    outfile: 'dist/agent.cjs',
    // The native half of ffi-rs is loaded from beside the bundle in a guest.
    external: ['*.node', '@yuuang/*'],
  }),
]);
copyFileSync('scripts/launch.mjs', 'dist/cli.js');

// The bytecode of both: all functions, not only those that run at once. Such a cache is good for the very
// same Node, V8 flags and length of source.
setFlagsFromString('--no-lazy');
const scripts = ['cli', 'agent'].map((name) => {
  const source = Module.wrap(readFileSync(`dist/${name}.cjs`, 'utf8'));
  return { name, script: new Script(source, { filename: `${name}.cjs` }) };
});
setFlagsFromString('--lazy');
for (const { name, script } of scripts)
  writeFileSync(`dist/${name}.code`, script.createCachedData());
