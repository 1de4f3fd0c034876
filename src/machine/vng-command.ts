export interface VngCommand {
  /** A bzImage. */
  image: string;
  /** Path of the agent's bundle on the host, which is the guest's root as well. */
  agent: string;
  /** UNIX sockets of ours, to which QEMU connects. */
  eventSocket: string;
  monitorSocket: string;
  accelerator: 'kvm' | 'tcg';
  memoryMiB: number;
  cpus: number;
  /** Words added to the kernel's command line. */
  extraParameters: readonly string[];
}

/** How the guest finds the agent's port among those that virtme-ng makes for itself. */
const portName = 'xfrm-conform';

/** What init of QEMU's guests also says; here it is the script's word, on the console. */
export const complaint = 'xfrm-conform-init: ';

/** The arguments of vng. */
export function vngArguments(command: VngCommand): string[] {
  return [
    ...['--run', command.image, '--skip-modules', '--disable-monitor'],
    // Without it virtme-ng takes the microvm board where it finds virtiofsd, and with it virtio-mmio.
    ...['--disable-microvm', '--force-9p'],
    ...(command.accelerator === 'tcg' ? ['--disable-kvm'] : []),
    ...['--cpus', String(command.cpus), '--memory', `${command.memoryMiB}M`],
    ...['--user', 'root', '--cwd', '/', '--verbose'],
    `--qemu-opts=${qemuOptions(command).join(' ')}`,
    // virtme-ng sets panic=-1 itself; an oops is to end the guest as well.
    ...['oops=panic', 'sysrq_always_enabled', ...command.extraParameters].flatMap((word) => [
      '--append',
      word,
    ]),
    ...['--exec', guestScript(command.agent)],
  ];
}

/** virtme-ng takes these apart by the shell's rules. */
function qemuOptions({ eventSocket, monitorSocket }: VngCommand): string[] {
  return [
    ...['-chardev', quoted(`socket,id=${portName},path=${escaped(eventSocket)}`)],
    ...['-device', `virtserialport,chardev=${portName},name=${portName}`],
    ...['-qmp', quoted(`unix:${escaped(monitorSocket)}`)],
  ];
}

/**
 * What the guest runs: finds the port by its name, as its number depends on what virtme-ng adds, and
 * becomes the agent. It is given on the kernel's command line, so it is short.
 */
function guestScript(agent: string): string {
  return [
    `for p in /sys/class/virtio-ports/*; do`,
    `if [ "$(cat $p/name)" = ${portName} ]; then`,
    `XFRM_CONFORM_PORT=/dev/\${p##*/} exec ${quoted(process.execPath)} ${quoted(agent)}; fi; done;`,
    `echo "${complaint}no port ${portName}" >/dev/console`,
  ].join(' ');
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A comma ends an option's value; two stand for one. */
function escaped(path: string): string {
  return path.replaceAll(',', ',,');
}
