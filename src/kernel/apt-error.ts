import { HarnessError } from '../error.ts';
import { diskSentence } from './disk-error.ts';

/** Where apt was working when it failed. */
export interface AptPlace {
  mirror: string;
  cacheDir: string;
  keyring: string;
}

/** The mirror has no such file, any more or at all. */
export class NotFoundError extends HarnessError {
  override readonly name = 'NotFoundError';
}

/** What apt wrote on stderr when it failed, as one sentence. Pure. */
export function aptError(stderr: string, place: AptPlace): HarnessError {
  const text = sentence(stderr, place);
  return /\(404 Not Found\)/.test(text)
    ? new NotFoundError(text, stderr)
    : new HarnessError(text, stderr);
}

function sentence(stderr: string, { mirror, cacheDir, keyring }: AptPlace): string {
  const disk = diskSentence(withoutHttpDenials(stderr), cacheDir);
  if (disk) return disk;
  if (/NOSPLIT|NODATA|Clearsigned file isn't valid|unexpected size|Unable to parse/i.test(stderr)) {
    return `${mirror} answers with something that is not a Debian archive: if this network has a login page, log in first, or name another mirror with --mirror.`;
  }
  if (/Hash Sum mismatch|Hashes of received file/i.test(stderr)) {
    return `What ${mirror} sends is not what its signed index says: try again later, or name another mirror with --mirror.`;
  }
  if (
    /NO_PUBKEY|BADSIG|is not signed|signatures? (were|was|couldn't be|is) |EXPKEYSIG/i.test(stderr)
  ) {
    return `The archive at ${mirror} is not signed with a key of ${keyring}: upgrade the package debian-archive-keyring, or name another mirror with --mirror.`;
  }
  if (/Release file .* is (expired|not valid yet)/i.test(stderr)) {
    return `The archive at ${mirror} does not fit this machine's clock: set the clock, or name another mirror with --mirror.`;
  }
  const unreachable =
    /(Could not resolve|Temporary failure resolving|Could not connect|Connection (timed out|refused|reset|failed)|Unable to connect|Cannot initiate the connection|Network is unreachable|Could not handshake|No route to host|connection was aborted|Error reading from server|Undetermined Error|Certificate verification failed)[^\n]*/i.exec(
      stderr,
    );
  if (unreachable) {
    return `${mirror} cannot be reached (${unreachable[0].trim()}): check the network, or name another mirror with --mirror.`;
  }
  if (/does not have a Release file|404 +Not Found|File not found/i.test(stderr)) {
    return `${mirror} does not have what was asked for (404 Not Found): name another mirror with --mirror.`;
  }
  return `apt failed at ${mirror}: ${firstComplaint(stderr)}`;
}

/** "403 Forbidden" and the like are the mirror's words, not the disk's. */
function withoutHttpDenials(stderr: string): string {
  return stderr.replace(/^.*\b4\d\d +\w.*$/gm, '');
}

function firstComplaint(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const complaint =
    lines.find((line) => line.startsWith('E:')) ?? lines.find((line) => line !== '');
  return complaint
    ? complaint.replace(/^E:\s*/, '').replace(/[\s.]*$/, '.')
    : 'it did not say why.';
}
