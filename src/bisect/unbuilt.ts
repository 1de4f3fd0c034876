/** What no kernel is made of, in any configuration. */
const neverBuilt =
  /^(Documentation|LICENSES|tools\/testing)\/|^(COPYING|CREDITS|MAINTAINERS|README)$|(^|\/)\.(gitignore|gitattributes|mailmap|clang-format|editorconfig|get_maintainer\.ignore|cocciconfig|rustfmt\.toml|pylintrc)$/;
/** Kconfig sources a file of this directory. */
const builtAfterAll = /(^|\/)(Kconfig|Makefile|Kbuild)[^/]*$/;
/** What a compiler reads, and kbuild records when it does. */
const recorded = /\.([chS]|dtsi?|rs)$/;

/** A path that differs between two commits: M modified, A added, D deleted, T another type. */
export interface Difference {
  readonly how: string;
  readonly path: string;
}

/**
 * Whether a difference can have no part in the kernel that was built from `inputs`, so that both
 * commits build the same one.
 *
 * Only what is certain counts: documentation, the sources of other architectures, and sources that are
 * modified and that the build did not read. An added file may be found before another one, and
 * scripts and makefiles are not on record: these are built.
 *
 * @param arch the directory below arch/ that is built; um uses that of x86, too
 */
export function isUnbuilt(
  { how, path }: Difference,
  inputs: ReadonlySet<string>,
  arch: 'um' | 'x86',
): boolean {
  if (inputs.has(path)) return false;
  if (neverBuilt.test(path)) return !builtAfterAll.test(path);
  const foreign = /^arch\/([^/]+)\//.exec(path)?.[1];
  if (foreign !== undefined && foreign !== 'x86' && foreign !== arch) return true;
  return how === 'M' && recorded.test(path) && !/^(scripts|tools|usr)\//.test(path);
}
