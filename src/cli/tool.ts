import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The top of the project: the bundle lies in dist/ below it. */
export const projectDir = fileURLToPath(new URL('..', import.meta.url));

export function toolVersion(): string {
  const { version } = JSON.parse(readFileSync(`${projectDir}package.json`, 'utf8')) as {
    version: string;
  };
  return version;
}

/** What made the results: the version, and the commit when this is a clone with git at hand. */
export function tool(): { version: string; commit: string | null } {
  try {
    const commit = execFileSync('git', ['-C', projectDir, 'rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return { version: toolVersion(), commit: commit.trim() };
  } catch {
    return { version: toolVersion(), commit: null };
  }
}
