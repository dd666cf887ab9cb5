#!/bin/sh
# Run inside a Debian root: foreign-python.sh DIRECTORY ARCHITECTURE VERSION. Lays out DIRECTORY as python:VERSION-slim is for another
# machine: Debian's own packages unpacked without their scripts, and Python moved to /usr/local, where it finds its library by itself.
# Nothing of that machine is run, so that no emulator is needed.
set -eux

out=$1 arch=$2 version=$3
umask 022
work=$(mktemp -d)
mkdir -p "$work/lists/partial" "$work/archives/partial"
: >"$work/status"
for_arch() {
  apt-get -q -y -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o Dir::State::lists="$work/lists" \
    -o Dir::State::status="$work/status" -o Dir::Cache::archives="$work/archives" -o APT::Sandbox::User=root "$@"
}
for_arch update
for_arch install --download-only --no-install-recommends "python$version" base-files ca-certificates netbase tzdata libstdc++6 libgomp1

mkdir -p "$out/usr/bin" "$out/usr/sbin" "$out/usr/lib" "$out/usr/lib64" "$out/var/lib/dpkg/info" "$out/usr/local/bin" "$out/usr/local/lib"
for name in bin sbin lib lib64; do ln -s "usr/$name" "$out/$name"; done
for deb in "$work"/archives/*.deb; do
  package=$(dpkg-deb --field "$deb" Package)
  info=$out/var/lib/dpkg/info/$package
  [ "$(dpkg-deb --field "$deb" Multi-Arch)" != same ] || info=$info:$arch
  dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$out"
  dpkg-deb --fsys-tarfile "$deb" | tar -t | sed -e 's/^\.//' -e 's#/$##' -e 's#^$#/.#' >"$info.list"
  dpkg-deb --info "$deb" md5sums >"$info.md5sums" || rm -f "$info.md5sums"
  dpkg-deb --field "$deb" | sed 's/^Package: .*/&\nStatus: install ok installed/' >>"$out/var/lib/dpkg/status"
  echo >>"$out/var/lib/dpkg/status"
done
mkdir -p "$out/etc/ssl/certs" "$out/tmp" "$out/root"
cat "$out"/usr/share/ca-certificates/mozilla/*.crt >"$out/etc/ssl/certs/ca-certificates.crt"
chmod 1777 "$out/tmp"

# Its library, without what the official image leaves out as well.
mv "$out/usr/lib/python$version" "$out/usr/local/lib/"
mv "$out/usr/bin/python$version" "$out/usr/local/bin/"
ln -s "python$version" "$out/usr/local/bin/python3"
ln -s python3 "$out/usr/local/bin/python"
find "$out/usr/local/lib/python$version" -depth -name __pycache__ -exec rm -rf '{}' +
rm -rf "$out"/usr/share/doc/*/[!c]* "$out"/usr/share/man "$out"/usr/share/locale "$out"/usr/share/lintian "$work"
mkdir -p "$out/usr/local/lib/python$version/site-packages"
