// Bundles the command line (dist/cli.js) and the agent (dist/agent.cjs). Takes well under a second,
// so scripts/run calls it whenever a source is newer than the bundle.
import { build } from 'esbuild';

const common = { bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' };

await Promise.all([
  build({
    ...common,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/cli.js',
    format: 'esm',
    packages: 'external',
    banner: { js: '#!/usr/bin/env node' },
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
