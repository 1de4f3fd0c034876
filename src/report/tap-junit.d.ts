/** The half of tap-junit that makes the XML; its front end only prints or writes to a directory. */
declare module 'tap-junit/src/serialize.js' {
  import type { FinalResults, Result } from 'tap-parser';

  export default function serialize(
    testCases: readonly (Result & { comments?: string })[],
    results: FinalResults,
    options: { name?: string; classname?: string; pretty?: boolean },
  ): string;
}
