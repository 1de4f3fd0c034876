'use strict';
// An agent that is root in its guest and tries to reach the host's files. Given the path of a host
// directory on its port, it answers with what each way in gave.

const fs = require('node:fs');
const ffi = require('@yuuang/ffi-rs-linux-x64-gnu');

const { I32, I64, String: Text } = ffi.DataType;
const errnoOf = (funcName, paramsType, paramsValue) => {
  const options = { errno: true, runInNewThread: false, freeResultMemory: false };
  const call = { library: 'init-libc', funcName, retType: I32, paramsType, paramsValue };
  const { value, errnoCode } = ffi.load({ ...call, ...options });
  return value === -1 ? errnoCode : 0;
};
const mount = (source, type, data) =>
  errnoOf('mount', [Text, Text, Text, I64, Text], [source, '/mnt', type, 0, data]);
const attempt = (work) => {
  try {
    return work() ?? 'done';
  } catch (error) {
    return error.code ?? String(error);
  }
};

/** Makes a device node and opens it, as the driver of UML's host-backed disks would be reached. */
function openDevice(major, minor) {
  const path = `/tmp/device-${major}-${minor}`;
  const isBlock = major === 98;
  const mode = (isBlock ? 0o060000 : 0o020000) | 0o600;
  const errno = errnoOf('mknod', [Text, I32, I64], [path, mode, (major << 8) | minor]);
  if (errno !== 0) return `mknod: errno ${errno}`;
  return attempt(() => void fs.openSync(path, 'r+'));
}

function reach(hostDir) {
  fs.mkdirSync('/mnt', { recursive: true });
  return {
    uid: process.getuid(),
    hostfs: mount('none', 'hostfs', hostDir),
    humfs: mount('none', 'humfs', hostDir),
    ninep: mount('host', '9p', 'trans=fd,rfdno=0,wfdno=0'),
    filesystems: fs
      .readFileSync('/proc/filesystems', 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('nodev')),
    ubd: openDevice(98, 0),
    memory: openDevice(1, 1),
    hostDir: attempt(() => void fs.writeFileSync(`${hostDir}/canary`, 'from the guest')),
    interfaces: fs.readdirSync('/sys/class/net').sort(),
    blockDevices: attempt(() => fs.readdirSync('/sys/class/block')),
    mounts: fs
      .readFileSync('/proc/mounts', 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[2])
      .sort(),
  };
}

const port = fs.openSync(process.env.XFRM_CONFORM_PORT, 'r+');
const say = (event) => fs.writeSync(port, `${JSON.stringify(event)}\n`);
say({ event: 'hello' });
const chunk = Buffer.alloc(4096);
const length = fs.readSync(port, chunk);
say({ event: 'reached', ...reach(chunk.toString('utf8', 0, length).trim()) });
fs.readSync(port, chunk);
