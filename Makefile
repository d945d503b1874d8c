# Edgeward's make targets. `make demo` and `make test` need Python 3.11 or later and make, nothing else:
# the first run fills .venv from the hash-locked lists in requirements/, later runs only look at the stamps.

VENV := .venv
BIN := $(VENV)/bin
# Two stamps, because a user of `make demo` need not wait for the tools and for Ray.
RUN := $(VENV)/.installed-run
DEV := $(VENV)/.installed-dev
UNFINISHED := $(VENV)/.unfinished
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS ?=

# A missing, broken or moved .venv (its scripts carry the path of the folder) is made anew.
SOUND := $(shell $(BIN)/python -c '' 2>/dev/null && grep -qF '$(CURDIR)/$(VENV)/bin' $(BIN)/edgeward 2>/dev/null && echo yes)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup demo test check lint types slow cluster-test cluster cluster-demo golden bench lock clean again

help: ## show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(DEV) ## install everything that developing needs into .venv
	@echo "edgeward: $(VENV) is ready"

demo: $(RUN) ## the whole loop on this machine: a table and a report to look at (ARGS="…" goes to the command)
	@$(BIN)/edgeward demo $(ARGS)

test: $(DEV) ## run the tests (ARGS="-k word" chooses some)
	@$(BIN)/python -m pytest $(ARGS)

check: lint types test ## everything that must be green before a commit

lint: $(DEV) ## style, format and the arrows between packages
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "format: run $(BIN)/ruff format" >&2; exit 1; }
	@$(BIN)/lint-imports --no-logo

types: $(DEV) ## mypy, strict
	@$(BIN)/mypy

slow: $(DEV) ## run the tests that take minutes: all published runs on the real data
	@$(BIN)/python -m pytest -m slow $(ARGS)

cluster-test: $(DEV) ## run the tests on a real control plane; needs Go, and builds it first (about 6 minutes, once)
	@$(BIN)/python -m pytest -m cluster tests/cluster $(ARGS)

cluster: $(DEV) ## a running cluster with sites and GPUs to play with, and its kubeconfig, until Ctrl-C
	@$(BIN)/python -m tests.cluster $(ARGS)

cluster-demo: $(DEV) ## the autoscaler's ladder on a real control plane, beside the real HPA, told as it happens (2 minutes)
	@$(BIN)/python -m tests.cluster.autoscaling.demo

golden: $(DEV) ## remake the golden files of whole simulations; read the diff before committing it
	@$(BIN)/python -m pytest -m golden --remake-golden $(ARGS)

bench: $(DEV) ## measure speed as ratios within one run
	@$(BIN)/python -m tests.bench $(ARGS)

mutants: $(DEV) ## change the planner in thousands of small ways and see whether a test fails (ARGS="ladder" chooses files)
	@$(BIN)/python -m tests.mutants $(ARGS)

# uv resolves for every Python and platform at once, which pip alone cannot; it lives only in a scratch folder.
LOCK = "$$scratch/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade --native-tls \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links
lock: ## resolve requirements/*.txt anew from pyproject.toml
	@set -e; scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; \
	$(find_python); "$$python" -m venv "$$scratch"; "$$scratch/bin/python" -m pip --disable-pip-version-check --quiet install uv; \
	$(LOCK) pyproject.toml -o requirements/run.txt; \
	$(LOCK) --group build -c requirements/run.txt -o requirements/build.txt; \
	$(LOCK) pyproject.toml --extra ray --group build --group dev -c requirements/run.txt -c requirements/build.txt -o requirements/dev.txt

clean: ## remove .venv, caches and what was built
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# --- how .venv is filled ---------------------------------------------------------------------------------------------

# Sets $python to PYTHON if given, else to the first of the usual names that is new enough.
define find_python
python=; for each in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
  if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then python=$$each; break; fi; done; \
if [ -z "$$python" ]; then \
  echo "edgeward: needs Python 3.11 or later, found none as $(or $(PYTHON),python3); install it or say make PYTHON=/path/to/python3.11" >&2; exit 1; fi; \
if ! "$$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then \
  echo "edgeward: $$python lacks venv or ensurepip; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; fi
endef

# The mark says that an installation is under way; one that was cut off leaves it, and the next run starts from nothing.
define install
set -e; touch $(UNFINISHED); $(PIP) install --require-hashes $(1); \
$(PIP) install --no-deps --no-build-isolation --editable .; rm $(UNFINISHED); touch $@
endef

$(RUN): pyproject.toml requirements/run.txt requirements/build.txt $(if $(SOUND),,again)
	@set -e; if [ -z "$(SOUND)" ] || [ -e $(UNFINISHED) ]; then $(find_python); \
	  echo "edgeward: making $(VENV) with the libraries it needs; this takes about a minute" >&2; \
	  "$$python" -m venv --clear $(VENV); \
	else echo "edgeward: bringing $(VENV) up to date" >&2; fi
	@$(call install,-r requirements/run.txt -r requirements/build.txt)

$(DEV): $(RUN) requirements/dev.txt
	@[ -e $@ ] || echo "edgeward: adding the tools for tests and checks; this takes about a minute" >&2
	@$(call install,-r requirements/dev.txt)

again:
