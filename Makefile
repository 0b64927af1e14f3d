# Alignscope: make app | make test | make test-long | make check | make bench | make fuzz | make lock | make strings
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
PIP_INSTALL := pip install --quiet --disable-pip-version-check
# Set-up is done when this file exists: its name changes with what must be installed.
PINNED := requirements.txt requirements.lock requirements-torch.lock pyproject.toml
READY := $(VENV)/.ready-$(shell cat $(PINNED) | cksum | cut -d' ' -f1)
BENCH := .venv-bench
BENCH_READY := $(BENCH)/.ready-$(shell cat $(PINNED) tests/benchmarks/*.txt 2>/dev/null | cksum | cut -d' ' -f1)

# The browser component is checked by tools of npm, where there is Node.js to run them.
JS := tests/js
JS_READY := $(JS)/node_modules/.ready-$(shell cat $(JS)/package-lock.json | cksum | cut -d' ' -f1)
JS_FILES := webapp/components $(JS)
node_will_do = command -v npm >/dev/null && node -e \
	'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null

find_browser = $$(command -v "$${CHROMIUM:-}" chromium chromium-browser google-chrome 2>/dev/null | head -n 1)

.PHONY: help app test test-long check bench fuzz lock strings setup browser javascript check-javascript

help:
	@sed -n '1,2s/^# //p' Makefile

define make_environment
	@test -n "$(PYTHON)" || { echo "Alignscope needs Python 3.11 or newer; install it, or name one: make app PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(1)/bin/python || { echo "Making $(1) with $$($(PYTHON) -V)"; $(PYTHON) -m venv $(1) || { rm -rf $(1); exit 1; }; }
endef

# What is installed must be the very files that requirements.lock names by their hashes. The build of PyTorch is the one
# that pip's own settings lead to: the usual one by its hashes too, another (2.13.0+cpu, say) by its version alone.
TORCH := $(shell sed -n '/^torch==/p' requirements.txt)
BUILDS := import json, sys; print(*(each["metadata"]["version"] for each in json.load(sys.stdin)["install"]))
define install_locked
	@$(1) --no-deps --require-hashes -r requirements.lock
	@build=$$($(1) --no-deps --dry-run --report - $(TORCH) | $(PYTHON) -c '$(BUILDS)') || exit 1; \
	case "$$build" in \
		"") ;; \
		*+*) echo "PyTorch $$build, which requirements-torch.lock holds no hash of"; $(1) "torch==$$build" ;; \
		*) $(1) --no-deps --require-hashes -r requirements-torch.lock ;; \
	esac
	@$(1) --no-deps --no-build-isolation -e .
endef

$(READY):
	$(call make_environment,$(VENV))
	@echo "Installing the pinned requirements (some minutes the first time)"
	$(call install_locked,$(RUN) -m $(PIP_INSTALL))
	@rm -f $(VENV)/.ready-* && touch $@

setup: $(READY)

app: $(READY)
	@hosts="--server.allowedHosts 127.0.0.1 --server.allowedHosts localhost"; \
	for name in $(HOST) $(NAME); do hosts="$$hosts --server.allowedHosts $$name"; done; \
	exec $(RUN) -m streamlit run webapp/server.py --server.address $(HOST) --server.port $(PORT) $$hosts

check: $(READY) check-javascript
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(RUN) -m pytest -q tests/test_lock.py

# Node.js is asked for nothing else, so a machine without it, or without a way to npm's registry, goes without these.
javascript:
	@if ! { $(node_will_do); }; then \
		echo "No Node.js 20.19 or newer with npm: the checks of the JavaScript and of accessibility are skipped."; \
	elif [ ! -e $(JS_READY) ]; then \
		(cd $(JS) && npm ci --ignore-scripts --silent && rm -f node_modules/.ready-* && touch $(CURDIR)/$(JS_READY)) || \
			echo "npm could not install $(JS)/package-lock.json: the checks of the JavaScript and of accessibility are skipped."; \
	fi

check-javascript: javascript
	@if [ -e $(JS_READY) ] && { $(node_will_do); }; then set -e; \
		echo "prettier, eslint and the unit tests of $(JS_FILES)"; \
		node $(JS)/node_modules/prettier/bin/prettier.cjs --config $(JS)/.prettierrc.json --ignore-path $(JS)/.prettierignore --check $(JS_FILES); \
		node $(JS)/node_modules/eslint/bin/eslint.js --config $(JS)/eslint.config.js $(JS_FILES); \
		node --test --test-reporter=dot $(JS)/*.test.js; \
	fi

# The engine's tests check the shape of every tensor that goes in or out, which takes as long as the work itself; those
# of the pages ask what is shown.
NO_SHAPES := --jaxtyping-packages=

test: $(READY) browser javascript
	OMP_NUM_THREADS=1 $(RUN) -m pytest -q -n 2 --ignore=tests/webapp --ignore=tests/browser --ignore=tests/benchmarks
	OMP_NUM_THREADS=1 $(RUN) -m pytest -q -n 2 $(NO_SHAPES) tests/webapp tests/browser

# What is marked long and nothing else: many seeds, many kills, every model folder; before it the fuzz at a tenth.
test-long: $(READY) browser javascript
	OMP_NUM_THREADS=1 $(RUN) -m tests.fuzz --share 0.1 --untimed
	OMP_NUM_THREADS=1 $(RUN) -m pytest -q -n 2 -m long --timeout 600 --ignore=tests/webapp --ignore=tests/browser --ignore=tests/benchmarks
	OMP_NUM_THREADS=1 $(RUN) -m pytest -q -n 2 -m long --timeout 600 $(NO_SHAPES) tests/webapp tests/browser

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
	$(call install_locked,$(BENCH)/bin/python -m $(PIP_INSTALL))
	@$(BENCH)/bin/python -m $(PIP_INSTALL) -r requirements.txt -r tests/benchmarks/requirements.txt
	@$(BENCH)/bin/python -m $(PIP_INSTALL) --no-deps -r tests/benchmarks/rivals.txt
	@rm -f $(BENCH)/.ready-* && touch $@

# make bench PARTS="latency memory" measures some of it; nothing else should run on the machine.
bench: $(BENCH_READY) $(READY)
	$(BENCH)/bin/python -m tests.benchmarks $(PARTS)

# make fuzz COUNTS="--texts 100 --files 0 --models 0 --seed 7" runs other texts, files and models, or fewer.
fuzz: $(READY)
	OMP_NUM_THREADS=1 $(RUN) -m tests.fuzz $(COUNTS)

# make lock writes the hashes of all that requirements.txt asks for, directly or not; what is locked already stays as it
# is, unless requirements.txt says otherwise or with make lock UPGRADE=--upgrade. What a build of PyTorch brings along for
# graphics cards goes with it into a file of its own, so that another build can take its place.
LOCKER := .venv-lock
lock:
	$(call make_environment,$(LOCKER))
	@$(LOCKER)/bin/python -m $(PIP_INSTALL) uv==0.13.8
	@cat requirements.lock requirements-torch.lock > $(LOCKER)/whole.lock
	@$(LOCKER)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE) \
		requirements.txt -o $(LOCKER)/whole.lock
	@awk '/^[a-z0-9]/ { file = /^(torch|triton)==|^(nvidia|cuda)-/ ? "requirements-torch.lock" : "requirements.lock" } \
		{ print > file }' $(LOCKER)/whole.lock

strings: $(READY)
	$(RUN) -m webapp.i18n
