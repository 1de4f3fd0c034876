#!/usr/bin/env node
// Stands in for QEMU in tests without a kernel: a console on fd 1, the agent's port on fd 3, the
// monitor on fd 4. FAKE_QEMU says what it does.

import { Socket } from 'node:net';

const monitor = new Socket({ fd: 4 });
const tell = (message) => monitor.write(`${JSON.stringify(message)}\n`);
let status = 'running';
monitor.on('data', (chunk) => {
  for (const line of chunk.toString().trim().split('\n')) {
    const { execute, id } = JSON.parse(line);
    tell({ id, return: execute === 'query-status' ? { status, running: false } : {} });
  }
});
tell({ QMP: {} });

const acts = {
  hello() {
    console.log('[    0.000000] Linux version 0');
    const port = new Socket({ fd: 3 });
    port.write('{"event":"hello"}\n');
    port.on('data', (chunk) => port.write(chunk));
  },
  refuse() {
    process.stderr.write('qemu: first this\nqemu: could not load kernel: no such format\n');
    process.exit(1);
  },
  stop() {
    console.log('[    0.000000] Linux version 0');
    process.stderr.write('KVM internal error. Suberror: 1\nemulation failure\n');
    status = 'internal-error';
    tell({ event: 'STOP' });
  },
  reset() {
    tell({ event: 'SHUTDOWN', data: { guest: true, reason: 'guest-reset' } });
    monitor.end(() => process.exit(0));
  },
  complain() {
    console.log('\nxfrm-conform-init: cannot load /payload/modules/esp4.ko: errno 8');
    monitor.end(() => process.exit(0));
  },
  silence() {},
  /** Hundreds of megabytes of console, as fast as they are taken; then silence. */
  noise() {
    const block = 'x'.repeat(1024 * 1024);
    let left = 300;
    const more = () => {
      while (left-- > 0)
        if (!process.stdout.write(block)) return process.stdout.once('drain', more);
    };
    more();
  },
};

acts[process.env.FAKE_QEMU]();
setInterval(() => {}, 1000);
