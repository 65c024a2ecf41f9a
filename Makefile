# Two commands for a newcomer: `make up` and `make test`. They need Python 3.11 or newer and make.

PYTHON ?= python3
PORT ?= 8080
DATA ?= .efface
ARGS ?=

# One more than there are cores: tests wait for servers a fifth of their time.
PROCESSES = $(shell $(PYTHON) -c "import os; print(os.cpu_count() + 1)")

BIN := .venv/bin
CODE = $(wildcard service adapters migrations tests bench)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
# Extras are kept: pip 23 refuses a lock without them as soon as a newer release is out.
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-strip-extras \
	--no-header --no-annotate --quiet

FIGURES := build/figures.jsonl
PROVE = mkdir -p build; rm -f $(FIGURES); PROVE_FIGURES=$(CURDIR)/$(FIGURES)

# Without compiled files every start of efface, and of each process in the tests, takes seconds more.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup up test prove prove-long promises bench check static lock

help:  ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' Makefile

up: .venv/.runtime  ## Run efface with practice platforms: make up PORT=8080 DATA=.efface
	@exec $(BIN)/efface up --playground --port $(PORT) --data $(DATA)

test: .venv/.dev  ## Run the tests: make test ARGS='tests/domain -x'
	@$(BIN)/python -m pytest -n $(PROCESSES) $(ARGS)

bench: .venv/.bench  ## Measure how fast it is: make bench ARGS='--only lifecycle'
	@$(BIN)/python -m bench $(ARGS)

prove: .venv/.dev  ## Show every promise in full, in twenty minutes
	@$(PROVE) PROVE=full $(BIN)/python -m pytest -n 2 $(ARGS) tests/prove

prove-long: .venv/.dev  ## The same at length, in hours
	@$(PROVE) PROVE=long $(BIN)/python -m pytest -n 2 $(ARGS) tests/prove

promises: .venv/.dev  ## Put the figures of the last full run into docs/promises.md
	@$(BIN)/python -m tests.prove.page $(FIGURES) > build/promises.md
	@mv build/promises.md docs/promises.md

check: static test  ## What has to pass before a change goes in

setup: .venv/.dev  ## Install everything for development into .venv

static: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry .

lock: .venv/.dev  ## Choose dependency versions anew: make lock ARGS=--upgrade
	$(COMPILE) $(ARGS) --output-file requirements.lock
	$(COMPILE) $(ARGS) --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(COMPILE) $(ARGS) --extra mtproto --constraint requirements-dev.lock --output-file requirements-mtproto.lock
	$(COMPILE) $(ARGS) --group bench --constraint requirements-dev.lock --output-file requirements-bench.lock

# An install is done again only when its lock file has changed.
.venv/.runtime: requirements.lock | $(BIN)/efface
	@echo "Installing the packages in requirements.lock ..."
	@$(PIP) -r requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock | $(BIN)/efface
	@echo "Installing the packages in requirements-dev.lock ..."
	@$(PIP) -r requirements-dev.lock
	@touch $@ .venv/.runtime

.venv/.bench: requirements-bench.lock | .venv/.dev
	@echo "Installing the packages in requirements-bench.lock ..."
	@$(PIP) -r requirements-bench.lock
	@touch $@

# No build step: the checkout is put on the path of the environment, and the command into its bin.
$(BIN)/efface: | $(BIN)/python
	@pwd > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/efface.pth"
	@printf '%s\n' '#!/bin/sh' 'exec "$$(dirname "$$0")/python" -P -c "' 'import sys' \
		'from service.cli import main' 'sys.argv[0] = \"efface\"' 'sys.exit(main())" "$$@"' > $@
	@chmod +x $@

$(BIN)/python:
	@command -v $(PYTHON) > /dev/null \
		|| { echo "$(PYTHON) was not found. Install Python 3.11 or newer, or name one: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is too old: efface needs Python 3.11 or newer. Name one: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null \
		|| { echo "$(PYTHON) cannot make environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Making .venv ..."
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
