import type { Kernel } from './kernel.ts';

export interface ResolveOptions {
  cacheDir: string;
  /** Overrides the Debian mirror that apt is set up with. */
  mirror?: string;
  signal: AbortSignal;
  /** Told what is being done, one short phrase each: "downloading 43 %". */
  onProgress?: (phrase: string) => void;
}

/** One way to name kernels: "debian" of "debian:7.3.4". Adding one is one line in resolve.ts. */
export interface KernelScheme {
  readonly name: string;
  /** How it is written, for help and for errors: "debian:VERSION". */
  readonly usage: string;
  /** What it names, in a few words. */
  readonly summary: string;
  /**
   * The kernels that the part behind the colon names; empty for a scheme that stands alone. Throws
   * a UsageError when it names none, a HarnessError when they cannot be had.
   */
  readonly resolve: (rest: string, options: ResolveOptions) => Promise<Kernel[]>;
}
