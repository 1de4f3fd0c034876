import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectDir } from './tool.ts';

/**
 * A name for everything but a kernel's sources that decides how its cases come out: our own bundles,
 * the kernel configuration, the compiler. What was judged under another name counts for nothing.
 */
export async function judgeId(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['cli.cjs', 'agent.cjs'])
    hash.update(readFileSync(`${projectDir}dist/${name}`));
  const fragments = join(projectDir, 'vm/config');
  for (const name of readdirSync(fragments).sort())
    hash.update(`${name}\n${readFileSync(join(fragments, name), 'utf8')}`);
  const gcc = await execa('gcc', ['--version'], { reject: false, stdin: 'ignore' });
  return hash
    .update(gcc.stdout ?? '')
    .digest('hex')
    .slice(0, 16);
}
