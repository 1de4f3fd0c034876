import { createExternalBuffer, DataType, type JsExternal, load } from 'ffi-rs';
import { SetupError } from '../case/xfrm-client.ts';

const size = 0x40_0000;
const PROT_READ_WRITE_EXEC = 7;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const MAP_FIXED = 0x10;
/** Below 2 GiB, where it is free: 32-bit system calls can point into it. */
const MAP_32BIT = 0x40;

/** Offsets into the memory. Stacks grow down, and hold a few words. */
const at = {
  syscalls: 0,
  int80: 0x100,
  registers: 0x200,
  node: 0x280,
  companionNode: 0x2c0,
  go: 0x300,
  zeros: 0x400,
  table: 0x1000,
  stack: 0x8000,
  companionTable: 0x9000,
  companionStack: 0x1_0000,
  data: 0x1_0000,
  request: 0x8_0000,
  kept: 0x10_0000,
};

/** Words of an entry of a table: number, arguments, result. */
const entryWords = 8;
const entryBytes = 8 * entryWords;

/** A node of tsearch(3): key, left, right. */
const nodeBytes = 24;

/** How many a table holds, with its end and room for a stack behind it. */
const mostCalls = (at.companionStack - at.companionTable - 0x1000) / entryBytes;

/** Added to the number of a system call: it is made again and again until it does not fail. */
export const untilItSucceeds = 2 ** 32;
/** Added to the number of a system call: its first argument is what the one that `opens` has returned. */
export const onTheOpened = 2 ** 33;
export const opens = 2 ** 34;

/** int syscalls(struct { int nr, how; long args[6], result; } **table): makes each call, up to one below 0. */
const syscalls =
  '534154488b1f' + // push rbx, r12; rbx = [rdi]
  '488b034885c0784389c0' + // next: rax = [rbx]; if it is negative: end; rax = eax
  '488b7b08f64304027403' + // rdi; if [rbx + 4] has 2:
  '4c89e7' + // rdi = r12
  '488b7310488b53184c8b53204c8b43284c8b4b30' + // rsi, rdx, r10, r8, r9
  '0f0548894338' + // syscall; [rbx + 56] = rax
  'f643040474034989c4' + // if [rbx + 4] has 4: r12 = rax
  '4885c07906f643040175bb' + // if it is negative and [rbx + 4] has 1: next
  '4883c340ebb5' + // rbx += 64; next
  '415c5b31c0c3'; // end: pop r12, rbx; return 0

/** int int80(struct { int nr_and_result, ebx, ecx, edx, esi, edi, ebp; } **registers) */
const int80 =
  '488b3f535557' + // rdi = [rdi]; push rbx, rbp, rdi
  '8b078b5f048b4f088b570c8b77108b6f188b7f14' + // eax, ebx, ecx, edx, esi, ebp, edi
  'cd80' + // int 0x80
  '5f890731c05d5bc3'; // pop rdi; [rdi] = eax; return 0

/** A system call of the 64-bit ABI: its number (see `untilItSucceeds`) and arguments. */
export type Syscall = readonly [number: number, ...args: number[]];

/** System calls to be made several times, in this thread, with nothing in between. */
export interface PreparedCalls {
  /** Has the nth made with another first argument. */
  setFirst(n: number, argument: number): void;
  /** Makes them. */
  run(): void;
  /** What the nth returned, in the range of an int: minus the errno when it failed. */
  result(n: number): number;
  /** The first that failed, if one has. */
  failed(): number | null;
}

/** A process beside this thread, which waits until it is told to make its system calls. */
export interface Companion {
  readonly pid: number;
  go(): void;
  /** Tells it to and has this thread write, with nothing in between that might have to wait. */
  goAndWrite(fd: number, bytes: Uint8Array): Written;
  /** What its calls have returned so far, each minus the errno when it failed; null: not yet. */
  results(): (number | null)[];
  /** Waits until it has made its calls: tell it to first. */
  end(): void;
}

interface Written {
  /** What write(2) returned, or minus the errno. */
  readonly written: number;
  /** The first call of the other process had returned by then: this thread had to wait meanwhile. */
  readonly waited: boolean;
}

/**
 * Executable memory with what no function of libc does: system calls of another process that shares
 * our memory, and those of the 32-bit ABI. x86-64 only.
 */
export class MachineCode {
  static #one: MachineCode | null = null;
  /** Where the memory is: the heap begins at another place in each boot. */
  readonly #base: number;
  readonly #bytes: Buffer;
  #kept = at.kept;

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
    this.room = { address: this.#base + at.data, size: at.request - at.data };
    this.#bytes.write(syscalls, at.syscalls, 'hex');
    this.#bytes.write(int80, at.int80, 'hex');
  }

  /** Puts bytes where a system call can be pointed at; what was put before is overwritten. */
  put(bytes: Uint8Array): number {
    return this.#put(bytes, at.data, at.request);
  }

  #put(bytes: Uint8Array, offset: number, end: number): number {
    if (bytes.length > end - offset) throw new RangeError(`${bytes.length} bytes are too many`);
    this.#bytes.set(bytes, offset);
    return this.#base + offset;
  }

  /** Where a system call can put bytes, and how many; what was put before is overwritten. */
  readonly room: { readonly address: number; readonly size: number };

  /** A copy of the bytes that a system call has put there. */
  taken(length: number): Uint8Array {
    return Uint8Array.from(this.#bytes.subarray(at.data, at.data + length));
  }

  /** Where there are some 3,000 zeros, for what a process is to send. */
  get zeros(): number {
    return this.#base + at.zeros;
  }

  /**
   * Makes system calls in a process of its own, which shares memory and descriptors with this one;
   * this thread waits until it has ended.
   *
   * @param flags more flags of clone(2)
   * @returns the result of each, as the kernel gives it: minus the errno
   */
  inProcess(flags: number, calls: readonly Syscall[]): number[] {
    this.#fill(at.table, calls);
    this.#await(this.#clone(at.node, at.table, at.stack, CLONE_VFORK | flags));
    return calls.map((_, i) => this.#result(at.table, i)!);
  }

  /** Makes system calls in this thread, with nothing in between. Results as those of `inProcess`. */
  inThread(calls: readonly Syscall[]): number[] {
    this.#fill(at.table, calls);
    this.#callAt(at.syscalls, at.table);
    return calls.map((_, i) => this.#result(at.table, i)!);
  }

  /** Memory that stays, for system calls that are made several times; zeros. */
  reserve(length: number): { readonly address: number; readonly bytes: Buffer } {
    const offset = this.#kept;
    this.#kept += Math.ceil(length / 8) * 8;
    if (this.#kept > size) throw new RangeError(`${length} bytes are too many`);
    return { address: this.#base + offset, bytes: this.#bytes.subarray(offset, offset + length) };
  }

  /** Puts bytes where they stay. */
  keep(content: Uint8Array): number {
    const { address, bytes } = this.reserve(content.length);
    bytes.set(content);
    return address;
  }

  /** System calls that are filled in once; what they point to must stay (`keep`). */
  prepare(calls: readonly Syscall[]): PreparedCalls {
    const table = this.reserve((calls.length + 1) * entryBytes).address - this.#base;
    this.#fill(table, calls);
    const node = this.reserve(nodeBytes).address - this.#base;
    const call = this.#calling(at.syscalls, node, table);
    const result = (n: number) => this.#bytes.readInt32LE(table + entryBytes * (n + 1) - 8);
    return {
      setFirst: (n, argument) => this.#bytes.writeInt32LE(argument, table + entryBytes * n + 8),
      run: () => void load(call),
      result,
      failed: () => {
        for (let n = 0; n < calls.length; n++) if (result(n) < 0) return n;
        return null;
      },
    };
  }

  /** Has system calls made by a process that goes on beside this thread; one at a time. */
  beside(calls: readonly Syscall[]): Companion {
    const go = this.#base + at.go;
    this.#bytes.writeInt32LE(0, at.go);
    this.#fill(at.companionTable, [[nr.futex, go, FUTEX_WAIT_PRIVATE, 0, 0], ...calls]);
    const pid = this.#clone(at.companionNode, at.companionTable, at.companionStack, 0);
    // Sets the word in the same call: where it is set before, this thread may still have to wait in V8, and
    // a process that has not come to wait for it would not wait any more.
    const setAndWake = [nr.futex, go, FUTEX_WAKE_OP_PRIVATE, 1, 0, go, FUTEX_OP_SET_1] as const;
    // Moves none of those who wait for the result (nobody does), and fails where it is there: it never sleeps.
    const firstResult = this.#base + at.companionTable + 2 * entryBytes - 8;
    const compare = [FUTEX_CMP_REQUEUE_PRIVATE, 0, 0, this.zeros, noResultLow] as const;
    const hasReturned = [nr.futex, firstResult, ...compare] as const;
    return {
      pid,
      go: () => void this.inThread([setAndWake]),
      goAndWrite: (fd, bytes) => {
        const request = this.#put(bytes, at.request, at.kept);
        const write = [nr.write, fd, request, bytes.length] as const;
        const [, written, returned] = this.inThread([setAndWake, write, hasReturned]);
        return { written: written!, waited: returned === -EAGAIN };
      },
      results: () => calls.map((_, i) => this.#result(at.companionTable, i + 1)),
      end: () => this.#await(pid),
    };
  }

  #fill(table: number, calls: readonly Syscall[]): void {
    if (calls.length > mostCalls + 1) throw new RangeError(`${calls.length} calls are too many`);
    for (const [i, call] of [...calls, [-1] as const].entries()) {
      for (let word = 0; word < entryWords; word++)
        this.#bytes.writeBigInt64LE(BigInt(call[word] ?? 0), table + entryBytes * i + 8 * word);
      this.#bytes.writeBigInt64LE(noResult, table + entryBytes * (i + 1) - 8);
    }
  }

  #result(table: number, i: number): number | null {
    const result = this.#bytes.readBigInt64LE(table + entryBytes * (i + 1) - 8);
    return result === noResult ? null : Number(result);
  }

  #clone(node: number, table: number, stack: number, flags: number): number {
    this.#bytes.writeUIntLE(this.#base + table, node, 6);
    const pid = invoke('clone', [
      ...[this.#base + at.syscalls, this.#base + stack],
      ...[CLONE_VM | CLONE_FILES | SIGCHLD | flags, this.#base + node],
    ]);
    if (pid < 0) throw new SetupError('a process could not be made');
    return pid;
  }

  #await(pid: number): void {
    invoke('waitpid', [pid, 0, 0]);
  }

  /** A system call of the 32-bit ABI (int 0x80), by its number there; minus the errno when it fails. */
  compat(...words: readonly number[]): number {
    for (let i = 0; i < 7; i++) this.#bytes.writeInt32LE((words[i] ?? 0) | 0, at.registers + 4 * i);
    this.#callAt(at.int80, at.registers);
    return this.#bytes.readInt32LE(at.registers);
  }

  /** Calls a function in the memory, with a pointer to a pointer into it. */
  #callAt(code: number, argument: number): void {
    load(this.#calling(code, at.node, argument));
  }

  /**
   * A call of a function in the memory, as ffi-rs takes it.
   *
   * @param node 24 bytes that are zero but for the pointer
   */
  #calling(code: number, node: number, argument: number) {
    this.#bytes.writeUIntLE(this.#base + argument, node, 6);
    return {
      library: 'libc',
      // Of a tree of one node it calls the function once: a way to call an address, with few arguments.
      funcName: 'twalk',
      retType: DataType.Void,
      paramsType: [DataType.I64, DataType.I64],
      paramsValue: [this.#base + node, this.#base + code],
    };
  }
}

/** Of a call that has not returned: no system call returns it. Its lower half is that of no other result. */
const noResultLow = 0x5a5a_5a5a;
const noResult = -(2n ** 63n) + BigInt(noResultLow);

const nr = { write: 1, futex: 202 } as const;
const EAGAIN = 11;
const FUTEX_WAIT_PRIVATE = 128;
const FUTEX_CMP_REQUEUE_PRIVATE = 132;
const FUTEX_WAKE_OP_PRIVATE = 133;
/** FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_EQ, 0) of linux/futex.h. */
const FUTEX_OP_SET_1 = 0x1000;
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
