# The frontend image: the program, and those that ship in images, which start services that say `before-start`, check the
# health of services without an interpreter, and serve static sites; all static, on nothing.
#
# Everywhere: docker buildx build -t distil/distil:1 .
# Release:    docker buildx build --platform linux/amd64,linux/arm64 -t distil/distil:1 --push .
#             (compiled natively for both; nothing runs under emulation)
# `make image` puts binaries that cargo built here in the place of the `build` stage: --build-context build=FOLDER,
# in a folder for each platform, as FOLDER/amd64.

FROM --platform=$BUILDPLATFORM rust:1.95-slim-trixie AS build
ARG TARGETARCH
RUN apt-get update && apt-get install -y --no-install-recommends gcc-aarch64-linux-gnu gcc-x86-64-linux-gnu libc6-dev-arm64-cross libc6-dev-amd64-cross
WORKDIR /src
COPY . .
ENV RUSTFLAGS="-C target-feature=+crt-static -C relocation-model=static" \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=x86_64-linux-gnu-gcc \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=aarch64-linux-gnu-gcc \
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER=x86_64-linux-gnu-gcc
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target,id=distil-$TARGETARCH <<'RUST'
  set -eu
  case $TARGETARCH in
    arm64) machine=aarch64 ;;
    amd64) machine=x86_64 ;;
    *) echo "no recipe for $TARGETARCH" >&2; exit 1 ;;
  esac
  # musl makes the small ones a third of what it would be with glibc.
  rustup target add "$machine-unknown-linux-gnu" "$machine-unknown-linux-musl"
  cargo build --release --locked --bin distil --target "$machine-unknown-linux-gnu"
  cargo build --profile starter --locked --package distil-start --package distil-serve --target "$machine-unknown-linux-musl"
  mkdir "/$TARGETARCH"
  cp "target/$machine-unknown-linux-gnu/release/distil" \
    "target/$machine-unknown-linux-musl/starter/distil-start" "target/$machine-unknown-linux-musl/starter/distil-probe" \
    "target/$machine-unknown-linux-musl/starter/distil-serve" "/$TARGETARCH"
RUST

FROM scratch
LABEL org.opencontainers.image.title="distil" \
      org.opencontainers.image.description="A BuildKit frontend that turns a small YAML spec of a service into a small, safe, reproducible image" \
      moby.buildkit.frontend.network.none="true" \
      moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring"
ARG TARGETARCH
COPY --from=build /$TARGETARCH/distil /$TARGETARCH/distil-start /$TARGETARCH/distil-probe /$TARGETARCH/distil-serve /
ENTRYPOINT ["/distil", "frontend"]
