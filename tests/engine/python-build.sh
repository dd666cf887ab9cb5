#!/bin/sh
# Run inside a fresh Debian root: python-build.sh VERSION. Compiles CPython from Debian's upstream tarball into /usr/local
# and leaves the root as the official python:X.Y-slim image is: run-time libraries only, no tests, no bytecode, apt usable.
set -eux

version=$1
libs=/usr/src/libs
export LC_ALL=C PYTHONDONTWRITEBYTECODE=1

apt-get install -y -q --no-install-recommends ca-certificates netbase tzdata
manual=$(apt-mark showmanual)

# As in the official image, _tkinter is compiled and its libraries are then left out.
apt-get install -y -q --no-install-recommends dpkg-dev gcc libbluetooth-dev libbz2-dev libc6-dev libdb-dev libffi-dev \
  libgdbm-dev liblzma-dev libncurses-dev libreadline-dev libsqlite3-dev libssl-dev make tk-dev uuid-dev xz-utils zlib1g-dev

# The upstream tarball alone: Debian's patches move site-packages.
mkdir -p /usr/src/python
cd /usr/src
if ! ls ./*.tar.?z >/dev/null 2>&1; then
  apt-get source -q --download-only -o APT::Sandbox::User=root "python$version" || {
    echo "no sources of Python $version here: put python.org's Python-$version.N.tar.xz in the folder 'sources' of the cache"
    exit 1
  }
  rm -f ./*.debian.tar.?z
fi
tar -x --strip-components=1 -C python -f ./*.tar.?z
cd python
arch=$(dpkg-architecture --query DEB_BUILD_GNU_TYPE)
./configure --quiet --build="$arch" --prefix=/usr/local --enable-shared --enable-loadable-sqlite-extensions \
  --enable-option-checking=fatal --with-ensurepip
ldflags="$(dpkg-buildflags --get LDFLAGS),--strip-all"
make -s -j "$(nproc)" "EXTRA_CFLAGS=$(dpkg-buildflags --get CFLAGS) -g0" "LDFLAGS=$ldflags"
rm python
# shellcheck disable=SC2016
make -s "EXTRA_CFLAGS=$(dpkg-buildflags --get CFLAGS) -g0" "LDFLAGS=$ldflags,-rpath='\$\$ORIGIN/../lib'" python
make -s install
ldconfig
find /usr/local -depth \( \
  \( -type d -a \( -name test -o -name tests -o -name idle_test \) \) -o \
  \( -type f -a \( -name '*.pyc' -o -name '*.pyo' -o -name 'libpython*.a' \) \) \) -exec rm -rf '{}' +
find /usr/local -depth -type d -name __pycache__ -exec rm -rf '{}' +
for name in idle3 pip3 pydoc3 python3 python3-config; do
  [ ! -e "/usr/local/bin/$name" ] || ln -sf "$name" "/usr/local/bin/$(echo "$name" | tr -d 3)"
done

# Keep the packages that own a library something in /usr/local loads, drop the rest.
find /usr/local -type f -executable -not -name '*tkinter*' -exec ldd '{}' ';' 2>/dev/null |
  awk '/=>/ && $(NF-1) != "not" { print $(NF-1) }' | sort -u | sed 's#.*/#*/#' >"$libs"
apt-mark auto '.*' >/dev/null
# shellcheck disable=SC2086
apt-mark manual $manual
xargs -r dpkg-query --search <"$libs" 2>/dev/null | grep -v '^diversion' | cut -d: -f1 | tr -d ',' | sort -u |
  xargs -r apt-mark manual
apt-get purge -y -q --auto-remove -o APT::AutoRemove::RecommendsImportant=false
cd /
rm -rf /usr/src/*
ldconfig

python3 -c 'import bz2, ctypes, curses, dbm.gnu, hashlib, lzma, readline, sqlite3, ssl, uuid, zlib'
python3 -m pip --version
