# shellcheck shell=bash disable=SC2153
# Makes the root file system that the private daemons run from: Debian with docker.io and buildx; sid, because its
# stable engines are older than what most people use. Also the client side: buildx, and docker where the machine has none.
# Sourced by `up`.

root_is_current() {
  [ "$(cat "$ROOT/etc/distil-root" 2>/dev/null)" = "$ROOT_VERSION" ]
}

install_engine() {
  local root=$1
  echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  enter "$root" apt-get install -y -q --no-install-recommends \
    docker.io docker-cli docker-buildx containerd runc iptables iproute2 ca-certificates git
  enter "$root" apt-get clean
  enter "$root" sh -ec 'dockerd --version; docker --version; ip -V; iptables -V; runc --version'
}

make_root() {
  local tmp
  need_root_user "A private Docker engine"
  have debootstrap debootstrap debian-archive-keyring
  for tmp in "$ROOT".tmp.* "$ROOT".before; do remove_tree "$tmp"; done
  tmp=$ROOT.tmp.$$
  mkdir -p "$tmp"
  step "making a Debian $SUITE root" bootstrap "$SUITE" "$tmp"
  step "installing the Docker engine in it" install_engine "$tmp"
  echo "$ROOT_VERSION" >"$tmp/etc/distil-root"
  [ ! -e "$ROOT" ] || mv "$ROOT" "$ROOT.before"
  mv "$tmp" "$ROOT"
  remove_tree "$ROOT.before"
}

# client PROGRAM LINK: a program of the root made usable from the machine, by its own loader if its libc is newer.
client() {
  local program=$ROOT$1 link=$2 lib
  mkdir -p "$(dirname "$link")"
  ln -sfn "$program" "$link"
  "$link" --version >/dev/null 2>&1 && return
  "$link" version >/dev/null 2>&1 && return
  lib=$(cd "$ROOT/usr/lib" && echo *-linux-gnu)
  rm -f "$link"
  cat >"$link" <<SCRIPT
#!/bin/sh
exec "$(echo "$ROOT"/usr/lib*/ld-linux*.so.*)" --library-path "$ROOT/usr/lib/$lib" "$program" "\$@"
SCRIPT
  chmod +x "$link"
  "$link" version --client >/dev/null 2>&1 || "$link" version >/dev/null 2>&1 || "$link" --version >/dev/null ||
    fail "$program does not run on this machine"
}

# A private DOCKER_CONFIG, so that nobody's ~/.docker is touched.
make_client() {
  local version
  mkdir -p "$CACHE/client" "$CACHE/bin"
  [ -e "$CACHE/client/config.json" ] || echo '{}' >"$CACHE/client/config.json"
  client /usr/libexec/docker/cli-plugins/docker-buildx "$CACHE/client/cli-plugins/docker-buildx"
  version=$(PATH=${PATH//"$CACHE/bin:"/} docker --version 2>/dev/null | sed 's/[^0-9]*\([0-9]*\).*/\1/' || true)
  if [ "${version:-0}" -ge 23 ]; then
    rm -f "$CACHE/bin/docker"
  else
    client /usr/bin/docker "$CACHE/bin/docker"
  fi
}
