# Staffetta's commands. `make` alone lists them; each can be run again at any time and does only what is missing.
# The scripts in tests/setup/ hold what takes more than a line.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# The paths below are those of this checkout, wherever somebody lets cargo put what it builds elsewhere.
unexport CARGO_TARGET_DIR CARGO_BUILD_TARGET_DIR CARGO_BUILD_TARGET

PREFIX ?= /usr/local
DESTDIR ?=
BENCH ?=
CARGO ?= cargo

STAFFETTA := target/release/staffetta
# Every folder in plugins/ that has a manifest: there is no list of names.
PLUGINS := $(patsubst plugins/%/plugin.yaml,%,$(wildcard plugins/*/plugin.yaml))
DEMO := target/demo/preview.html

say = @printf '==> %s\n' "$(1)" >&2

.PHONY: help setup servers build plugins guests demo demo-reset test test-fast test-plugins bench lint format install uninstall clean

help: ## List the commands
	@printf 'make demo    a real article and a folder of posts on six networks: two commands need nothing else\n'
	@printf 'make test    everything is tested, against real servers too\n\n'
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Set up the toolchain that compiles plugins
	@tests/setup/wasm.sh

servers: ## Set up the real servers that tests talk to
	@tests/setup/servers.sh

build: ## Build the program: target/release/staffetta
	$(call say,Building staffetta; the first time takes some minutes)
	@$(CARGO) build --release --locked --package staffetta

plugins: setup build ## Build the plugins that come with it
	$(call say,Building the plugins: $(PLUGINS))
	@$(STAFFETTA) plugin build $(PLUGINS)

guests: setup build ## Build them and the plugins that exist for tests
	$(call say,Building all plugins and those of the tests)
	@$(STAFFETTA) plugin build

demo: plugins ## Show and run pipelines/demo.yaml
	@mkdir -p $(dir $(DEMO))
	$(call say,Preview: what each network would get)
	@$(STAFFETTA) -C pipelines preview demo --all --html $(abspath $(DEMO))
	$(call say,Run: pipelines/demo.yaml)
	@$(STAFFETTA) -C pipelines run demo
	@printf '\nThe page with every post as every network gets it: %s\nThe posts, ready to be put out:                    %s\n' \
	    '$(DEMO)' 'pipelines/outbox/'

demo-reset: ## Forget what the demo posted
	$(call say,Removing pipelines/.staffetta and pipelines/outbox)
	@rm -rf pipelines/.staffetta pipelines/outbox target/demo

test: servers guests ## Test everything
	$(call say,Testing with the real servers)
	@tests/setup/test.sh

test-fast: guests ## Test what needs no server
	$(call say,Testing without servers)
	@tests/setup/test.sh --profile fast

test-plugins: ## Test the plugins' own logic, without WebAssembly
	$(call say,Testing the plugins)
	@tests/setup/test.sh --plugins

bench: guests ## Measure speed and memory; BENCH='--large scale' chooses
	$(call say,Measuring; other work on this machine shows in the figures)
	@$(CARGO) run --release --locked --quiet --package staffetta-bench -- $(BENCH)

lint: ## Check formatting, clippy, licences and the dependencies' sources
	$(call say,Formatting)
	@$(CARGO) fmt --all --check
	@$(CARGO) fmt --all --check --manifest-path plugins/Cargo.toml
	$(call say,Clippy: the program)
	@$(CARGO) clippy --release --locked --workspace --all-targets --quiet -- -D warnings
	$(call say,Clippy: the plugins)
	@$(CARGO) clippy --locked --workspace --all-targets --quiet --manifest-path plugins/Cargo.toml -- -D warnings
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
	    printf '==> Licences, bans and sources\n' >&2; \
	    $(CARGO) deny --workspace check --hide-inclusion-graph licenses bans sources; \
	    $(CARGO) deny --manifest-path plugins/Cargo.toml --workspace --config deny.toml check --hide-inclusion-graph licenses bans sources; \
	else \
	    printf '==> NOT CHECKED: licences, bans and sources. cargo-deny is missing: cargo install --locked cargo-deny\n' >&2; \
	fi

format: ## Format the sources
	@$(CARGO) fmt --all
	@$(CARGO) fmt --all --manifest-path plugins/Cargo.toml

install: ## Install to PREFIX (/usr/local), under DESTDIR
	+@tests/setup/install.sh "$(DESTDIR)$(PREFIX)"

uninstall: ## Remove what install put there
	+@tests/setup/install.sh --remove "$(DESTDIR)$(PREFIX)"

clean: ## Remove everything that was built
	$(call say,Removing target and plugins/target)
	@rm -rf target plugins/target
