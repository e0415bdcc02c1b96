# Two commands do everything on a machine that has Python 3.11 or later and make:
#   make run    Dudley's outputs, into out/
#   make test   the whole test suite
PYTHON ?= python3
PYTEST_ARGS ?= -n auto
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: run test format bench clean

run: $(VENV)/installed
	$(BIN)/mcp-finance run dudley-2018 --out out --force

test: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest $(PYTEST_ARGS)
	$(BIN)/mcp-finance check dudley-2018 --baseline tests/baselines

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed-dev
	$(BIN)/python benchmarks/contract.py
	$(BIN)/python benchmarks/contract.py --draws 1000000 --threads 2 --repeats 3
	$(BIN)/python benchmarks/simulate.py
	$(BIN)/python benchmarks/run.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) out dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
