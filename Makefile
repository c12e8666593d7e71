# Everything a person or a machine runs here. `make` alone lists it.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
export TAIHU_DATA ?= $(CURDIR)/var

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.run-installed: requirements/run.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Taihu needs Python 3.11 or newer: set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(RUN) -m taihu.portal.prepare
	@touch $@

$(VENV)/.dev-installed: $(VENV)/.run-installed requirements/dev.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

install: $(VENV)/.run-installed  ## Create the environment from pinned, hashed requirements
install-dev: $(VENV)/.dev-installed  ## The same, with everything that tests need

demo: install  ## Build a demo city and serve it on 127.0.0.1:8000
	$(RUN) -m taihu demo

test: install-dev  ## Run the tests; browser and PostgreSQL tests where these exist
	$(RUN) -m pytest --numprocesses=auto

format: install-dev  ## Format the code
	$(RUN) -m ruff check --fix . && $(RUN) -m ruff format .

lint: install-dev  ## Format, lint, types, architecture, migrations, translations, taxonomy
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports
	$(RUN) -m taihu makemigrations --check --dry-run
	$(RUN) -m taihu messages check
	$(RUN) -m taihu taxonomy check

check: lint test  ## Everything that must hold before a change lands

bench: install  ## Run the benchmarks; JSON on standard output
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	for script in bench/*.py; do $(RUN) $$script; done

lock:  ## Pin the requirements again (needs uv)
	for set in run dev bench; do uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-annotate -o requirements/$$set.txt requirements/$$set.in; done

clean:  ## Remove the environment and the demo city
	rm -rf $(VENV) var build

.PHONY: help install install-dev demo test format lint check bench lock clean
