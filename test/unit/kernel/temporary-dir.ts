import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';

/**
 * A fresh directory for each test of a file, gone afterwards. Such tests run tools of the host, which
 * take their time on a busy machine.
 */
export function temporaryDir(): () => string {
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'xfrm-conform-test-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  return () => dir;
}
