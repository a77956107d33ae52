# The front door. CI calls the same targets.
.DEFAULT_GOAL := help
.PHONY: help install check run book test axe pictures digits bench mutants lab lock clean

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

help:  ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

install: $(INSTALLED)  ## Install everything into .venv, at the locked versions

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/^[^ ]/{/^uv==/p;/^ /p;}' requirements.lock > .venv/uv.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.lock
	VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(INSTALLED)

check: $(INSTALLED)  ## Validate the evidence tables
	$(BIN)/il6review check

run: check  ## Run the notebooks and collect the ledger
	$(BIN)/il6review run

book: run  ## Validate, run, publish; print where index.html lies
	$(BIN)/il6review book

test: $(INSTALLED)  ## Run every test
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/python -m pytest --numprocesses 2 --dist loadscope

axe: $(INSTALLED)  ## Look for barriers on every page, light and dark, desktop and phone (needs Chromium)
	IL6REVIEW_AXE=all $(BIN)/python -m pytest tests/test_book.py -k axe

pictures: book  ## Draw the pictures of the README again (needs Chromium)
	$(BIN)/python tests/pictures.py

digits: $(INSTALLED)  ## Count the correct digits of pooling tools (metafor where R is found)
	$(BIN)/python benchmarks/digits.py

bench: $(INSTALLED)  ## Time runs and fits beside other tools (hours; metafor where R is found)
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/runs.py

mutants: $(INSTALLED)  ## Break each formula on purpose and count what the tests notice
	$(BIN)/python benchmarks/mutants.py

lab: $(INSTALLED)  ## Open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

lock:  ## Renew requirements.lock (hashes, no addresses)
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra distributed --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock

clean:  ## Remove what was built
	rm -rf _build .pytest_cache .hypothesis .ruff_cache
