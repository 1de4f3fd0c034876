import { Duplex, PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { type QmpEvent, qmpOn } from '../../../src/machine/qmp.ts';

/** A monitor that answers each command with what `answer` returns; null: with nothing. */
function monitor(answer: (command: { execute: string; id: number }) => unknown) {
  const output = new PassThrough();
  const say = (message: unknown) => output.write(`${JSON.stringify(message)}\r\n`);
  const input = new PassThrough();
  input.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().trim().split('\n')) {
      const command = JSON.parse(line);
      const result = command.execute === 'qmp_capabilities' ? { return: {} } : answer(command);
      if (result !== null) say({ ...(result as object), id: command.id });
    }
  });
  say({ QMP: { version: {}, capabilities: [] } });
  return { stream: Duplex.from({ readable: output, writable: input }), say, output };
}

test('commands get their answers, events their listener', async () => {
  const events: QmpEvent[] = [];
  const { stream, say } = monitor(({ execute }) => ({ return: { asked: execute } }));
  const qmp = qmpOn(stream, (event) => events.push(event));
  say({ event: 'SHUTDOWN', data: { reason: 'guest-reset' } });
  expect(await qmp.execute('query-status')).toEqual({ asked: 'query-status' });
  expect(events).toEqual([{ name: 'SHUTDOWN', data: { reason: 'guest-reset' } }]);
});

test('a refusal is the monitor’s own words', async () => {
  const { stream } = monitor(() => ({ error: { class: 'CommandNotFound', desc: 'no such' } }));
  await expect(qmpOn(stream, () => {}).execute('nonsense')).rejects.toThrow('no such');
});

test('no answer is an answer after the deadline', async () => {
  const { stream } = monitor(() => null);
  const asking = qmpOn(stream, () => {}).execute('query-status', {}, 20);
  await expect(asking).rejects.toThrow('no answer to query-status');
});

test('a monitor that goes away answers everything', async () => {
  const { stream, output } = monitor(() => null);
  const asking = qmpOn(stream, () => {}).execute('query-status', {}, 60_000);
  output.end('rubbish\n');
  await expect(asking).rejects.toThrow('gone');
});
