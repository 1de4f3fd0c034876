import { statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../error.ts';
import { didYouMean } from '../nearest.ts';
import { readResults } from '../report/json.ts';
import type { KernelResult, RunResults } from '../report/results.ts';

/** One kernel of a results.json. */
export interface Recorded {
  readonly path: string;
  readonly result: KernelResult;
  readonly results: RunResults;
}

/**
 * The kernel that an argument names in a recorded results.json; null when it names no file, so that
 * it must be a kernel spec.
 *
 * A file that exists is taken for results, and so is a directory that holds a results.json. What
 * follows a "#" chooses one of several kernels, by its spec or by its place, from 1 on. Throws a
 * UsageError when the file is no results.json, when it does not exist but was clearly meant, or when
 * it does not say which kernel.
 */
export function recordedKernel(argument: string): Recorded | null {
  const whole = resultsFile(argument);
  if (whole !== null) return choose(whole, null);
  const hash = argument.lastIndexOf('#');
  const path = hash < 0 ? argument : argument.slice(0, hash);
  const file = hash < 0 ? null : resultsFile(path);
  if (file !== null) return choose(file, argument.slice(hash + 1));
  if (/\.json$/.test(path) && !/^\w+:/.test(path)) throw new UsageError(`${path} does not exist.`);
  return null;
}

/** The file itself, or the results.json of a directory; null when there is none. */
export function resultsFile(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  if (!stat.isDirectory()) return path;
  return resultsFile(join(path, 'results.json'));
}

function choose(path: string, name: string | null): Recorded {
  const results = readResults(path);
  const { kernels } = results;
  const specs = kernels.map(({ kernel }) => kernel.spec);
  const recorded = (result: KernelResult) => ({ path, result, results });
  if (name === null || name === '') {
    const [only, ...more] = kernels;
    if (only === undefined) throw new UsageError(`${path} holds no kernel: nothing was run.`);
    if (more.length === 0) return recorded(only);
    throw new UsageError(
      `${path} holds ${specs.length} kernels, say which: ${specs.map((spec) => `${path}#${spec}`).join(' or ')}.`,
    );
  }
  const named = kernels.filter(({ kernel }) => kernel.spec === name);
  const found = named.length > 0 ? named : [kernels[Number(name) - 1]].filter((each) => !!each);
  if (found.length === 0)
    throw new UsageError(
      `${path} holds no kernel "${name}"${didYouMean(name, specs) || ':'} it has ${specs.join(', ')}.`,
    );
  if (found.length > 1)
    throw new UsageError(
      `${path} holds ${found.length} kernels named ${name}; choose by place: ${path}#${kernels.indexOf(found[0]!) + 1}.`,
    );
  return recorded(found[0]!);
}
