# make run    the demo on this machine: a commune with made-up people, http://127.0.0.1:8000
# make serve  production on one machine; settings from the environment or ENV_FILE
# make test   every check, and every test but the long ones (make test-all: those too, and all over both engines)
# make load PROFILE=commune|city   load at a rate, bursts at both ends, everything counted again (LOAD_MINUTES, LOAD_SCALE)
# PORT and DATABASE_URL override.

# What is started compiles the product once, not anew each time.
unexport PYTHONDONTWRITEBYTECODE

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
TEST_WORKERS ?= 3
TESTS ?= tests
CHOSEN := not faults and not apart

.PHONY: help run serve install install-dev check test test-all asked faults bench bench-growth load sbom audit fuzz paper screenshots lock clean

help:
	@sed -n '1,/^$$/s/^# //p' Makefile

install:
	@deploy/install.sh requirements.txt

install-dev:
	@deploy/install.sh requirements-dev.txt

run: install
	@exec $(PYTHON) -m deploy.serve demo

serve: install
	@exec $(PYTHON) -m deploy.serve production

check: install-dev
	@.venv/bin/ruff check .
	.venv/bin/ruff format --check --quiet .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/bandit --quiet --configfile pyproject.toml --recursive quiz_app question_bank deploy wsgi.py
	$(PYTHON) -m question_bank check

# The checks run beside the tests, one core each at first. Test databases lie in memory where it holds them: what a
# power cut would leave is asked by no test, and to write it to a disk takes longer than to test it.
test: install-dev
	@deploy/chromium.sh
	free=$$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1 || true)
	[ "$${free:-0}" -lt 4000000 ] || export TMPDIR=/dev/shm
	export TMPDIR=$$(mktemp -d)
	chmod 711 "$$TMPDIR"
	trap 'kill $$(jobs -p) 2>/dev/null || true; rm -rf "$$TMPDIR"' EXIT
	$(MAKE) check &
	$(PYTHON) -m pytest $(TESTS) -m "$(CHOSEN)" -n $(TEST_WORKERS) --dist worksteal -q
	wait $$!

test-all:
	@$(MAKE) test CHOSEN="not faults"

# Writes tests/asked_beside.txt anew: what `make test` need not ask of PostgreSQL twice.
asked: install-dev
	@ASK_ANEW=1 $(PYTHON) -m pytest $(TESTS) -m "$(CHOSEN)" -k "postgresql and not browser" -n $(TEST_WORKERS) --dist worksteal -q

faults: install-dev
	@deploy/nginx.sh
	rm -f faults.json
	$(PYTHON) -m pytest tests/faults -m faults -q -n $(TEST_WORKERS) --dist worksteal

# So many requests to each method of each endpoint, on each engine: more than 20,000 on either.
FUZZ_CASES ?= 42
FUZZ_ENGINES ?= sqlite postgresql
fuzz: install-dev
	@for engine in $(FUZZ_ENGINES); do
	    FUZZ_CASES=$(FUZZ_CASES) FUZZ_ENGINE=$$engine $(PYTHON) -m pytest tests/architecture/test_hostile.py \
	        -m "" -k product_fail -q -rP --show-capture=stdout
	done

bench: install-dev
	@$(PYTHON) -m tests.load.bench

bench-growth: install-dev
	@$(PYTHON) -m tests.load.growth

PROFILE ?= commune
load: install-dev
	@$(PYTHON) -m tests.load.load $(PROFILE)

# A file for whoever installs the product (test-results/sbom.json), and the page of licences in docs.
sbom: install-dev
	@mkdir -p test-results
	.venv/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible -o test-results/sbom.json $(PYTHON)
	$(PYTHON) -m deploy.supply licences

# Asks AUDIT_SOURCE whether an advisory names a pinned package; fails where it could not be asked.
audit: install-dev
	@$(PYTHON) -m deploy.supply audit

paper: install-dev
	@$(PYTHON) -m docs.make_report_pictures

screenshots: install-dev
	@deploy/chromium.sh
	$(PYTHON) -m docs.make_screenshots

lock: install-dev
	@for list in requirements requirements-dev; do
	    CUSTOM_COMPILE_COMMAND="make lock" $(PYTHON) -m piptools compile --quiet --allow-unsafe --generate-hashes \
	        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --strip-extras $$list.in -o $$list.txt
	done

clean:
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
