import { stringify } from 'yaml';
import { crashOf } from '../verdict/splat.ts';
import { forMarkup } from './escape.ts';
import { rerunCommand } from './rerun.ts';
import type { CaseResult, KernelResult, RunResults } from './results.ts';

/**
 * TAP 14: a subtest for each kernel, a test point for each case, with a YAML block that carries what
 * was expected and observed.
 *
 * A known deviation is a TODO that fails, a skip says why; whatever else did not pass is "not ok"
 * with its verdict as severity. Everything is escaped: no byte of a guest can start a line.
 */
export function toTap({ kernels, tool, startedAt, interrupted }: RunResults): string {
  return lines([
    'TAP version 14',
    `# xfrm-conform ${oneLine(tool.version)}, ${oneLine(startedAt)}`,
    `1..${kernels.length}`,
    ...kernels.flatMap((kernel, index) => {
      const failed = kernel.problem !== null || kernel.cases.some(isFailure);
      return [
        `# Subtest: ${oneLine(kernel.kernel.spec)}`,
        ...subtest(kernel).map((line) => `    ${line}`),
        point(!failed, index + 1, kernel.kernel.spec),
      ];
    }),
    ...(interrupted ? ['# interrupted: the verdicts are not complete'] : []),
  ]);
}

/** What TAP calls ok: a pass, and what was not judged. */
function isFailure({ verdict }: CaseResult): boolean {
  return verdict.status !== 'pass' && verdict.status !== 'skip' && verdict.status !== 'deviation';
}

function subtest(kernel: KernelResult): string[] {
  const { cases, problem } = kernel;
  const count = cases.length + (problem === null ? 0 : 1);
  return [
    `1..${count}${count === 0 ? ' # no cases' : ''}`,
    ...cases.flatMap((result, index) => casePoint(kernel, result, index + 1)),
    ...(problem === null ? [] : problemPoint(kernel, count)),
  ];
}

function casePoint(kernel: KernelResult, result: CaseResult, number: number): string[] {
  const { status, reason } = result.verdict;
  const ok = status === 'pass' || status === 'skip';
  const directives: Partial<Record<typeof status, string>> = {
    skip: ` # SKIP ${oneLine(reason ?? '')}`,
    deviation: ` # TODO ${oneLine(reason ?? '')}`,
  };
  return [
    point(ok, number, result.id) + (directives[status] ?? ''),
    ...(status === 'pass' ? briefBlock : yamlBlock)(diagnostics(kernel, result)),
  ];
}

/** A kernel without all its verdicts must not look as if it had none to give. */
function problemPoint({ kernel, problem }: KernelResult, number: number): string[] {
  return [
    point(false, number, `${kernel.spec} gave all its verdicts`),
    ...yamlBlock({ message: problem?.message, severity: 'broken', console: problem?.console }),
  ];
}

function diagnostics(kernel: KernelResult, result: CaseResult): object {
  const { verdict, record, summary } = result;
  const crash = crashOf(record, result.crash);
  const replies = (record?.requests ?? []).filter(({ purpose }) => purpose === 'subject');
  const passed = verdict.status === 'pass';
  return {
    message: passed ? undefined : message(result),
    severity: passed ? undefined : verdict.status,
    summary,
    kind: kernel.kernel.kinds?.[result.interface].kind,
    differences: verdict.mismatches.map(({ path, expected, observed, reply }) => ({
      path,
      expected: reply?.expected ?? expected,
      observed: reply?.observed ?? observed,
    })),
    replies: replies.map(({ message, reply }) => ({
      request: message,
      errno: reply.errno,
      extack: reply.extack?.message ?? null,
      attribute: reply.extack?.attribute ?? undefined,
    })),
    deviation: verdict.deviation ?? undefined,
    crash: crash === null ? undefined : { title: crash.title, fingerprint: crash.fingerprint },
    log: crash?.log ?? (record === null ? undefined : record.kernelLog.join('\n')),
    again: passed ? undefined : rerunCommand([kernel], result.id),
    duration_ms: record?.durationMs,
  };
}

/** All that a reader of a short report needs, in a few lines. */
function message({ verdict }: CaseResult): string {
  const differences = verdict.mismatches.map(
    ({ path, expected, observed }) =>
      `${path || 'observation'}: expected ${expected}, observed ${observed}`,
  );
  // The reason of a failure is its first difference.
  const reason = verdict.status === 'fail' && differences.length > 0 ? [] : [verdict.reason ?? ''];
  return [...reason, ...differences].join('\n');
}

function point(ok: boolean, number: number, description: string): string {
  return `${ok ? 'ok' : 'not ok'} ${number} - ${oneLine(description)}`;
}

/** In descriptions and directives # starts a directive, and a { at the end a block. */
function oneLine(text: string): string {
  return forMarkup(text)
    .replace(/\s+/g, ' ')
    .replace(/[\\#]/g, '\\$&')
    .replace(/[ {]+$/, '');
}

function yamlBlock(value: object): string[] {
  const text = stringify(clean(value), { lineWidth: 0, aliasDuplicateObjects: false });
  return block(text.trimEnd().split('\n'));
}

/** A member a line, its value as JSON, which is YAML, too: most cases pass, and this is fast. */
function briefBlock(value: object): string[] {
  const members = Object.entries(clean(value) as object);
  return block(members.map(([name, member]) => `${name}: ${JSON.stringify(member)}`));
}

function block(inside: readonly string[]): string[] {
  return ['---', ...inside, '...'].map((line) => `  ${line}`);
}

/** Escaped, and without what says nothing. */
function clean(value: unknown): unknown {
  if (typeof value === 'string') return forMarkup(value);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => !isEmpty(member));
  return Object.fromEntries(members.map(([name, member]) => [name, clean(member)]));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line.trimEnd()}\n`).join('');
}
