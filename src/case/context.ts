/** What a case is handed. */
export interface CaseContext {
  readonly placeholder?: never;
}
