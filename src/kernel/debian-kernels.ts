import type { AptPackage } from './apt-packages.ts';
import { parseDepends } from './control.ts';
import { compareVersions, upstreamVersion } from './version.ts';

/** A package that the signed index demands but no longer lists. */
export interface UnlistedPackage {
  name: string;
  version: string;
  architecture: string;
  /** Where the pool of the archive keeps it. */
  filename: string;
}

/** A kernel that the archive serves, and the packages that hold it. */
export interface DebianKernel {
  /** Upstream: "7.3.4". */
  version: string;
  /** As `uname -r` prints it: "7.3.4+deb13-cloud-amd64". */
  release: string;
  /** "7.3.4-1~bpo13+1" */
  debianVersion: string;
  suite: string;
  packages: readonly AptPackage[];
  unlisted: readonly UnlistedPackage[];
}

const imagePackage = /^linux-image-(\d.*-cloud-amd64)$/;

/** The signed cloud kernels among these packages, newest first; each upstream version once. Pure. */
export function debianKernels(packages: readonly AptPackage[]): DebianKernel[] {
  const images = packages
    .filter(({ name, architecture }) => imagePackage.test(name) && architecture === 'amd64')
    .map((image) => asKernel(image, packages))
    // The newest build of a version comes first, and is kept below.
    .sort((a, b) => compareVersions(b.version, a.version) || byBuild(b, a));
  return images.filter((kernel, i) => kernel.version !== images[i - 1]?.version);
}

function byBuild(a: DebianKernel, b: DebianKernel): number {
  return a.debianVersion.localeCompare(b.debianVersion, 'en', { numeric: true });
}

/**
 * Follows the dependencies on packages of the same kernel. How the files are spread over them has
 * changed between releases, so they say themselves which there are.
 */
function asKernel(image: AptPackage, packages: readonly AptPackage[]): DebianKernel {
  const release = imagePackage.exec(image.name)![1]!;
  const listed = [image];
  const unlisted: UnlistedPackage[] = [];
  for (const each of listed) {
    for (const { name, exactVersion } of parseDepends(each.depends)) {
      if (!name.endsWith(`-${release}`) || exactVersion === null) continue;
      if ([...listed, ...unlisted].some((known) => known.name === name)) continue;
      const found = packages.find((one) => one.name === name && one.version === exactVersion);
      if (found) listed.push(found);
      else unlisted.push(asUnlisted(name, exactVersion, image));
    }
  }
  const { version: debianVersion, suite } = image;
  const version = upstreamVersion(debianVersion);
  return { version, release, debianVersion, suite, packages: listed, unlisted };
}

/** What is not signed itself is built from the source package that the signed one was made from. */
function asUnlisted(name: string, version: string, image: AptPackage): UnlistedPackage {
  const dir = image.filename.slice(0, image.filename.lastIndexOf('/')).replace(/-signed-\w+$/, '');
  const inName = version.replace(/^\d+:/, '');
  const filename = `${dir}/${name}_${inName}_${image.architecture}.deb`;
  return { name, version, architecture: image.architecture, filename };
}
