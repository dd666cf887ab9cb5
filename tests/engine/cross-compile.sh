#!/bin/sh
# Run inside a root of Debian sid: cross-compile.sh PROFILE. Compiles the programs of the frontend image for arm64 from /src with Debian's
# Rust, whose library for that machine is a package; into /target, which is kept. Nothing of that machine is run.
set -eu

profile=$1
export DEBIAN_FRONTEND=noninteractive
if ! [ -e /usr/lib/rustlib/aarch64-unknown-linux-gnu/lib ]; then
  dpkg --add-architecture arm64
  apt-get update -q -o Acquire::Check-Valid-Until=false # mirrors lag behind sid
  apt-get install -y -q --no-install-recommends cargo rustc gcc libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross libstd-rust-dev:arm64
fi
cd /src
export CARGO_HOME=/cargo CARGO_NET_OFFLINE=true CARGO_TARGET_DIR=/target RUSTFLAGS="-C target-feature=+crt-static -C relocation-model=static"
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
cargo build --profile starter --locked --package distil-start --package distil-serve --target aarch64-unknown-linux-gnu
cargo build --profile "$profile" --locked --bin distil --target aarch64-unknown-linux-gnu
