'use strict';
// PID 1 of a QEMU guest: Node itself, so that nothing has to be started twice. It mounts what the
// agent needs, loads the modules and hands over to the agent, in this very process.
//
// It speaks on the console (fd 1) only when something is wrong, in one line that starts with
// `complaint`: the host looks for it.

const fs = require('node:fs');
const Module = require('node:module');
const v8 = require('node:v8');
const vm = require('node:vm');

const complaint = 'xfrm-conform-init: ';
const payload = '/payload';

// ffi-rs's loader asks the whole diagnostic report whether this is glibc; that takes long here.
process.report.getReport = () => ({ header: { glibcVersionRuntime: 'yes' } });

const ffi = require('@yuuang/ffi-rs-linux-x64-gnu');
const { I32, String: CString, I64 } = ffi.DataType;
ffi.open({ library: 'init-libc', path: 'libc.so.6' });

function call(funcName, paramsType, paramsValue) {
  const { value, errnoCode } = ffi.load({
    library: 'init-libc',
    funcName,
    retType: I32,
    paramsType,
    paramsValue,
    errno: true,
    runInNewThread: false,
    freeResultMemory: false,
  });
  return value === -1 ? errnoCode : 0;
}

function giveUp(what) {
  try {
    fs.writeSync(1, `\n${complaint}${what}\n`);
  } finally {
    powerOff();
  }
}

function powerOff() {
  // Where there is no ACPI nothing can be powered off, but QEMU ends when the machine is reset.
  const [RB_AUTOBOOT, RB_POWER_OFF] = [0x01234567, 0x4321fedc];
  call('reboot', [I32], [process.env.XFRM_CONFORM_EMULATED ? RB_AUTOBOOT : RB_POWER_OFF]);
  // PID 1 must not end before the power does, or the kernel would seem to have panicked.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

process.on('uncaughtException', (error) => giveUp(`the agent broke: ${error?.stack ?? error}`));
process.on('exit', (status) => {
  if (status === 0) powerOff();
  giveUp(`the agent exited with status ${status}`);
});

function mount(source, target, type, flags = 0, data = '') {
  const errno = call(
    'mount',
    [CString, CString, CString, I64, CString],
    [source, target, type, flags, data],
  );
  // EBUSY: the kernel has mounted it already (devtmpfs).
  if (errno !== 0 && errno !== 16) giveUp(`cannot mount ${type} on ${target}: errno ${errno}`);
}

function loadModule(path) {
  const fd = fs.openSync(path, 'r');
  const finitModule = 313;
  const errno = call('syscall', [I64, I64, CString, I64], [finitModule, fd, '', 0]);
  fs.closeSync(fd);
  // EEXIST: it is there already, built in or pulled in.
  if (errno !== 0 && errno !== 17) giveUp(`cannot load ${path}: errno ${errno}`);
}

function waitForFile(path, seconds) {
  // There is no event to wait for without the very file system watch that costs more than this.
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const deadline = process.hrtime.bigint() + BigInt(seconds) * 1_000_000_000n;
  while (!fs.existsSync(path)) {
    if (process.hrtime.bigint() > deadline) giveUp(`${path} did not appear in ${seconds} s`);
    Atomics.wait(cell, 0, 0, 1);
  }
}

// A tty port (UML's serial line) must carry bytes as they are: no echo, no line editing, no CR. A
// port that is no tty answers ENOTTY. Left open: the last close could bring the old settings back.
function makeRaw(path) {
  const fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_NOCTTY);
  const termios = Buffer.alloc(64);
  const { length } = termios;
  const Bytes = { ffiTypeTag: ffi.FFITypeTag.Array, type: ffi.DataType.U8Array, length };
  if (call('tcgetattr', [I32, Bytes], [fd, termios]) !== 0) return fs.closeSync(fd);
  call('cfmakeraw', [Bytes], [termios]);
  const errno = call('tcsetattr', [I32, I32, Bytes], [fd, 0, termios]);
  if (errno !== 0) giveUp(`cannot make ${path} raw: errno ${errno}`);
}

// As require() does, but with the bytecode that scripts/build.mjs made: compiling the agent takes a
// fifth of a second where the CPU is emulated. Another Node's bytecode is passed over.
function runCompiled(path) {
  const source = Module.wrap(fs.readFileSync(path, 'utf8'));
  const code = path.replace(/cjs$/, 'code');
  const cachedData = fs.existsSync(code) ? fs.readFileSync(code) : undefined;
  const script = new vm.Script(source, { filename: path, cachedData });
  // Most of ours does not run often enough to be worth machine code: none where the CPU is emulated, which
  // must translate that once more, and elsewhere later than by default (132 KB). Only now: the bytecode
  // is good for the flags that made it.
  const emulated = '--no-opt --no-sparkplug';
  v8.setFlagsFromString(
    process.env.XFRM_CONFORM_EMULATED ? emulated : '--interrupt-budget=1000000',
  );
  const wrapped = script.runInThisContext();
  wrapped(exports, require, module, path, payload);
}

mount('proc', '/proc', 'proc');
mount('sys', '/sys', 'sysfs');
mount('dev', '/dev', 'devtmpfs');
mount('tmp', '/tmp', 'tmpfs');
mount('run', '/run', 'tmpfs');

// The payload is on the disk without partitions.
const hasPartition = (disk) =>
  fs.readdirSync(`/sys/class/block/${disk}`).some((name) => name.startsWith(disk));
const disk = process.env.XFRM_CONFORM_DISKS?.split(',').find((name) => !hasPartition(name));
if (disk) mount(`/dev/${disk}`, payload, 'ext4', 1 /* MS_RDONLY */);

const boot = JSON.parse(fs.readFileSync(`${payload}/boot.json`, 'utf8'));
for (const name of boot.modules) loadModule(`${payload}/modules/${name}`);
waitForFile(boot.port, 30);
makeRaw(boot.port);

process.env.XFRM_CONFORM_PORT = boot.port;
process.env.PATH = '/';
process.argv[1] = `${payload}/agent.cjs`;
runCompiled(process.argv[1]);
