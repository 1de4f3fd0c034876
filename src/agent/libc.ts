import { createExternalBuffer, DataType, type JsExternal, load, open } from 'ffi-rs';

open({ library: 'libc', path: 'libc.so.6' });

/** A system call failed: which one, and with which errno. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  readonly call: string;
  readonly errno: number;

  constructor(call: string, errno: number, text: string) {
    super(`${call}: ${text}`);
    this.call = call;
    this.errno = errno;
  }
}

/**
 * Memory that libc allocated and JavaScript sees as `bytes`; it is never freed. Passed by pointer,
 * where a Buffer would leave work for the garbage collector after each call.
 */
export class NativeMemory {
  readonly pointer: JsExternal;
  readonly bytes: Buffer;

  constructor(size: number) {
    this.pointer = load({
      library: 'libc',
      funcName: 'malloc',
      retType: DataType.External,
      paramsType: [DataType.I64],
      paramsValue: [size],
    }) as JsExternal;
    this.bytes = createExternalBuffer(this.pointer, size);
  }

  /** Memory that holds a copy of these bytes. */
  static of(bytes: Uint8Array): NativeMemory {
    const memory = new NativeMemory(bytes.length);
    memory.bytes.set(bytes);
    return memory;
  }
}

type Argument = number | string | NativeMemory;

function typeOf(argument: Argument): DataType {
  if (typeof argument === 'number') return DataType.I32;
  return typeof argument === 'string' ? DataType.String : DataType.External;
}

function passedAs(argument: Argument): unknown {
  return argument instanceof NativeMemory ? argument.pointer : argument;
}

/**
 * Calls a libc function that returns an int and sets errno. Runs on this thread, so that setns()
 * and unshare() bind the JavaScript thread.
 *
 * @returns what the function returned, or minus the errno
 */
export function tryCall(name: string, ...args: Argument[]): number {
  const { value, errnoCode } = load({
    library: 'libc',
    funcName: name,
    retType: DataType.I32,
    paramsType: args.map(typeOf),
    paramsValue: args.map(passedAs),
    errno: true,
  }) as { value: number; errnoCode: number };
  // The errno of an earlier failure is still there after a success.
  return value === -1 ? -errnoCode : value;
}

/** Like tryCall, but throws a SystemError where that returns a negative number. */
export function call(name: string, ...args: Argument[]): number {
  const result = tryCall(name, ...args);
  if (result < 0) throw new SystemError(name, -result, `errno ${-result}`);
  return result;
}
