import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A git repository that looks like a kernel to what only reads its history. */
export class TinyHistory {
  readonly root = mkdtempSync(join(tmpdir(), 'xfrm-conform-test-'));
  readonly path = join(this.root, 'linux');

  constructor() {
    mkdirSync(this.path);
    this.git('init', '--quiet', '--initial-branch=master', '.');
    this.write('Makefile', 'VERSION = 7\nPATCHLEVEL = 3\n');
    this.write('net/xfrm/xfrm_user.c', 'int number = 0;\n');
    this.commit('base');
  }

  write(name: string, text: string): void {
    mkdirSync(join(this.path, name, '..'), { recursive: true });
    writeFileSync(join(this.path, name), text);
  }

  /** Returns the hash. */
  commit(subject: string): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '-m', subject);
    return this.git('rev-parse', 'HEAD');
  }

  /** Commits that each change the one source: their hashes, the oldest first. */
  commits(count: number): string[] {
    return Array.from({ length: count }, (_, i) => {
      this.write('net/xfrm/xfrm_user.c', `int number = ${i + 1};\n`);
      return this.commit(`change ${i + 1}`);
    });
  }

  git(...args: string[]): string {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
    return execFileSync('git', [...identity, '-C', this.path, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  /** Everything about the user's own checkout that must stay as it is. */
  snapshot(): string {
    return [
      this.git('status', '--porcelain', '--branch'),
      this.git('rev-parse', 'HEAD'),
      this.git('for-each-ref'),
      this.git('worktree', 'list'),
      this.git('config', '--local', '--list'),
    ].join('\n');
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
