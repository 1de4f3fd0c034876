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
