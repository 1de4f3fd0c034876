import { expect, it } from 'vitest';
import { withoutSignature } from '../../../src/machine/module-signature.ts';

const marker = '~Module signature appended~\n';

function signed(code: string, signature: string, told = signature.length): Buffer {
  const struct = Buffer.alloc(12);
  struct.writeUInt32BE(told, 8);
  return Buffer.concat([Buffer.from(code + signature), struct, Buffer.from(marker)]);
}

it('cuts off the signature and nothing else', () => {
  expect(withoutSignature(signed('the code', 'the signature')).toString()).toBe('the code');
});

it.each([
  ['no signature', Buffer.from('the code')],
  ['nothing but the marker', Buffer.from(marker)],
  ['a length that is longer than the file', signed('the code', 'the signature', 1 << 20)],
  ['no code before the signature', signed('', 'the signature')],
])('leaves a module with %s as it is', (_, module) => {
  expect(withoutSignature(module)).toBe(module);
});
