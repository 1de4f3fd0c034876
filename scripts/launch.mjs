#!/usr/bin/env node
// Becomes dist/cli.js: runs the command line's bundle with the bytecode that scripts/build.mjs made of it,
// because compiling takes Node longer than all else before the first kernel boots. Bytecode that another
// Node made is passed over, and so is one that is missing.
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const dir = fileURLToPath(new URL('.', import.meta.url));
const filename = `${dir}cli.cjs`;

function bytecode() {
  try {
    return readFileSync(`${dir}cli.code`);
  } catch {
    return undefined;
  }
}

const source = Module.wrap(readFileSync(filename, 'utf8'));
const run = new Script(source, { filename, cachedData: bytecode() }).runInThisContext();
const module = { exports: {} };
run(module.exports, createRequire(filename), module, filename, dir);
