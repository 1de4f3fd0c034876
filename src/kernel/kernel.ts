/** The two interfaces under test. */
export type InterfaceName = 'migrate-state' | 'migrate';

/**
 * What a kernel is for one interface: `full` (compiled in), `compiledOut` (the message type is
 * known but `CONFIG_XFRM_MIGRATE` is off), `predates` (the message type does not exist yet).
 */
export type KernelKind = 'full' | 'compiledOut' | 'predates';

/** A declared kind and the fact it rests on, e.g. "symbol xfrm_do_migrate_state in xfrm_user.ko". */
export interface DeclaredKind {
  kind: KernelKind;
  evidence: string;
}

/**
 * What is known of a kernel without asking the interfaces under test.
 *
 * A fact that cannot be had on the host is null; the agent then reads it inside the kernel
 * (/proc/config.gz, /proc/kallsyms), see `declareKinds`.
 */
export interface KernelFacts {
  /** As `uname -r` prints it, e.g. "7.3.4+deb13-cloud-amd64"; null when the image does not tell. */
  release: string | null;
  /** Upstream version, e.g. "7.3.4" or "7.3-rc7"; null when the image does not tell. */
  version: string | null;
  arch: 'x86_64' | 'um';
  /** Config symbols without the CONFIG_ prefix, e.g. { XFRM_MIGRATE: 'y' }; unset ones are missing. */
  config: Readonly<Record<string, string>> | null;
  /** Names of kernel symbols that match /xfrm.*migrate/ in the image and its xfrm modules. */
  migrateSymbols: readonly string[] | null;
  /** The files that the two facts above were read from, as evidence names them: "xfrm_user.ko". */
  origin?: { config: string | null; symbols: string | null };
}

/** A kernel that a machine can run, wherever it came from. */
export interface Kernel {
  /** Canonical spec, e.g. "debian:7.3.4": given to --kernel it names this kernel again. */
  spec: string;
  /** Path of the file that is booted (bzImage, vmlinux or a UML executable); null for `running`. */
  image: string | null;
  /** Directory of the modules (holds kernel/ and modules.order or modules.dep); null when none. */
  modulesDir: string | null;
  facts: KernelFacts;
  /**
   * Nothing but their signatures vouches for the modules: boot with module.sig_enforce=1, so that
   * the kernel refuses one that its builder did not sign.
   */
  enforceModuleSignatures?: boolean;
  /** What makes sense of the counters of a kernel that was built to be profiled; missing of others. */
  profiling?: Profiling;
  /** What the user should know about this kernel: one sentence each, shown in the report. */
  notes: readonly string[];
}

/** What gcov needs of a build. */
export interface Profiling {
  /** Directory of the .gcno files: net/xfrm/xfrm_state.gcno in it. */
  notesDir: string;
  /** Root of the sources as they were called when they were compiled. */
  view: string;
  /** Root of the sources themselves. */
  tree: string;
}

/** What the agent reads inside the kernel under test, to fill in what the host could not know. */
export interface GuestFacts {
  /** `uname -r` */
  release: string;
  /** `uname -v` */
  build: string;
  config: Readonly<Record<string, string>> | null;
  migrateSymbols: readonly string[] | null;
}
