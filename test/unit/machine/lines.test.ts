import { expect, test } from 'vitest';
import { splitLines } from '../../../src/machine/lines.ts';

async function linesOf(chunks: readonly string[], maxBytes?: number): Promise<string[]> {
  const stream = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
  })();
  const lines: string[] = [];
  for await (const line of splitLines(stream, maxBytes)) lines.push(line);
  return lines;
}

test('lines are put together from chunks, wherever these are cut', async () => {
  expect(await linesOf(['one\ntw', '', 'o', '\n\nthree\n'])).toEqual(['one', 'two', '', 'three']);
});

test('a character cut in two is whole again', async () => {
  const [first, second] = ['\xc3', '\xbc'];
  expect(await linesOf([`f${first}`, `${second}r\n`])).toEqual(['für']);
});

test('a last line without a newline is dropped', async () => {
  expect(await linesOf(['whole\nbroken o'])).toEqual(['whole']);
});

test('a line of the longest length is whole, a longer one cut, and the next one whole again', async () => {
  const lines = await linesOf(['x'.repeat(9), 'x\n', 'y'.repeat(8), 'yyy\nz\n'], 10);
  expect(lines).toEqual(['x'.repeat(10), `${'y'.repeat(10)}… [a line of 11 bytes, cut]`, 'z']);
});

test('an endless line takes no endless memory', async () => {
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  const stream = (async function* () {
    for (let sent = 0; sent < 256; sent++) yield chunk;
    yield Buffer.from('\n');
  })();
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const watched = (async function* () {
    for await (const each of stream) {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      yield each;
    }
  })();
  for await (const line of splitLines(watched, 4 * 1024 * 1024)) {
    expect(line).toContain(`${256 * 1024 * 1024} bytes, cut`);
  }
  expect(most).toBeLessThan(32 * 1024 * 1024);
});
