# Two commands are enough: `make run` and `make test`. Both set up what is missing first.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run demo test lint bench setup setup-tests setup-bench web docs lock clean

PORT ?= $(or $(ONEGRID_PORT),8000)
WORKERS ?= 2
PYTEST_ARGS ?=
unexport PYTHONDONTWRITEBYTECODE  # set on some build machines; without compiled files each start takes three times as long

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  PORT=8000 (run), WORKERS=2 and PYTEST_ARGS= (test), PYTHON=python3 (setup); docs/operations.md has the rest"

run demo: export ONEGRID_PORT := $(PORT)

run: demo  ## set up, do the main job on the sample city once, serve it on http://127.0.0.1:$PORT
	@exec .venv/bin/onegrid serve

demo: setup  ## the main job on the sample city, without serving
	@if [ -n "$${ONEGRID_DATABASE_URL:-}" ]; then .venv/bin/onegrid db upgrade; fi
	@.venv/bin/onegrid demo

test: setup-tests  ## set up, then the whole test suite
	@if [ -f web/package.json ]; then cd web && npm test --silent; fi
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

lint: setup  ## style, types and the direction of imports
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	@if [ -f web/package.json ]; then cd web && npm run lint --silent; fi

bench: setup-bench  ## all benchmarks against their peers (docs/performance.md); bench-division: one of them
	@.venv-bench/bin/python -m bench

bench-%: setup-bench
	@.venv-bench/bin/python -m bench $*

setup:  ## install what is missing, and nothing else
	@scripts/setup.sh

setup-tests:
	@scripts/setup.sh tests

setup-bench:
	@scripts/setup.sh bench

web: setup  ## build the page into app/static (setup does it when web/ changed)

docs: setup  ## write docs/paths.md and docs/commands.md anew from the code
	@.venv/bin/python -m scripts.reference

lock: setup  ## resolve pyproject.toml again into requirements.lock: versions and hashes, no addresses
	.venv/bin/python -m pip install -q uv
	scripts/lock.sh

clean:  ## stop the private database and remove what was installed and built; the data under var/ stay
	@if [ -x .venv/bin/onegrid ]; then .venv/bin/onegrid db stop || true; fi
	rm -rf .venv .venv-bench app/static web/node_modules web/src/shared/api/schema.d.ts .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
