'use strict';
// A stand-in for the agent: it says hello and does what the host's lines ask for.

const fs = require('node:fs');

// A device, or "3,3": descriptors to read from and write to.
const descriptor = /^(\d+),\1$/.exec(process.env.XFRM_CONFORM_PORT);
const port = descriptor ? Number(descriptor[1]) : fs.openSync(process.env.XFRM_CONFORM_PORT, 'r+');
const say = (event) => fs.writeSync(port, `${JSON.stringify(event)}\n`);

const commands = {
  echo: (text) => say({ event: 'echo', text }),
  modules: () => say({ event: 'modules', text: fs.readFileSync('/proc/modules', 'utf8') }),
  namespaces: () => {
    const link = (name) => [name, fs.readlinkSync(`/proc/self/ns/${name}`)];
    say({ event: 'namespaces', text: Object.fromEntries(['net', 'mnt', 'pid'].map(link)) });
  },
  crash: () => fs.writeFileSync('/proc/sysrq-trigger', 'c'),
  hang: () => {
    for (;;);
  },
  /** Answers after that many seconds of its own clock. */
  sleep: (seconds) => setTimeout(() => say({ event: 'slept' }), 1000 * Number(seconds)),
  exit: (status) => process.exit(Number(status)),
  throw: (text) => {
    throw new Error(text);
  },
  /** That many bytes without a newline, then one. */
  flood: (bytes) => {
    const block = Buffer.alloc(1024 * 1024, 'x');
    for (let sent = 0; sent < Number(bytes); sent += block.length) fs.writeSync(port, block);
    fs.writeSync(port, '\n');
  },
};

say({ event: 'hello', release: fs.readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim() });

const chunk = Buffer.alloc(4096);
let pending = '';
(function readOn() {
  fs.read(port, chunk, 0, chunk.length, null, (error, length) => {
    if (error) throw error;
    pending += chunk.toString('utf8', 0, length);
    for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
      const [name, ...rest] = pending.slice(0, end).split(' ');
      pending = pending.slice(end + 1);
      commands[name](rest.join(' '));
    }
    readOn();
  });
})();
