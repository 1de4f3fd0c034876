import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cacheCommand } from '../../../src/cli/cache.ts';
import { diffCommand } from '../../../src/cli/diff.ts';
import { listCommand } from '../../../src/cli/list.ts';
import { mergeCommand } from '../../../src/cli/merge.ts';
import { runCommand } from '../../../src/cli/run.ts';
import { type Block, blocksOf } from './doc-blocks.ts';

const ci = blocksOf(await readFile('docs/ci.md', 'utf8'));
const diff = blocksOf(await readFile('docs/diff.md', 'utf8'));
const yaml = (section: string) =>
  ci.filter((block) => block.language === 'yaml' && block.section === section);

let directory: string;

/** A directory in which the project's scripts only write down what they were called with. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'xfrm-conform-ci-docs-'));
  const stub = (name: string) => `#!/bin/sh
{ printf '%s\\n' ${name}; for each; do printf '%s\\n' "$each"; done; echo; } >> "$CALLS"
mkdir -p merged && : > merged/results.json && : > diff.md
exit "\${STATUS:-0}"
`;
  const stubs = {
    'scripts/run': stub('run'),
    'scripts/xfrm-conform': stub(''),
    'xfrm-conform/scripts/run': stub('run'),
    'xfrm-conform/scripts/xfrm-conform': stub(''),
    'bin/xfrm-conform': stub(''),
    'bin/sudo': '#!/bin/sh\n',
  };
  for (const [path, text] of Object.entries(stubs)) {
    await mkdir(join(directory, path, '..'), { recursive: true });
    await writeFile(join(directory, path), text);
    await chmod(join(directory, path), 0o755);
  }
  await writeFile(join(directory, 'baseline.json'), '');
});

afterAll(() => rm(directory, { recursive: true, force: true }));

/** What the shell calls the project with when it runs a script; STATUS is what each call returns. */
async function callsOf(script: string, env: Record<string, string> = {}): Promise<string[][]> {
  const calls = join(directory, 'calls');
  await writeFile(calls, '');
  await execa('bash', ['-e', '-c', script], {
    cwd: directory,
    env: {
      PATH: `${join(directory, 'bin')}:${process.env.PATH}`,
      CALLS: calls,
      GITHUB_WORKSPACE: directory,
      GITHUB_STEP_SUMMARY: join(directory, 'summary.md'),
      CI_NODE_INDEX: '2',
      CI_NODE_TOTAL: '3',
      ...env,
    },
  });
  const text = await readFile(calls, 'utf8');
  return text
    .split('\n\n')
    .map((call) => call.split('\n').filter(Boolean))
    .filter((call) => call.length > 0);
}

/** Throws what the command line would say; runs nothing. */
async function dryParse(args: readonly string[]): Promise<void> {
  const program = new Command('xfrm-conform').exitOverride();
  for (const command of [
    runCommand(),
    listCommand([]),
    mergeCommand(),
    diffCommand(),
    cacheCommand(),
  ])
    program.addCommand(
      command
        .exitOverride()
        .configureOutput({ writeErr: () => {} })
        .action(() => {}),
    );
  await program.parseAsync([...args], { from: 'user' });
}

async function accepted(script: string): Promise<string[]> {
  const calls = await callsOf(script);
  for (const call of calls) await dryParse(call);
  return calls.map(([command = '']) => command);
}

/** As GitHub replaces its expressions. */
function replaced(script: string): string {
  const values: Record<string, string> = {
    'matrix.kernel': 'debian:7.3.4',
    'matrix.shard': '2',
    'strategy.job-index': '4',
    'github.event.pull_request.base.sha': '0123456789abcdef',
  };
  return script.replace(/\$\{\{ (.*?) \}\}/g, (_, name: string) => {
    expect(values).toHaveProperty([name]);
    return values[name]!;
  });
}

describe('docs/ci.md', () => {
  test('the shell example runs shards, merges them and compares with the last run', async () => {
    const script = ci.find(({ language }) => language === 'sh')!.text;
    expect(await accepted(script)).toEqual(['run', 'run', 'merge', 'diff']);
    // A kernel's failure does not keep the other shards from running; the end says it.
    await expect(callsOf(script, { STATUS: '1' })).rejects.toMatchObject({ exitCode: 1 });
    const calls = await readFile(join(directory, 'calls'), 'utf8');
    expect(calls.match(/^(run|merge|diff)$/gm)).toEqual(['run', 'run', 'merge', 'diff']);
    // The harness breaking does.
    await expect(callsOf(script, { STATUS: '3' })).rejects.toMatchObject({ exitCode: 3 });
    expect((await readFile(join(directory, 'calls'), 'utf8')).match(/^run$/gm)).toHaveLength(1);
  });

  test.each(yaml('GitHub Actions'))('GitHub Actions would take example %#', async ({ text }) => {
    const workflow = parse(text) as Workflow;
    expect(workflow.on).toBeDefined();
    expect(Object.keys(workflow.jobs).length).toBeGreaterThan(0);
    const commands: string[] = [];
    for (const job of Object.values(workflow.jobs)) {
      expect(job['runs-on']).toBe('ubuntu-latest');
      if (job.needs !== undefined) expect(Object.keys(workflow.jobs)).toContain(job.needs);
      for (const step of job.steps) {
        expect([step.uses, step.run].filter(Boolean)).toHaveLength(1);
        if (step.uses) expect(step.uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
        if (step.run) commands.push(...(await accepted(replaced(step.run))));
      }
    }
    expect(commands).toContain('run');
    expect(text).toMatch(/path: .*junit\.xml/);
  });

  test('GitLab would take its example', async () => {
    const [block] = yaml('GitLab CI') as [Block];
    const { stages, default: defaults, variables, ...jobs } = parse(block.text) as Pipeline;
    expect(defaults).toBeDefined();
    expect(Object.keys(variables)).toEqual(['XDG_CACHE_HOME']);
    const commands: string[] = [];
    for (const job of Object.values(jobs)) {
      expect(stages).toContain(job.stage);
      commands.push(...(await accepted(job.script.join('\n'))));
    }
    expect(commands).toEqual(['run', 'merge']);
    expect(jobs.run?.parallel).toBe(3);
    expect(jobs.merge?.artifacts.reports?.junit).toBe('merged/junit.xml');
  });
});

test('docs/diff.md: the command line takes each example', async () => {
  const [{ text }] = diff.filter(({ language }) => language === 'sh') as [Block];
  expect(await accepted(text)).toEqual(Array(5).fill('diff'));
});

test('a wrong call would be found', async () => {
  await expect(dryParse(['run', '--shards', '1/2'])).rejects.toThrow('unknown option');
  await expect(dryParse(['run', '--shard', '3/2'])).rejects.toThrow('1/5 to 5/5');
  await expect(dryParse(['murge', 'x'])).rejects.toThrow();
});

interface Workflow {
  on: unknown;
  jobs: Record<
    string,
    { 'runs-on': string; needs?: string; steps: { uses?: string; run?: string }[] }
  >;
}

type Pipeline = {
  stages: string[];
  default: object;
  variables: object;
} & Record<
  string,
  {
    stage: string;
    script: string[];
    parallel?: number;
    artifacts: { reports?: { junit: string } };
  }
>;
