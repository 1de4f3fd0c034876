/** One object's counters, in gcov's own format (.gcda). */
export interface ProfileFile {
  /** Where the object lies on the machine that built the kernel, absolute: ".../xfrm_state.gcda". */
  path: string;
  data: Uint8Array;
}

/** Gets what the guests of one kernel have counted. */
export interface CoverageSink {
  /** All that one guest has counted. */
  take(files: readonly ProfileFile[]): void;
  /** A guest went down, and what it counted in so many cases with it. */
  lost(cases: number): void;
}
