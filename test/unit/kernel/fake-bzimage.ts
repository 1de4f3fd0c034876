/** An x86 boot image: a setup header that tells version and payload, and the payload. */
export function fakeBzImage(versionText: string, payload: Buffer): Buffer {
  const setupSectors = 2;
  const setup = Buffer.alloc((setupSectors + 1) * 512);
  setup[0x1f1] = setupSectors;
  setup.writeUInt16LE(0xaa55, 0x1fe);
  setup.write('HdrS', 0x202, 'latin1');
  setup.writeUInt16LE(0x020f, 0x206);
  const versionAt = 0x300;
  setup.writeUInt16LE(versionAt - 0x200, 0x20e);
  setup.write(`${versionText}\0`, versionAt, 'latin1');
  const padding = Buffer.alloc(16);
  setup.writeUInt32LE(padding.length, 0x248);
  setup.writeUInt32LE(payload.length, 0x24c);
  return Buffer.concat([setup, padding, payload, Buffer.from('the rest of the image')]);
}
