# Two commands for a newcomer: `make demo` shows it work, `make test` tests it. Only Python >= 3.11, pip and make are needed.
# `make test PYTHON=python3.13` uses another interpreter, in a virtual environment of its own.

FIRST := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$python >/dev/null 2>&1 && $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$python && break; done)
PYTHON ?= $(FIRST)
VENV ?= $(if $(filter $(PYTHON),$(FIRST)),.venv,.venv-$(notdir $(PYTHON)))
BIN := $(VENV)/bin
EXTRAS := aiohttp,cli,parquet,postgres,redis,sandbox
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test test-servers docs release-check fuzz regen check types unit bench chaos clean

demo: $(VENV)/.sandbox
	@$(BIN)/python -m ledgerbee_sandbox --seed 240 -- $(BIN)/python examples/quickstart.py

test: check types unit

check: $(VENV)/.dev
	$(BIN)/python scripts/regen.py --check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy --python-executable $(BIN)/python
	$(BIN)/pyright --pythonpath $(BIN)/python
	PYTHONPATH=$(CURDIR) $(BIN)/pyright --pythonpath $(BIN)/python --verifytypes ledgerbee_client --ignoreexternal

unit: $(VENV)/.dev
	$(BIN)/python -m pytest

# Tests against real servers and by foreign tools, on loopback; installs them from Debian and npm where they are missing.
test-servers: $(VENV)/.dev
	scripts/install_servers.sh
	$(BIN)/python -m pytest tests/servers

# Bookings against a server that breaks HTTP, 20,000 of them; `make test` runs a tenth.
fuzz: $(VENV)/.dev
	LEDGERBEE_FUZZ_EXCHANGES=20000 $(BIN)/python -m pytest tests/fuzz -s

# The documentation site, in build/site. Needs no network; a lost link, an unknown name or any warning fails it.
docs: $(VENV)/.dev
	$(BIN)/python scripts/docs.py

# What would be published, in dist/: metadata, README and tests of the wheel, from clean environments. TAG=v0.2.0 checks the version too.
release-check: $(VENV)/.release
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/python scripts/release_check.py $(if $(TAG),--tag $(TAG))

regen: $(VENV)/.dev
	$(BIN)/python scripts/regen.py

# Kills a program that books 100,000 entries, again and again, while the API misbehaves; some 15 minutes.
chaos: $(VENV)/.dev
	$(BIN)/python -m benchmarks.chaos --way posting-search --entries 100000 --kills 220 --latency 0.8 --life 2.5

# Speed beside peers, in one interleaved run; writes docs/performance.md. The peers get an environment of their own.
PEERS := openai stripe githubkit 'hishel<2'
bench: $(VENV)/.dev .venv-peers/.installed
	$(BIN)/python -m benchmarks

.venv-peers/.installed: $(VENV)/bin/python Makefile
	$(BIN)/python -m venv .venv-peers
	.venv-peers/bin/python -m pip --disable-pip-version-check --quiet install $(PEERS)
	@touch $@

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name one with make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.sandbox: $(VENV)/bin/python pyproject.toml
	$(PIP) install --editable '.[sandbox]'
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml
	$(PIP) install 'pip>=25.1'
	$(PIP) install --editable '.[$(EXTRAS)]' --group dev
	@touch $@ $(VENV)/.sandbox

$(VENV)/.release: $(VENV)/bin/python pyproject.toml
	$(PIP) install 'pip>=25.1'
	$(PIP) install --group release
	@touch $@

clean:
	rm -rf .venv .venv-* .pytest_cache .mypy_cache .ruff_cache build dist
