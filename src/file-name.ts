/** Part of a file's name that tells of `text`, e.g. of a kernel's spec: what a shell would mind is "_". */
export function fileName(text: string, longest = 200): string {
  return text.replace(/[^\w.+@-]+/g, '_').slice(-longest);
}
