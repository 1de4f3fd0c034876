import { join } from 'node:path';
import { writeWhole } from '../report/write-file.ts';
import type { Repository } from './repository.ts';
import type { Search } from './search.ts';
import type { BisectSession, Outcome, SessionStart } from './session.ts';

/** Lets git choose the commits, in a session that is begun anew for each case. */
export class GitSearch implements Search {
  readonly #repository: Repository;
  readonly #session: BisectSession;
  readonly #start: SessionStart;
  readonly #logs: string;

  /** @param logs directory for what `git bisect replay` takes */
  constructor(repository: Repository, session: BisectSession, start: SessionStart, logs: string) {
    this.#repository = repository;
    this.#session = session;
    this.#start = start;
    this.#logs = logs;
  }

  start(): Promise<Outcome> {
    return this.#session.start(this.#start);
  }

  mark(side: 'old' | 'new'): Promise<Outcome> {
    return this.#session.mark(side);
  }

  skip(): Promise<Outcome> {
    return this.#session.skip();
  }

  async before(id: string): Promise<readonly string[]> {
    return (await this.#repository.info(id)).parents;
  }

  async keepLog(caseId: string): Promise<string> {
    const path = join(this.#logs, `${caseId.replace(/[^\w.+-]/g, '_')}.log`);
    await writeWhole(path, await this.#session.log());
    return path;
  }
}
