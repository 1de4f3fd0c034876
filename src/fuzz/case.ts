/** The fuzzer as cases that are not in the suites: the id says all there is to know. */
import type { Case } from '../case/case.ts';
import type { FuzzInput } from '../case/context.ts';
import { fromHex, toHex } from '../netlink/codec.ts';
import type { FuzzInterface } from './setting.ts';

/** "fuzz/migrate/7/1000/500": inputs 1000 to 1499 of seed 7. */
export function fuzzCase(
  kind: FuzzInterface,
  { seed, from, count }: { seed: number; from: number; count: number },
): Case {
  return make(`fuzz/${kind}/${seed}/${from}/${count}`, kind, { seed, from, count });
}

/** One datagram, hex; in the id it is base64url, since a command to the agent must be short. */
export function replayCase(kind: FuzzInterface, bytes: string): Case {
  const encoded = Buffer.from(fromHex(bytes)).toString('base64url');
  return make(`fuzz/${kind}/bytes/${encoded}`, kind, { bytes });
}

/** "fuzz/migrate/leaks/7/0/6": the first of six parts of a look for leaks. */
export function leakCase(kind: FuzzInterface, seed: number, part: number, parts: number): Case {
  const id = `fuzz/${kind}/leaks/${seed}/${part}/${parts}`;
  return make(id, kind, { leaks: [part, parts], seed });
}

/** The case that an id of the above names; null for other ids. */
export function fuzzCaseOf(id: string): Case | null {
  const bytes = /^fuzz\/(migrate-state|migrate)\/bytes\/([\w-]*)$/.exec(id);
  if (bytes)
    return replayCase(bytes[1] as FuzzInterface, toHex(Buffer.from(bytes[2]!, 'base64url')));
  const leaks = /^fuzz\/(migrate-state|migrate)\/leaks\/(\d+)\/(\d+)\/(\d+)$/.exec(id);
  if (leaks) {
    const [seed, part, parts] = leaks.slice(2).map(Number) as [number, number, number];
    return leakCase(leaks[1] as FuzzInterface, seed, part, parts);
  }
  const range = /^fuzz\/(migrate-state|migrate)\/(\d+)\/(\d+)\/(\d+)$/.exec(id);
  if (!range) return null;
  const [seed, from, count] = range.slice(2).map(Number) as [number, number, number];
  return fuzzCase(range[1] as FuzzInterface, { seed, from, count });
}

function make(id: string, kind: FuzzInterface, input: FuzzInput): Case {
  return {
    id,
    interface: kind,
    summary: 'Whatever the bytes of a request, it is refused for a reason or done as it says.',
    requirements: [],
    needs: { kconfig: ['XFRM_MIGRATE'], minVersion: '7.2' },
    run: (context) => context.fuzz(kind, input) as object,
    expect: {
      full: { failures: [] },
      compiledOut: { failures: [] },
      predates: { failures: [] },
    },
  };
}
