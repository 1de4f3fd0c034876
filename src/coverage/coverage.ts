import { isAbsolute, join, relative } from 'node:path';
import type { Profiling } from '../kernel/kernel.ts';
import type { GcovObject } from './gcov-json.ts';

/** How often each line of one source file was executed. */
export interface FileCoverage {
  /** Relative to the root of the kernel's sources: "net/xfrm/xfrm_state.c". */
  file: string;
  /** Absolute. */
  path: string;
  functions: Map<string, FunctionCoverage>;
  /** By line number, from 1. */
  lines: Map<number, LineCoverage>;
}

export interface FunctionCoverage {
  startLine: number;
  count: number;
}

export interface LineCoverage {
  count: number;
  function: string | null;
  /** How often each way out of the line was taken. */
  branches: number[];
}

/**
 * Puts together what several objects say of the same files: a header's inline function is in each
 * object that uses it, and was executed when one of them did. Sorted by file.
 *
 * Files outside of the sources are left out.
 */
export function mergeCoverage(
  objects: readonly GcovObject[],
  { view, tree }: Pick<Profiling, 'view' | 'tree'>,
): FileCoverage[] {
  const files = new Map<string, FileCoverage>();
  for (const object of objects) {
    for (const { file: name, functions, lines } of object.files) {
      const called = isAbsolute(name) ? name : join(object.current_working_directory, name);
      const file = relative(view, called);
      if (file.startsWith('..')) continue;
      const path = join(tree, file);
      const merged = files.get(file) ?? { file, path, functions: new Map(), lines: new Map() };
      files.set(file, merged);
      for (const each of functions) {
        const { count = 0 } = merged.functions.get(each.name) ?? {};
        merged.functions.set(each.name, {
          startLine: each.start_line,
          count: count + each.execution_count,
        });
      }
      for (const line of lines) addLine(merged.lines, line);
    }
  }
  return [...files.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
}

function addLine(
  lines: FileCoverage['lines'],
  line: GcovObject['files'][number]['lines'][number],
): void {
  const branches = line.branches.map(({ count }) => count);
  const known = lines.get(line.line_number);
  if (!known) {
    const { count, function_name: name = null } = line;
    lines.set(line.line_number, { count, function: name, branches });
    return;
  }
  known.count += line.count;
  // Two objects may have compiled a header's line into ways that do not correspond.
  if (known.branches.length === branches.length)
    known.branches = known.branches.map((count, i) => count + branches[i]!);
}

/** "12 of 30": how many of the file's lines, functions and branches were executed at all. */
export interface Share {
  hit: number;
  of: number;
}

export function shareOf(counts: Iterable<{ count: number }>): Share {
  const all = [...counts];
  return { hit: all.filter(({ count }) => count > 0).length, of: all.length };
}

/** Lines next to each other in one function that no case reached. */
export interface Gap {
  file: string;
  function: string;
  first: number;
  last: number;
}

/** What was not executed of the functions that `wanted` picks, in the order of the files. */
export function gaps(files: readonly FileCoverage[], wanted: (name: string) => boolean): Gap[] {
  return files.flatMap(({ file, lines }) => {
    const found: Gap[] = [];
    let open = false;
    for (const [number, line] of [...lines].sort(([a], [b]) => a - b)) {
      const last = found.at(-1);
      const missed = line.function !== null && line.count === 0 && wanted(line.function);
      if (missed && open && last?.function === line.function) last.last = number;
      else if (missed) found.push({ file, function: line.function!, first: number, last: number });
      open = missed;
    }
    return found;
  });
}
