import type { Outcome } from './session.ts';

/** Decides which commit or release is looked at next. */
export interface Search {
  /** Begins anew. */
  start(): Promise<Outcome>;
  mark(side: 'old' | 'new'): Promise<Outcome>;
  skip(): Promise<Outcome>;
  /** What comes right before: the parents of a commit, the release before. */
  before(id: string): Promise<readonly string[]>;
  /** Keeps what was answered, for the case; the path, or null where there is no such thing. */
  keepLog(caseId: string): Promise<string | null>;
}
