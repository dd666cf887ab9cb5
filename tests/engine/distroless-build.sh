#!/bin/sh
# Run inside a Debian root of the right suite: distroless-build.sh DIRECTORY cc|debug RELEASE [ARCHITECTURE]. Lays out DIRECTORY as
# gcr.io/distroless/cc-debianRELEASE is: a few packages unpacked without their scripts, no shell, no package manager.
set -eux

out=$1 kind=$2 release=$3 arch=${4:-$(dpkg --print-architecture)}
umask 022
packages="base-files netbase tzdata media-types libc6 libgcc-s1 libgomp1 libstdc++6"
case $release in
  12) packages="$packages libssl3 gcc-12-base" ;;
  *) packages="$packages libssl3t64 gcc-14-base tzdata-legacy libzstd1 zlib1g" ;;
esac

work=$(mktemp -d)
cd "$work"
mkdir -p lists/partial
for_arch() {
  apt-get -q -o APT::Sandbox::User=root -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o Dir::State::lists="$work/lists" "$@"
}
for_arch update # the root's own lists may be old
# shellcheck disable=SC2086
for_arch download $packages
mkdir -p "$out/var/lib/dpkg/status.d" other
if [ "$release" -ge 13 ]; then # merged /usr since Debian 13
  mkdir -p "$out/usr/bin" "$out/usr/sbin" "$out/usr/lib" "$out/usr/lib64"
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$out/$name"; done
fi
for deb in *.deb; do
  name=$(dpkg-deb --field "$deb" Package)
  dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$out"
  dpkg-deb --field "$deb" >"$out/var/lib/dpkg/status.d/$name"
  dpkg-deb --info "$deb" md5sums >"$out/var/lib/dpkg/status.d/$name.md5sums" || rm -f "$out/var/lib/dpkg/status.d/$name.md5sums"
done
find "$out/usr/share/doc" -type f -not -name copyright -delete
find "$out/usr/share/doc" -type l -delete
rm -rf "$out/usr/share/man" "$out/usr/share/info" "$out/usr/share/lintian"
find "$out/usr/share" -type d -empty -delete

# The CA bundle, from the package's certificates.
cd other
for_arch download ca-certificates busybox-static
dpkg-deb -x ca-certificates_*.deb .
mkdir -p "$out/etc/ssl/certs"
cat usr/share/ca-certificates/mozilla/*.crt >"$out/etc/ssl/certs/ca-certificates.crt"

# What distroless writes itself instead of running maintainer scripts.
cat >"$out/etc/passwd" <<'TEXT'
root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
TEXT
printf '%s:x:%s:\n' root 0 tty 5 staff 50 nobody 65534 nonroot 65532 >"$out/etc/group"
printf '%s\n' 'passwd: files' 'group: files' 'shadow: files' 'hosts: files dns' 'networks: files' \
  'protocols: files' 'services: files' >"$out/etc/nsswitch.conf"
sed -i 's/^PRETTY_NAME=.*/PRETTY_NAME="Distroless"/' "$out/usr/lib/os-release"
mkdir -p "$out/root" "$out/home/nonroot" "$out/tmp"
chmod 0700 "$out/root" "$out/home/nonroot"
chmod 1777 "$out/tmp"
chown 65532:65532 "$out/home/nonroot"

if [ "$kind" = debug ]; then
  dpkg-deb -x busybox-static_*.deb .
  mkdir -p "$out/busybox"
  find . -path '*/bin/busybox' -type f -exec cp '{}' "$out/busybox/busybox" ';'
  for name in $("$out/busybox/busybox" --list); do
    [ "$name" = busybox ] || ln -s /busybox/busybox "$out/busybox/$name"
  done
fi
rm -rf "$work"
