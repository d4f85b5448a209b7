# Two commands do it all: `make demo` and `make test`. `make install` alone only sets up .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# As many tests at a time as there are cores, but no more than four; what shares the engine, one after the other.
WORKERS := -n auto --maxprocesses 4 --dist loadgroup

.PHONY: install demo test test-vscode test-fast lint bench clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml config.yaml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[engine,dev]"
	@touch $@
	@echo "emberline is in $(BIN)/emberline"

demo: install
	$(BIN)/emberline demo

# The editors come from the package registries, Chromium for VS Code too (Linux on x86-64; elsewhere it is to be on
# the PATH).
test: install lint
	$(BIN)/python -m pytest -q $(WORKERS)

# The extension in a real VS Code alone.
test-vscode: install lint
	$(BIN)/python -m pytest -q tests/vscode

# Everything that needs neither the model nor an editor nor anybody's code, hence no network.
test-fast: install lint
	$(BIN)/python -m pytest -q $(WORKERS) -m "not model and not editor and not download"

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MYPYPATH=server $(BIN)/mypy benchmarks

bench: install
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
