import { describe, expect, it } from 'vitest';
import { aptError, NotFoundError } from '../../../src/kernel/apt-error.ts';

const place = { mirror: 'http://mirror/debian/', cacheDir: '/cache', keyring: '/keys.gpg' };

/** What apt 2.6 wrote, host names aside. */
const recorded = {
  'no network':
    "E: Failed to fetch http://mirror/debian/dists/trixie/InRelease  Temporary failure resolving 'mirror'\nE: Some index files failed to download. They have been ignored, or old ones used instead.",
  refused:
    'E: Failed to fetch http://mirror/x  Could not connect to 127.0.0.1:9 (127.0.0.1). - connect (111: Connection refused)\nE: Download Failed',
  'login page, index':
    "E: Failed to fetch http://mirror/debian/dists/trixie/InRelease  Clearsigned file isn't valid, got 'NOSPLIT' (does the network require authentication?)\nE: The repository 'http://mirror/debian trixie InRelease' is not signed.",
  'login page, package':
    'E: Failed to fetch http://mirror/x.deb  Hash Sum mismatch\n   Hashes of expected file:\n    - SHA256:00\n   Hashes of received file:\n    - SHA256:11\nE: Download Failed',
  'other keys':
    "W: GPG error: http://mirror trixie InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY ED9507419F48EABD\nE: The repository 'http://mirror trixie InRelease' is not signed.",
  'full disk':
    'E: Failed to fetch http://mirror/x.deb  Error writing to file - write (28: No space left on device) [IP: 203.0.113.80 80]\nE: Download Failed',
  'read-only disk':
    'E: List directory /cache/apt/lists/partial is missing. - Acquire (30: Read-only file system)',
  'no such file':
    'E: Failed to fetch http://mirror/nope  404  Not Found [IP: 203.0.113.80 80]\nE: Download Failed',
  'no such suite':
    "E: The repository 'http://mirror trixie-backports Release' does not have a Release file.",
  forbidden:
    'E: Failed to fetch http://mirror/x  403  Forbidden [IP: 203.0.113.80 80]\nE: Download Failed',
  'clock behind':
    'E: Release file for http://mirror/debian/dists/trixie/InRelease is not valid yet (invalid for another 3d 2h). Updates for this repository will not be applied.',
};

describe('aptError', () => {
  it.each<[keyof typeof recorded, RegExp]>([
    ['no network', /^http:\/\/mirror\/debian\/ cannot be reached \(Temporary failure resolving/],
    ['refused', /cannot be reached .*Connection refused/],
    ['login page, index', /something that is not a Debian archive.*login page/],
    ['login page, package', /is not what its signed index says/],
    ['other keys', /is not signed with a key of \/keys\.gpg/],
    ['full disk', /^The disk of the cache \/cache is full/],
    ['read-only disk', /^The cache \/cache cannot be written \(read-only file system\)/],
    ['no such file', /404 Not Found/],
    ['no such suite', /404 Not Found/],
    ['forbidden', /403 {2}Forbidden/],
    ['clock behind', /this machine's clock/],
  ])('says of "%s" in one sentence what to do', (what, sentence) => {
    const { message } = aptError(recorded[what], place);
    expect(message).toMatch(sentence);
    expect(message).not.toContain('\n');
    expect(message.endsWith('.')).toBe(true);
  });

  it('tells a missing file from other failures', () => {
    expect(aptError(recorded['no such file'], place)).toBeInstanceOf(NotFoundError);
    expect(aptError(recorded.forbidden, place)).not.toBeInstanceOf(NotFoundError);
  });

  it('has a sentence even when apt said nothing', () => {
    expect(aptError('', place).message).toBe(
      'apt failed at http://mirror/debian/: it did not say why.',
    );
  });
});
