# The project's commands; `make` lists them. Those that need something (an engine, base images, the frontend image) set it up
# first and use again what is there; tests/engine/README.md says how.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help image engine pythons nodes engine-down demo test unit bench lint lint-format lint-code lint-docs clean rust

# CI, and whoever asks for it, keeps compiled code outside the checkout, so that a new checkout starts warm.
ifneq ($(filter true,$(CI))$(DISTIL_SHARED_TARGET),)
export CARGO_TARGET_DIR ?= $(or $(DISTIL_CACHE),$(HOME)/.cache/distil-dev)/target
endif

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: rust ## Build the example service, run it and call it
	@tests/demo

test: unit engine pythons nodes image ## Run every test, those on a real engine with both image stores included
	@tests/engine/leftovers --remove
	cargo test --locked --test tests -- --include-ignored engine
	@tests/engine/leftovers
	tests/engine/uv cargo test --locked --lib lock -- --ignored
	tests/peers/run
	tests/managers/run

unit: rust ## Run the tests that need no engine
	cargo test --locked --workspace --no-fail-fast

# ONLY=fastapi,plain: these cases alone, without writing the page. STORE=classic: on the other image store.
bench: engine image ## Compare images and builds with best-practice Dockerfiles and write docs/benchmarks.md
	@benches/syntax/image $(or $(STORE),containerd)
	cargo bench --locked --quiet --profile dev --bench bench -- $(if $(STORE),--store $(STORE)) $(if $(ONLY),--only $(ONLY))

lint: lint-format lint-code lint-docs ## Check format, lints and documentation
lint-format: rust
	cargo fmt --all --check
lint-code: rust
	cargo clippy --locked --workspace --all-targets -- -D warnings
lint-docs: rust
	RUSTDOCFLAGS=-Dwarnings cargo doc --locked --workspace --no-deps --document-private-items

# PLATFORMS=linux/amd64,linux/arm64: for both, in engines with containerd's image store.
image: ## Build the frontend image distil/distil:1 and load it into the engine
	@DISTIL_PLATFORMS=$(PLATFORMS) tests/engine/frontend

engine: ## Provide a Docker engine, your own or private ones, and the base images
	@tests/engine/up
	@tests/engine/images

# Other Pythons than the demo's. 3.14 is newer than Debian's stable releases, and its sources are not on every mirror; the
# tests that need it say so when it is not there.
pythons:
	@tests/engine/images --python 3.11
	@tests/engine/images --python 3.14 || echo "engine: without Python 3.14 the tests on it are skipped"

# The Node that the examples and the tests are built on.
nodes:
	@tests/engine/images --node 24

engine-down: ## Stop the private engines
	@tests/engine/down

clean: ## Remove what cargo has built
	cargo clean

rust:
	@cargo --version >/dev/null 2>&1 || { \
	  echo "error: there is no Rust here, and 1.89 or newer is needed. Either of these installs it:" >&2; \
	  echo "  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh" >&2; \
	  echo "  apt install rustup gcc && rustup default stable   # Debian 13, Ubuntu 24.04 and newer" >&2; \
	  exit 1; }
