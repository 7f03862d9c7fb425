# Every command that CI runs is a target here. `make demo` and `make test` set up all they need.
PYTHON ?= python3
VENV   := $(CURDIR)/.venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
LOCAL  := $(CURDIR)/.local

.PHONY: help setup engine kubernetes env demo demo-kubernetes test test-fast check format bench wheel clean

help:            ## this list
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 18

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "set-up: $(PYTHON) is not on PATH; install Python 3.11 or newer (or: make PYTHON=/path/to/python3.11)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "set-up: $$($(PYTHON) --version) is too old; install Python 3.11 or newer (or: make PYTHON=/path/to/python3.11)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "set-up: this Python has no ensurepip; install its venv package (on Debian: python3-venv)"; exit 1; }
	@echo "set-up: making the virtual environment in .venv ..." >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

setup: $(READY) engine  ## virtual environment and Pulumi engine

engine:          ## a real Pulumi engine: the one on PATH, else built once into the cache
	@$(PYTHON) tools/engine/install.py >/dev/null

kubernetes: $(READY)  ## a real Kubernetes control plane: KUBEBUILDER_ASSETS, else built once into the cache
	@$(BIN)/python tools/kubernetes.py >/dev/null

env: setup       ## prints what puts all of it on PATH: eval "$$(make -s env)"
	@$(BIN)/python tools/env.py

demo: setup      ## the main job: pulumi up of the Hello Universe story against the local Palette
	@$(BIN)/python tools/run.py $(BIN)/python tools/demo.py

demo-kubernetes: setup kubernetes  ## a cluster with a real Kubernetes control plane, from its profile to kubectl
	@$(BIN)/python tools/run.py $(BIN)/python tools/demo_kubernetes.py

test: setup      ## all tests, with the real engine and real control planes (skipped where they can't be built, but for CI)
	@$(BIN)/python tools/kubernetes.py >/dev/null || test -z "$$CI"
	@$(BIN)/python tools/run.py $(BIN)/pytest -n auto

test-fast: $(READY)  ## tests without the engine
	@$(BIN)/pytest -n auto -m "not engine"

check: $(READY)  ## lint, format, types (strict), import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy palette_sdk tests tools
	@for program in examples/*/__main__.py examples/*/*/__main__.py examples/*/promote.py; do $(BIN)/mypy --no-error-summary "$$program" || exit 1; done
	@$(BIN)/lint-imports

format: $(READY) ## format and fix what can be fixed
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup     ## figures against a do-nothing provider, as ratios, and API calls counted
	@$(BIN)/python tools/run.py $(BIN)/python tools/bench.py

wheel: $(READY)  ## the wheel, in dist/
	@$(BIN)/python -m build --wheel

clean:           ## stops the demo's local Palette and removes what was made here (the engine's cache stays)
	@if [ -x $(BIN)/palette ]; then for data in palette palette-kubernetes; do $(BIN)/palette local stop --data-dir $(LOCAL)/$$data >/dev/null 2>&1 || true; done; fi
	rm -rf $(VENV) $(LOCAL) build dist *.egg-info
