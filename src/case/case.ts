import type { InterfaceName, KernelKind } from '../kernel/kernel.ts';
import type { CaseContext } from './context.ts';
import type { Expected } from './match.ts';

/** What a kernel must have for a case to say anything about it. Declared, never found out by trying. */
export interface Needs {
  /** Config symbols that must be y or m, without CONFIG_, or with ! must not: ["NETDEVSIM"]. */
  kconfig?: readonly string[];
  /** The first upstream version that has what the case is about: "6.10". */
  minVersion?: string;
}

/** One conformance case. */
export interface Case {
  /** "migrate-state/encap/removed": interface, topic, name. */
  readonly id: string;
  readonly interface: InterfaceName;
  /** One sentence: what the interface promises here. */
  readonly summary: string;
  /** Where that promise stands: ids of requirements. */
  readonly requirements: readonly string[];
  readonly needs: Needs;
  /** What is done; returns the observation: plain data, as JSON carries it. */
  readonly run: (context: CaseContext) => object | Promise<object>;
  readonly expect: Readonly<Record<KernelKind, Expected>>;
}

export interface CaseDefinition {
  summary: string;
  requirements: readonly string[];
  needs?: Needs;
  run: Case['run'];
  /**
   * What each kind of kernel must answer. A kind that is left out has the topic's default: there the
   * subject of every case gets the same answer, because the request is refused before it is read.
   */
  expect: Readonly<{ full: Expected } & Partial<Record<KernelKind, Expected>>>;
}
