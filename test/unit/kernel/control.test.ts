import { expect, it } from 'vitest';
import { parseControl, parseDepends } from '../../../src/kernel/control.ts';

it('parses stanzas, continuation lines and values with colons', () => {
  const text = 'Package: a\nDepends: b,\n c (= 1)\nHomepage: http://x/\n\n\n\nPACKAGE: d\nnoise\n';
  expect(parseControl(text)).toEqual([
    { package: 'a', depends: 'b,\nc (= 1)', homepage: 'http://x/' },
    { package: 'd' },
  ]);
});

it('parses dependencies: exact versions, ranges, alternatives, architectures', () => {
  const field =
    'dracut | initramfs-tools (>= 0.120+deb8u2), kmod, linux-base-V (= 7.3.4-1~bpo13+1), x:any';
  expect(parseDepends(field)).toEqual([
    { name: 'dracut', exactVersion: null },
    { name: 'kmod', exactVersion: null },
    { name: 'linux-base-V', exactVersion: '7.3.4-1~bpo13+1' },
    { name: 'x', exactVersion: null },
  ]);
});

it('parses nothing as nothing', () => {
  expect([parseControl(''), parseDepends('')]).toEqual([[], []]);
});
