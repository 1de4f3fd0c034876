import { expect, test } from 'vitest';
import { withAndWithout } from '../../../src/cli/with-and-without.ts';

test.each([
  ['tree:~/linux', ['tree:~/linux', 'tree:~/linux+no-migrate']],
  ['tree:/src@v7.2', ['tree:/src@v7.2', 'tree:/src@v7.2+no-migrate']],
  ['tree:/src,arch=x86', ['tree:/src,arch=x86', 'tree:/src+no-migrate,arch=x86']],
  ['source:7.3.4', ['source:7.3.4', 'source:7.3.4+no-migrate']],
])('%s', (spec, both) => {
  expect(withAndWithout(spec)).toEqual(both);
});

test.each(['debian:7.3.4', 'image:/boot/vmlinuz', 'running', '7.3.4'])('%s is refused', (spec) => {
  expect(() => withAndWithout(spec)).toThrow(/tree:PATH or a source:VERSION/);
});

test('a variant beside it is refused', () => {
  expect(() => withAndWithout('tree:/src+kasan')).toThrow(/names a variant/);
});
