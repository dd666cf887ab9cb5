# shellcheck shell=bash disable=SC2034
# Shared by the scripts in this folder: where the cache is, how to talk to the user, which engine is in use, and how to
# run a command inside a root file system. Source it; it runs nothing by itself.
#
# All mounts are made inside a mount namespace of their own (see `enter`), so none is ever left on the machine.

ENGINE_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=$(realpath -m "${DISTIL_CACHE:-$HOME/.cache/distil-dev}")
MIRROR=${DISTIL_DEBIAN_MIRROR:-http://deb.debian.org/debian}
ROOT=$CACHE/engine/root
RUN=$CACHE/run
SUITE=sid
CLIENT_OLD=$CACHE/client/old # docker and buildx of the daemon that `old` starts
ROOT_VERSION=1        # raise it when what root.sh installs changes: older roots are rebuilt
STORES="classic containerd"
ALL_STORES="$STORES cold old" # with those that only `cold` and `old` start
export DEBIAN_FRONTEND=noninteractive

say()  { printf '%s\n' "engine: $*" >&2; }
fail() { printf '%s\n' "engine: error: $*" >&2; exit 1; }

case $CACHE in *[[:space:]:]*) fail "no spaces or colons in the cache's path, please: $CACHE" ;; esac

# step TEXT COMMAND...: one line with the time it took; the output goes to a log that is shown only when it fails.
step() {
  local text=$1 start=$SECONDS log=$CACHE/log/step.$$ status=0
  shift
  mkdir -p "$CACHE/log"
  printf 'engine: %s ... ' "$text" >&2
  set +e # not `if (...)`: that would go on after an error inside
  (set -e; "$@") >"$log" 2>&1 </dev/null
  status=$?
  set -e
  if [ "$status" = 0 ]; then
    printf '%ss\n' "$((SECONDS - start))" >&2
    rm -f "$log"
  else
    printf 'failed after %ss; the end of its output:\n' "$((SECONDS - start))" >&2
    tail -n 25 "$log" >&2
    mv -f "$log" "$CACHE/log/failed"
    fail "could not do: $text (all of its output: $CACHE/log/failed)"
  fi
}

# One run at a time, on one cache. Daemons must not inherit descriptor 9.
take_lock() {
  mkdir -p "$CACHE"
  exec 9>"$CACHE/lock"
  flock -n 9 || { say "another run is busy, waiting for it"; flock -w 1200 9 || fail "still busy after 20 minutes"; }
}

need_root_user() {
  [ "$(id -u)" = 0 ] || fail "$1 needs root. Install Docker (https://docs.docker.com/engine/install/), start it and try again."
}

# have COMMAND PACKAGE...: installs the packages when the command is missing.
have() {
  local command=$1
  shift
  command -v "$command" >/dev/null && return
  command -v apt-get >/dev/null ||
    fail "no '$command' and no apt-get here. Install Docker (https://docs.docker.com/engine/install/) and try again."
  step "installing $*" apt_install "$@"
}

apt_install() {
  apt-get install -y -q --no-install-recommends "$@" ||
    { apt-get update -q && apt-get install -y -q --no-install-recommends "$@"; }
}

# A fresh Debian root: bootstrap SUITE DIRECTORY. The scripts of all suites are the same file, older hosts lack the newer names.
bootstrap() {
  debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
    "$1" "$2" "$MIRROR" /usr/share/debootstrap/scripts/sid
}

# enter ROOT COMMAND...: runs it in ROOT, in a mount namespace that ends with it. BINDS: "from:to" words to mount as well.
enter() {
  local root=$1
  shift
  # shellcheck disable=SC2086
  unshare --mount --propagation slave sh "$ENGINE_DIR/enter.sh" "$root" ${BINDS:-} -- "$@"
}

# Removes a folder of the cache, unless something is mounted in it.
remove_tree() {
  case $1 in "$CACHE"/?*) ;; *) fail "refusing to remove $1: not inside $CACHE" ;; esac
  [ -e "$1" ] || return 0
  if awk '{ print $2 }' /proc/self/mounts | grep -qF -- "$(readlink -f "$1")"; then
    fail "refusing to remove $1: something is mounted there"
  fi
  rm -rf --one-file-system -- "$1"
}

# The pid of a private daemon's first process; nothing when it does not run.
daemon_pid() {
  local pid=
  [ -f "$RUN/$1.pid" ] && read -r pid <"$RUN/$1.pid"
  [ -n "$pid" ] && tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF "distil-engine:$1:$CACHE" && echo "$pid"
}

# own_docker STORE ARGUMENT...: docker, talking to a private daemon. LIMIT: seconds it may take.
own_docker() {
  local store=$1
  shift
  DOCKER_HOST=unix://$RUN/$store.sock DOCKER_CONTEXT='' DOCKER_CONFIG=$CACHE/client PATH=$CACHE/bin:$PATH \
    ${LIMIT:+timeout "$LIMIT"} docker "$@"
}

# True when the user has an engine of their own that will do: one that answers, BuildKit inside (23 or newer), with buildx.
user_engine() {
  local version
  [ "${DISTIL_ENGINE:-}" != own ] || return 1
  case ${DOCKER_HOST:-} in "unix://$RUN/"*) return 1 ;; esac
  command -v docker >/dev/null || return 1
  version=$(timeout 10 docker version --format '{{.Server.Version}}' 2>/dev/null) || return 1
  [ "${version%%.*}" -ge 23 ] 2>/dev/null || { say "your Docker engine is $version, 23 or newer is needed"; return 1; }
  docker buildx version >/dev/null 2>&1 || { say "your Docker has no buildx plugin"; return 1; }
}

# The image store of the engine that `docker` talks to.
user_store() {
  if docker info --format '{{.DriverStatus}}' 2>/dev/null | grep -q io.containerd.snapshotter; then
    echo containerd
  else
    echo classic
  fi
}
