import { readFileSync } from 'node:fs';
import { Fuzzer } from '../fuzz/fuzzer.ts';
import type { FuzzReport } from '../fuzz/report.ts';
import type { FuzzInterface } from '../fuzz/setting.ts';
import { xfrmGroups } from '../netlink/xfrm-messages.ts';
import { KernelLog } from './kernel-log.ts';
import { NETLINK_XFRM, NetlinkSocket } from './netlink-socket.ts';
import { readable } from './poll.ts';

function slabKiB(): number | null {
  const line = /^Slab: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1'));
  return line ? Number(line[1]) : null;
}

/** A fuzzer in the namespace that this thread is in. */
export function withFuzzer(kind: FuzzInterface, use: (fuzzer: Fuzzer) => FuzzReport): FuzzReport {
  const socket = NetlinkSocket.open(NETLINK_XFRM);
  const listener = NetlinkSocket.listening(NETLINK_XFRM, 1 << (xfrmGroups.XFRMNLGRP_MIGRATE - 1));
  const log = new KernelLog();
  try {
    const fuzzer = new Fuzzer(kind, {
      send: (bytes) => socket.send(bytes),
      receive: () => socket.receive(),
      hasAnswer: () => readable([socket.fd]).length > 0,
      heard() {
        let count = 0;
        while (readable([listener.fd]).length > 0 && listener.receive()) count++;
        return count;
      },
      log: () => log.drain(),
      slab: slabKiB,
    });
    return use(fuzzer);
  } finally {
    log.close();
    listener.close();
    socket.close();
  }
}
