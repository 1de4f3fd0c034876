import { cpioPieces } from '../src/machine/cpio.ts';

/**
 * The smallest init there is: a static x86-64 ELF that powers the machine off. No compiler is
 * needed to make it, so that a boot without anything of ours can be timed everywhere.
 */
function powerOffElf(): Uint8Array {
  const base = 0x400000;
  const headers = 64 + 56;
  // mov eax, SYS_reboot; mov edi, MAGIC1; mov esi, MAGIC2; mov edx, POWER_OFF; syscall; jmp $
  const code = Uint8Array.from([
    ...[0xb8, ...le32(169)],
    ...[0xbf, ...le32(0xfee1dead)],
    ...[0xbe, ...le32(672274793)],
    ...[0xba, ...le32(0x4321fedc)],
    ...[0x0f, 0x05],
    ...[0xeb, 0xfe],
  ]);
  const elf = Buffer.alloc(headers + code.length);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  elf.writeUInt16LE(2, 16); // ET_EXEC
  elf.writeUInt16LE(62, 18); // EM_X86_64
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(BigInt(base + headers), 24); // entry
  elf.writeBigUInt64LE(64n, 32); // program headers
  elf.writeUInt16LE(64, 52);
  elf.writeUInt16LE(56, 54);
  elf.writeUInt16LE(1, 56);
  elf.writeUInt32LE(1, 64); // PT_LOAD
  elf.writeUInt32LE(5, 68); // R X
  elf.writeBigUInt64LE(BigInt(base), 80);
  elf.writeBigUInt64LE(BigInt(base), 88);
  elf.writeBigUInt64LE(BigInt(elf.length), 96);
  elf.writeBigUInt64LE(BigInt(elf.length), 104);
  elf.writeBigUInt64LE(0x1000n, 112);
  elf.set(code, headers);
  return elf;
}

function le32(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}

/** An initramfs (cpio, newc) of one file, /init, that powers off. */
export function bareInitrd(): Uint8Array {
  return Buffer.concat([...cpioPieces([{ path: 'init', mode: 0o100755, data: powerOffElf() }])]);
}
