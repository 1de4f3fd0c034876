# Sets up what is missing and says so; what is there costs no time. Sourced by the other scripts.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# npx says nothing of newer versions of npm.
export npm_config_update_notifier=false

say() { printf '%s\n' "$*" >&2; }
die() {
  say "xfrm-conform: $*"
  exit 3
}

setup_node() {
  local version
  version=$(node --version 2>/dev/null) ||
    die 'Node.js 20.19 or newer is needed; install it (Debian: apt install nodejs npm).'
  if ! printf 'v20.19.0\n%s\n' "$version" | sort --version-sort --check=silent; then
    die "Node.js 20.19 or newer is needed, this is $version."
  fi
}

setup_modules() {
  # npm writes its hidden lock file last, so a killed install is seen and done again.
  if [[ ! node_modules/.package-lock.json -nt package-lock.json ]]; then
    say 'installing node modules (npm ci) …'
    npm ci --no-fund --no-audit --loglevel=error >&2 || die 'npm ci failed; see above.'
    touch node_modules/.package-lock.json
  fi
}

# Debian packages that the main job needs, as program=package or /path=package. Without root the run goes on: a
# kernel that needs none of them still runs, and one that does says which.
setup_packages() {
  local pair missing=()
  local needed=(qemu-system-x86_64=qemu-system-x86 mke2fs=e2fsprogs flock=util-linux)
  needed+=(xz=xz-utils zstd=zstd lz4=lz4 "$@")
  for pair in "${needed[@]}"; do
    # A path stands for itself. Debian keeps mke2fs off the PATH of those who are not root.
    [[ -e ${pair%%=*} ]] || PATH=$PATH:/usr/sbin command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
  done
  ((${#missing[@]})) || return 0
  local command="apt-get install --no-install-recommends ${missing[*]}"
  if [[ $(id -u) != 0 ]]; then
    say "not installed: ${missing[*]}. To install: sudo $command"
    return 0
  fi
  command -v apt-get >/dev/null || die "please install what is missing: ${missing[*]}"
  say "installing ${missing[*]} …"
  { apt-get update --quiet=2 && DEBIAN_FRONTEND=noninteractive $command --yes --quiet=2; } \
    >"$setup_log" 2>&1 || { tail --lines=5 "$setup_log" >&2; die "this failed: $command"; }
}

# What a kernel build needs beyond that.
build_packages=(gcc=gcc ld=binutils make=make flex=flex bison=bison bc=bc perl=perl ccache=ccache)
build_packages+=(/usr/include/stdio.h=libc6-dev)

# packages_for ARGUMENT…: what xfrm-conform needs for these arguments, which build a kernel if they name a tree.
packages_for() {
  case " $* " in
    *\ tree:* | *=tree:* | *\ source:* | *=source:* | *\ --tree*) printf '%s\n' "${build_packages[@]}" ;;
  esac
  case "$*" in *arch=x86*) echo /usr/include/libelf.h=libelf-dev ;; esac
}

setup_bundle() {
  if [[ ! -e dist/agent.cjs || -n $(find src suites vm scripts/build.mjs package.json node_modules/.package-lock.json -newer dist/agent.cjs -print -quit) ]]; then
    node scripts/build.mjs || die 'the bundle could not be built; see above.'
  fi
}

# setup PROGRAM=PACKAGE…: everything that a script needs, one caller at a time.
setup() {
  setup_log=$(mktemp)
  {
    command -v flock >/dev/null && flock 9
    cd "$top"
    setup_node
    setup_modules
    setup_packages "$@"
    setup_bundle
  } 9<"$top/package-lock.json"
  rm -f "$setup_log"
}
