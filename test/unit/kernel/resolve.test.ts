import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/error.ts';
import { resolveKernels, schemes } from '../../../src/kernel/resolve.ts';

const options = { cacheDir: '/no/cache', signal: new AbortController().signal };

describe('resolveKernels', () => {
  it.each([
    ['deban:7.3.4', 'did you mean debian:7.3.4?'],
    ['imge:/x', 'did you mean image:/x?'],
    ['runing', 'did you mean running?'],
    ['7.3.4', 'did you mean debian:7.3.4?'],
    ['latest', 'did you mean debian:latest?'],
    ['./linux', 'did you mean tree:./linux or image:./linux?'],
    ['', 'write one of debian:VERSION, tree:PATH'],
    ['running:now', 'write running.'],
    ['tree:/no/such/tree', 'is not a directory'],
    ['source:x', 'names no kernel version'],
  ])('refuses %j with what was meant', async (spec, hint) => {
    const failure = await resolveKernels(spec, options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as Error).message).toContain(hint);
  });

  it('has a usage for each scheme that begins with its name', () => {
    for (const { name, usage } of schemes) expect(usage.startsWith(name)).toBe(true);
  });
});
