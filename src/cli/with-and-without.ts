import { UsageError } from '../error.ts';

/**
 * The specs of both variants of a kernel from source, with CONFIG_XFRM_MIGRATE and without it.
 * Throws a UsageError for a kernel that is not built from source, or has a variant already.
 */
export function withAndWithout(spec: string): [string, string] {
  const parts = /^((?:tree|source):[^,]*)(,.*)?$/.exec(spec);
  if (!parts)
    throw new UsageError(
      `${spec} cannot be built without CONFIG_XFRM_MIGRATE: name a tree:PATH or a source:VERSION.`,
    );
  const [, name = '', rest = ''] = parts;
  if (/\+[\w-]+$/.test(name))
    throw new UsageError(`${spec} names a variant, and --with-and-without both: leave it out.`);
  return [spec, `${name}+no-migrate${rest}`];
}
