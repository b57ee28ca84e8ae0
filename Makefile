# The same commands on a laptop and in CI. The first of them sets up .venv; afterwards they start at once.
#
#   make run       a demo venue on http://127.0.0.1:8080        make check     lint, format, types, layers, tidy
#   make test      the test suite, on every processor           make fix       let ruff repair what it can
#   make long      the tests that take long, which CI also runs
#   make build     compile the core again                       make bench     every benchmark
#   make sanitize  fuzz the core under ASan and UBSan           make fuzz      explore every parser and endpoint, by coverage
#   make load      many clients; then the books must add up     make torture   kill it again and again; nothing may be lost
#   make clean     back to a fresh clone                    make dist      the source distribution and the wheel, with the pages

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8080

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt
CORE := setup.py $(wildcard src/bedesten/core/*.py src/bedesten/core/*.pxd src/bedesten/domain/*.py)
QUIET := .ci/quiet
# The pages that people trade on; PAGES= leaves them as they are. What they are built from is all of web/ but its packages.
PAGES ?= $(VENV)/.web
WEB := $(wildcard web/*.* web/.npmrc) $(shell find web/src web/tests -type f 2>/dev/null) $(wildcard src/bedesten/dialects/pages/*.css)

# TESTS: files or folders, instead of all. A worker that has nothing left to do takes from one that has.
PARALLEL ?= --numprocesses auto --dist worksteal
TESTS ?=

.PHONY: run test long check fix bench build dist sanitize fuzz load torture clean

run: $(VENV)/.compiled $(PAGES)
	@$(BIN)/bedesten serve --demo --host $(HOST) --port $(PORT)

test: $(VENV)/.tools $(VENV)/.compiled $(PAGES)
	@$(BIN)/pytest $(PARALLEL) $(TESTS)

long: $(VENV)/.tools $(VENV)/.compiled $(PAGES)
	@$(BIN)/pytest $(PARALLEL) -m long $(TESTS)

check: $(VENV)/.tools $(VENV)/.compiled
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(QUIET) $(BIN)/mypy
	@$(QUIET) $(BIN)/lint-imports
	@$(QUIET) $(BIN)/pytest tests/promises
	@test -z "$(PAGES)" || $(BIN)/python web/build.py check

fix: $(VENV)/.tools
	@$(BIN)/ruff check --quiet --fix
	@$(BIN)/ruff format --quiet

bench: $(VENV)/.tools $(VENV)/.compiled
	@$(BIN)/python benchmarks

build:
	@rm -f $(VENV)/.compiled
	@$(MAKE) --no-print-directory $(VENV)/.compiled

# What `make run` needs. The core is compiled in the next step, by itself, so that it can be compiled again by itself.
$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Bedesten needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@echo "setting up $(VENV) (once)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) setuptools Cython msgspec
	@BEDESTEN_PURE=1 $(PIP) --no-build-isolation --editable '.[venue]'
	@$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.tools: $(VENV)/.installed
	@echo "installing what the tests need (once)"
	@BEDESTEN_PURE=1 $(PIP) --no-build-isolation --editable '.[test,check]'
	@touch $@

$(VENV)/.compiled: $(VENV)/.installed $(CORE)
	@echo "compiling the core"
	@$(BIN)/python setup.py --quiet build_ext --inplace
	@touch $@

# Without a registry there are no pages: the venue starts all the same, and says so. It is tried again the next time.
$(VENV)/.web: $(VENV)/.installed $(WEB)
	@echo "building the pages"
	@if $(BIN)/python web/build.py; then touch $@; else echo "NOT built: the venue runs without its pages, and / says so"; fi

dist: $(VENV)/.tools $(VENV)/.web
	@test -f src/bedesten/web/app.html || { echo "the pages were not built"; exit 1; }
	@rm -rf dist
	@$(BIN)/python -c 'from setuptools.build_meta import build_sdist, build_wheel; print(build_sdist("dist")); print(build_wheel("dist"))' | tail -n 2

# A copy of the sources is compiled with the sanitizers and tested in place. Arithmetic that wraps is an error here.
SANITIZE_CFLAGS := -O1 -g -fno-omit-frame-pointer -fno-wrapv -fsanitize=address,undefined -fno-sanitize-recover=all
# The tests of the core alone: what other packages load does not bear the sanitizer.
SANITIZE_TESTS ?= tests/unit/core tests/scenarios/test_scenarios.py tests/properties/test_machine_at_the_bounds.py \
	tests/properties/test_machine_is_naive.py
sanitize: $(VENV)/.tools
	@rm -rf build/sanitize && mkdir -p build/sanitize
	@cp -R setup.py pyproject.toml README.md LICENSE src tests build/sanitize/
	@rm -f build/sanitize/src/bedesten/core/_compiled.*.so
	@cd build/sanitize && BEDESTEN_REQUIRE_COMPILED=1 BEDESTEN_CFLAGS="$(SANITIZE_CFLAGS)" \
		$(CURDIR)/$(BIN)/python setup.py --quiet build_ext --inplace
	@cd build/sanitize && LD_PRELOAD="$$($(CC) -print-file-name=libasan.so)" PYTHONMALLOC=malloc PYTHONPATH=src \
		ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1 BEDESTEN_REQUIRE_COMPILED=1 \
		$(CURDIR)/$(BIN)/python -m pytest -p no:cacheprovider $(SANITIZE_TESTS)

# LOAD: "--traders 64 --seconds 60", or whatever else `benchmarks/load.py --help` says.
load: $(VENV)/.tools $(VENV)/.compiled
	@$(BIN)/python benchmarks/load.py $(LOAD)

# Hundreds of kills, at every named place of the commit path and at random moments. The seed is printed, and can be given again.
KILLS ?= 300
ACK ?= synced
torture: $(VENV)/.tools $(VENV)/.compiled
	@nice -n 15 $(BIN)/python -m tests.torture --kills $(KILLS) --ack $(ACK) $(if $(SEED),--seed $(SEED))

# So many seconds a target, then every endpoint with more examples than the suite has time for. Findings stay in build/fuzz.
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?= lenient parameters money venue_file journal sockets operator
fuzz: $(VENV)/.tools $(VENV)/.compiled
	@BEDESTEN_PURE=1 $(PIP) --no-build-isolation --editable '.[fuzz]'
	@for target in $(FUZZ_TARGETS); do echo "== $$target"; \
		$(BIN)/python -m tests.fuzz.guided $$target --seconds $(FUZZ_SECONDS) || exit 1; done
	@BEDESTEN_FUZZ_EXAMPLES=100 $(BIN)/pytest tests/fuzz/test_rest.py

clean:
	@rm -rf .venv .venv-* build dist src/*.egg-info src/bedesten/web web/node_modules src/bedesten/core/_compiled.*.so .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
