# Works with GNU make 3.81 and up. `make help` lists the targets.
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet
PINNED := --require-hashes --only-binary :all:
UV ?= uv

# A pip configured for other projects must not reach into this one.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore
unexport PIP_USER PIP_TARGET PIP_PREFIX PYTHONHOME PYTHONPATH

.PHONY: help setup debian-packages run test lint bench soak pin clean
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 \2/p' Makefile | awk '{$$2 = sprintf("%-8s", $$2)} 1'

setup: debian-packages $(VENV)/project.stamp ## make .venv with everything pinned; quick when nothing changed

run: setup ## open the yard (without a display: run headless)
	@$(BIN)/yard-twin run

test: lint ## run every check and the whole test suite
	$(BIN)/python -m pytest --numprocesses logical --dist loadfile

lint: setup ## check style, format, types and the direction of imports
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

bench: setup $(VENV)/bench.stamp ## time this program beside its peers
	$(BIN)/python -m benchmarks

soak: setup ## run the long tests
	$(BIN)/python -m pytest -m soak --timeout 0

pin: ## renew requirements/ after a change of pyproject.toml (needs uv)
	$(PIN) pyproject.toml --group build --output-file requirements/runtime.txt
	$(PIN) pyproject.toml --group build --group test --group lint \
		--constraints requirements/runtime.txt --output-file requirements/test.txt
	$(PIN) --group bench --constraints requirements/test.txt --output-file requirements/bench.txt

clean: ## remove .venv, caches and build outputs
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One version of each package for every Python and system: a replay is to give the same numbers.
PIN = $(UV) pip compile --no-config --quiet $(PIN_FLAGS) --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-emit-index-url --custom-compile-command "make pin"

debian-packages:
	@.ci/debian-packages

$(VENV)/python.stamp:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
		python=; \
	done; \
	test -n "$$python" || { echo "Python 3.11 or newer is needed; name one with: make setup PYTHON=..." >&2; exit 1; }; \
	"$$python" -m venv --clear $(VENV)
	@touch $@

$(VENV)/requirements.stamp: requirements/test.txt $(VENV)/python.stamp
	@echo "Installing the pinned packages (the first time about 400 MB to fetch) ..."
	@$(PIP_INSTALL) $(PINNED) -r requirements/test.txt
	@touch $@

$(VENV)/project.stamp: pyproject.toml $(VENV)/requirements.stamp
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/bench.stamp: requirements/bench.txt $(VENV)/requirements.stamp
	@$(PIP_INSTALL) $(PINNED) -r requirements/bench.txt
	@touch $@
