import { createExternalBuffer, DataType, type JsExternal, load } from 'ffi-rs';
import { SetupError } from '../case/xfrm-client.ts';

const size = 0x4_0000;
const PROT_READ_WRITE_EXEC = 7;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const MAP_FIXED = 0x10;
/** Below 2 GiB, where it is free: 32-bit system calls can point into it. */
const MAP_32BIT = 0x40;

/** Offsets into the memory. */
const at = {
  syscalls: 0,
  int80: 0x100,
  registers: 0x200,
  table: 0x1000,
  stack: 0x1_0000,
  data: 0x1_0000,
};

/** int syscalls(struct { long nr, args[6], result; } *table): makes each call, up to one below 0, and ends. */
const syscalls =
  '4889fb' + // mov rbx, rdi
  '488b034885c07824' + // next: rax = [rbx]; if it is negative: end
  '488b7b08488b7310488b53184c8b53204c8b43284c8b4b30' + // rdi, rsi, rdx, r10, r8, r9
  '0f05488943384883c340ebd4' + // syscall; [rbx + 56] = rax; rbx += 64; next
  '31ffb83c0000000f05'; // end: exit(0)

/** int int80(struct { int nr_and_result, ebx, ecx, edx, esi, edi, ebp; } *registers, void *) */
const int80 =
  '535557' + // push rbx, rbp, rdi
  '8b078b5f048b4f088b570c8b77108b6f188b7f14' + // eax, ebx, ecx, edx, esi, ebp, edi
  'cd80' + // int 0x80
  '5f890731c05d5bc3'; // pop rdi; [rdi] = eax; return 0

/** A system call of the 64-bit ABI: its number and arguments. */
export type Syscall = readonly [number: number, ...args: number[]];

/**
 * Executable memory with what no function of libc does: system calls of another process that shares
 * our memory, and those of the 32-bit ABI. x86-64 only.
 */
export class MachineCode {
  static #one: MachineCode | null = null;
  /** Where the memory is: the heap begins at another place in each boot. */
  readonly #base: number;
  readonly #bytes: Buffer;

  static get(): MachineCode {
    if (process.arch !== 'x64')
      throw new SetupError(`there is no machine code for ${process.arch}`);
    MachineCode.#one ??= new MachineCode();
    return MachineCode.#one;
  }

  private constructor() {
    this.#base = map(DataType.I64, 0, MAP_32BIT) as number;
    if (this.#base < 0) throw new SetupError('there is no memory for machine code');
    // The same again, for a pointer that a Buffer can be made of.
    const pointer = map(DataType.External, this.#base, MAP_FIXED) as JsExternal;
    this.#bytes = createExternalBuffer(pointer, size);
    this.room = { address: this.#base + at.data, size: size - at.data };
    this.#bytes.write(syscalls, at.syscalls, 'hex');
    this.#bytes.write(int80, at.int80, 'hex');
  }

  /** Puts bytes where a system call can be pointed at; what was put before is overwritten. */
  put(bytes: Uint8Array): number {
    if (bytes.length > size - at.data) throw new RangeError(`${bytes.length} bytes are too many`);
    this.#bytes.set(bytes, at.data);
    return this.#base + at.data;
  }

  /** Where a system call can put bytes, and how many; what was put before is overwritten. */
  readonly room: { readonly address: number; readonly size: number };

  /** A copy of the bytes that a system call has put there. */
  taken(length: number): Uint8Array {
    return Uint8Array.from(this.#bytes.subarray(at.data, at.data + length));
  }

  /**
   * Makes system calls in a process of its own, which shares memory and descriptors with this one;
   * this thread waits until it has ended.
   *
   * @param flags more flags of clone(2)
   * @returns the result of each, as the kernel gives it: minus the errno
   */
  inProcess(flags: number, calls: readonly Syscall[]): number[] {
    for (const [i, call] of [...calls, [-1] as const].entries())
      for (let word = 0; word < 8; word++)
        this.#bytes.writeBigInt64LE(BigInt(call[word] ?? 0), at.table + 64 * i + 8 * word);
    const pid = invoke('clone', [
      ...[
        this.#base + at.syscalls,
        this.#base + at.stack,
        CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD | flags,
      ],
      this.#base + at.table,
    ]);
    if (pid < 0) throw new SetupError('a process could not be made');
    invoke('waitpid', [pid, 0, 0]);
    return calls.map((_, i) => Number(this.#bytes.readBigInt64LE(at.table + 64 * i + 56)));
  }

  /** A system call of the 32-bit ABI (int 0x80), by its number there; minus the errno when it fails. */
  compat(...words: readonly number[]): number {
    for (let i = 0; i < 7; i++) this.#bytes.writeInt32LE((words[i] ?? 0) | 0, at.registers + 4 * i);
    // bsearch() of one element calls the comparison once: a way to call an address.
    invoke('bsearch', [this.#base + at.registers, this.#base, 1, 1, this.#base + at.int80]);
    return this.#bytes.readInt32LE(at.registers);
  }
}

const CLONE_VM = 0x100;
const CLONE_FILES = 0x400;
const CLONE_VFORK = 0x4000;
const SIGCHLD = 17;

function map(retType: DataType, address: number, how: number): unknown {
  return load({
    library: 'libc',
    funcName: 'mmap',
    retType,
    paramsType: Array.from({ length: 6 }, () => DataType.I64),
    paramsValue: [address, size, PROT_READ_WRITE_EXEC, MAP_PRIVATE_ANONYMOUS | how, -1, 0],
  });
}

function invoke(funcName: string, args: readonly number[]): number {
  return load({
    library: 'libc',
    funcName,
    retType: DataType.I32,
    paramsType: args.map(() => DataType.I64),
    paramsValue: [...args],
  }) as number;
}
