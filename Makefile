# Alignscope: make app | make test | make test-long | make check | make bench | make fuzz | make strings
# Each target does its own set-up; what is needed beforehand: Python 3.11 or newer, and git.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# make app HOST=192.168.1.5 opens the app to a network under that address; NAME adds another name that visitors type.
HOST ?= 127.0.0.1
PORT ?= 8501
NAME ?=

# The first Python that is new enough; make app PYTHON=/path/to/python overrules.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
RUN := $(VENV)/bin/python
# Set-up is done when this file exists: its name changes with what must be installed.
READY := $(VENV)/.ready-$(shell cat requirements.txt pyproject.toml | cksum | cut -d' ' -f1)
BENCH := .venv-bench
BENCH_READY := $(BENCH)/.ready-$(shell cat requirements.txt pyproject.toml tests/benchmarks/*.txt 2>/dev/null | cksum | cut -d' ' -f1)

find_browser = $$(command -v "$${CHROMIUM:-}" chromium chromium-browser google-chrome 2>/dev/null | head -n 1)

.PHONY: help app test test-long check bench fuzz strings setup browser

help:
	@sed -n '1,2s/^# //p' Makefile

define make_environment
	@test -n "$(PYTHON)" || { echo "Alignscope needs Python 3.11 or newer; install it, or name one: make app PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(1)/bin/python || { echo "Making $(1) with $$($(PYTHON) -V)"; $(PYTHON) -m venv $(1) || { rm -rf $(1); exit 1; }; }
endef

$(READY):
	$(call make_environment,$(VENV))
	@echo "Installing the pinned requirements (some minutes the first time)"
	@$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.ready-* && touch $@

setup: $(READY)

app: $(READY)
	@hosts="--server.allowedHosts 127.0.0.1 --server.allowedHosts localhost"; \
	for name in $(HOST) $(NAME); do hosts="$$hosts --server.allowedHosts $$name"; done; \
	exec $(RUN) -m streamlit run webapp/server.py --server.address $(HOST) --server.port $(PORT) $$hosts

check: $(READY)
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy

test: $(READY) browser
	OMP_NUM_THREADS=1 $(RUN) -m pytest -q -n 2 --ignore=tests/browser --ignore=tests/benchmarks
	OMP_NUM_THREADS=1 $(RUN) -m pytest -q tests/browser

# What is marked long and nothing else: many seeds, many kills, every model folder; then the fuzz at a tenth.
# Where none of the browser tests is long, pytest ends with 5.
test-long: $(READY) browser
	OMP_NUM_THREADS=1 $(RUN) -m tests.fuzz --share 0.1
	OMP_NUM_THREADS=1 $(RUN) -m pytest -q -m long --timeout 600 tests/browser || [ $$? = 5 ]
	OMP_NUM_THREADS=1 $(RUN) -m pytest -q -m long --timeout 600 -n 2 --ignore=tests/browser --ignore=tests/benchmarks

# The tests that drive the app need a Chromium. Root on a Debian or Ubuntu gets one; others are told what to install.
browser:
	@if [ -z "$(find_browser)" ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing chromium and fonts for the browser tests"; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
				chromium fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji >/dev/null; \
		fi; \
		[ -n "$(find_browser)" ] || echo "No Chromium found: the browser tests are skipped; install 'chromium' or set CHROMIUM=/path/to/it."; \
	fi

$(BENCH_READY): tests/benchmarks/requirements.txt tests/benchmarks/rivals.txt
	$(call make_environment,$(BENCH))
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r tests/benchmarks/requirements.txt
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r tests/benchmarks/rivals.txt
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@rm -f $(BENCH)/.ready-* && touch $@

# make bench PARTS="latency memory" measures some of it; nothing else should run on the machine.
bench: $(BENCH_READY) $(READY)
	$(BENCH)/bin/python -m tests.benchmarks $(PARTS)

# make fuzz COUNTS="--texts 100 --files 0 --models 0 --seed 7" runs other texts, files and models, or fewer.
fuzz: $(READY)
	OMP_NUM_THREADS=1 $(RUN) -m tests.fuzz $(COUNTS)

strings: $(READY)
	$(RUN) -m webapp.i18n
