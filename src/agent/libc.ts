import { DataType, load, open } from 'ffi-rs';

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

type Argument = number | Uint8Array | string;

function typeOf(argument: Argument): DataType {
  if (typeof argument === 'number') return DataType.I32;
  return typeof argument === 'string' ? DataType.String : DataType.U8Array;
}

/**
 * Calls a libc function that returns an int and sets errno. Runs on this thread, so that setns()
 * and unshare() bind the JavaScript thread. Buffers are passed by reference.
 *
 * @returns what the function returned, or minus the errno
 */
export function tryCall(name: string, ...args: Argument[]): number {
  const { value, errnoCode } = load({
    library: 'libc',
    funcName: name,
    retType: DataType.I32,
    paramsType: args.map(typeOf),
    paramsValue: args,
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
