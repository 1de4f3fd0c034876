import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { watchOutput } from '../../../src/cli/lost-output.ts';

function streams() {
  const said: string[] = [];
  const stdout = new Writable({ write: (_, __, done) => done() });
  const stderr = new Writable({
    write(chunk, _, done) {
      said.push(String(chunk));
      done();
    },
  });
  return { stdout, stderr, said };
}

function failure(code: string): Error {
  return Object.assign(new Error(`write ${code}`), { code });
}

test('a reader that has left changes nothing', () => {
  const { stdout, stderr, said } = streams();
  const status = watchOutput(stdout, stderr);
  stdout.destroy(failure('EPIPE'));
  stderr.destroy(failure('EPIPE'));
  expect(status()).toBeNull();
  expect(said).toEqual([]);
});

test('a full disk is told once, and decides the exit status', () => {
  const { stdout, stderr, said } = streams();
  const status = watchOutput(stdout, stderr);
  stdout.emit('error', failure('ENOSPC'));
  stdout.emit('error', failure('ENOSPC'));
  expect(status()).toBe(3);
  expect(said).toEqual([
    'xfrm-conform: the output cannot be written (ENOSPC): free some space, or let it go elsewhere.\n',
  ]);
});
