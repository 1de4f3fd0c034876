/**
 * How long a case waits for what a kernel must do by itself, milliseconds: long enough for an emulated
 * CPU. Where the kernel does it, the wait ends with it.
 */
export const patienceMs = 10_000;
