# `make demo` and `make test` are each enough on a fresh Debian or Ubuntu machine with git, make and Python 3.11+.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
MADE := $(VENV)/.made
INSTALLED := $(VENV)/.installed
# Program and the Debian package that brings it.
WANTED := iverilog:iverilog ghdl:ghdl g++:g++ make:make perl:perl

.PHONY: help install system demo test lint bench docs clean

help: ## List the targets.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/\1\t\2/' | expand -t 10

install: system $(INSTALLED) ## Make .venv, install radtest and its tools into it, and the missing system packages.

demo: install ## Run the whole chain on real input; the report is build/demo/report.html.
	$(BIN)/radtest demo --out build/demo --replace

test: install ## Run the tests.
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

lint: $(INSTALLED) ## Check style, types and import rules.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install ## Measure speed.
	for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file"; done

docs: $(INSTALLED) ## Build the documentation into build/docs; any warning is an error.
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet -b html docs build/docs

clean: ## Remove what was built, but not .venv.
	rm -rf build dist sim_build radtest.egg-info

# The stamp comes last: an environment whose making was interrupted is completed.
$(MADE):
	@if [[ -z "$(PYTHON)" ]]; then \
		echo "radtest needs Python 3.11 or newer; none of python3, python3.11 to python3.13 is." >&2; \
		echo "  To mend it: sudo apt-get install python3 python3-venv, or make install PYTHON=/path/to/python3" >&2; \
		exit 2; fi
	@if ! "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$(PYTHON) ($$("$(PYTHON)" --version)) cannot make virtual environments: venv or ensurepip is missing." >&2; \
		echo "  To mend it: sudo apt-get install python3-venv" >&2; \
		exit 2; fi
	"$(PYTHON)" -m venv $(VENV)
	@touch $@

$(INSTALLED): $(MADE) pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check \
		--constraint constraints.txt --editable '.[all,dev]'
	@touch $@

system:
	@missing=(); \
	for pair in $(WANTED); do command -v "$${pair%%:*}" >/dev/null || missing+=("$${pair##*:}"); done; \
	if (( $${#missing[@]} )); then \
		sudo=(); \
		if (( $$(id -u) )); then sudo=(sudo); fi; \
		if ! command -v apt-get >/dev/null || { (( $$(id -u) )) && ! command -v sudo >/dev/null; }; then \
			echo "radtest needs these programs, which are not installed: $${missing[*]}" >&2; \
			echo "  To mend it: install them with your system's package manager, then run make again." >&2; \
			exit 2; fi; \
		echo "Installing system packages: $${missing[*]}"; \
		"$${sudo[@]}" apt-get update -qq || true; \
		"$${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$${missing[@]}"; \
	fi
