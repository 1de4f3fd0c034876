'use strict';
// Starts the agent on the running kernel, inside the namespaces that unshare(1) made. What is
// wrong is said in one line on stdout that starts with `complaint`: the host looks for it.

const ffi = require('@yuuang/ffi-rs-linux-x64-gnu');

const complaint = 'xfrm-conform-init: ';
const [, , agent] = process.argv;

/** Opening the socket also makes the kernel load xfrm_user, where that is a module. */
function xfrmErrno() {
  const { I32 } = ffi.DataType;
  const [AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_XFRM] = [16, 3 | 0o2000000, 6];
  ffi.open({ library: 'init-libc', path: 'libc.so.6' });
  const { value, errnoCode } = ffi.load({
    library: 'init-libc',
    funcName: 'socket',
    retType: I32,
    paramsType: [I32, I32, I32],
    paramsValue: [AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_XFRM],
    errno: true,
    runInNewThread: false,
    freeResultMemory: false,
  });
  return value === -1 ? errnoCode : 0;
}

const errno = xfrmErrno();
if (errno !== 0) {
  const EPROTONOSUPPORT = 93;
  const why =
    errno === EPROTONOSUPPORT
      ? 'it has no XFRM netlink (CONFIG_XFRM_USER), or may not load its module xfrm_user'
      : `its XFRM netlink cannot be opened (errno ${errno})`;
  process.stdout.write(`${complaint}${why}\n`, () => process.exit(1));
} else {
  process.argv.splice(1, 1);
  require(agent);
}
