import { HarnessError, UserError } from '../error.ts';

/**
 * Say in one sentence that the disk below `where` is full or cannot be written; every other error
 * comes back as it is. The words of a tool's stderr count as much as an errno of our own.
 */
export function diskError(error: unknown, where: string): unknown {
  if (error instanceof UserError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const sentence = diskSentence(text, where);
  return sentence === null ? error : new HarnessError(sentence, error);
}

/** The sentence for what a tool or an errno says of the disk; null when it says nothing of it. */
export function diskSentence(text: string, where: string): string | null {
  if (/ENOSPC|EDQUOT|No space left on device|Disk quota exceeded|enough free space/i.test(text)) {
    return `The disk of the cache ${where} is full: free some space (xfrm-conform cache), or set XDG_CACHE_HOME to a place that has some.`;
  }
  if (/EROFS|EACCES|EPERM|Read-only file system|Permission denied|ENOTDIR|ENOENT/i.test(text)) {
    return `The cache ${where} cannot be written (${reason(text)}): make it writable, or set XDG_CACHE_HOME to a place that is.`;
  }
  return null;
}

function reason(text: string): string {
  if (/EROFS|Read-only/i.test(text)) return 'read-only file system';
  if (/ENOTDIR/i.test(text)) return 'a file is in the way';
  if (/ENOENT/i.test(text)) return 'no directory can be made there';
  return 'permission denied';
}
