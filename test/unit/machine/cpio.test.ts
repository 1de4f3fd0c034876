import { expect, test } from 'vitest';
import { cpioPieces } from '../../../src/machine/cpio.ts';

test('an archive is laid out as the kernel’s unpacker reads it', () => {
  const archive = Buffer.concat([
    ...cpioPieces([
      { path: 'dev', mode: 0o040755 },
      { path: 'dev/console', mode: 0o020600, device: { major: 5, minor: 1 } },
      { path: 'init', mode: 0o100755, data: Buffer.from('12345') },
    ]),
  ]);
  const entries = parse(archive);
  expect(entries).toEqual([
    { name: 'dev', mode: 0o040755, device: [0, 0], data: '' },
    { name: 'dev/console', mode: 0o020600, device: [5, 1], data: '' },
    { name: 'init', mode: 0o100755, device: [0, 0], data: '12345' },
    { name: 'TRAILER!!!', mode: 0, device: [0, 0], data: '' },
  ]);
});

/** Reads newc by its documentation: Documentation/driver-api/early-userspace/buffer-format.rst. */
function parse(archive: Buffer) {
  const entries = [];
  for (let at = 0; at < archive.length; ) {
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const field = (index: number) =>
      Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const nameEnd = at + 110 + field(11);
    const data = align(nameEnd);
    entries.push({
      name: archive.toString('latin1', at + 110, nameEnd - 1),
      mode: field(1),
      device: [field(9), field(10)],
      data: archive.toString('latin1', data, data + field(6)),
    });
    at = align(data + field(6));
  }
  return entries;
}

function align(offset: number): number {
  return (offset + 3) & ~3;
}
