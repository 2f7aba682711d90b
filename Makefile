# INIT Studio. `make run` starts it, `make test` checks and tests it; both set up what they need by themselves.

# The first Python that is new enough. A name may exist and not run (a version manager's shim), so each is asked.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && command -v $$name && break; done)
BOOTSTRAP = @$(if $(PYTHON),,$(error INIT Studio needs Python 3.11 or newer: install it and run make again)) \
	$(PYTHON) -m tools.bootstrap
IN_VENV = .venv/bin/python -m

.DEFAULT_GOAL := help
.PHONY: help run test check check-python check-page screenshots bench-serve bench-train bench-jobs bench-page chaos soak fuzz lock clean

help: ## these lines
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

run: ## start everything on http://127.0.0.1:8000; Ctrl-C stops it
	$(BOOTSTRAP) -m service up

# One more than there are cores: tests of real processes wait for most of their time.
TESTERS = $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

# No tester that crashed is replaced: pytest-xdist 3.8 may wait for ever after it has been (its issue 1378).
test: ## set up, check, then every test, a real browser included
	$(BOOTSTRAP) --dev -m tools.browser
	@$(MAKE) --no-print-directory check
	OMP_NUM_THREADS=1 $(IN_VENV) pytest --numprocesses $(TESTERS) --dist loadfile --no-loadscope-reorder \
		--max-worker-restart 0 $(PYTEST)

check: ## lint, format, types, architecture, page
	$(BOOTSTRAP) --dev
	@$(MAKE) --no-print-directory --jobs 2 check-python check-page

check-python:
	$(IN_VENV) ruff check .
	$(IN_VENV) ruff format --check .
	$(IN_VENV) mypy
	PYTHONPATH=. .venv/bin/lint-imports

check-page:
	$(IN_VENV) tools.node run check
	$(IN_VENV) tools.node run check:api

screenshots: ## every page in its main states, light and dark, phone and desktop, into build/screenshots/
	$(BOOTSTRAP) --dev -m tools.browser
	$(IN_VENV) tools.screenshots $(SCENES)

bench-serve: ## throughput, latency and overload of the service beside FastAPI, LitServe and the bare forward pass
	$(BOOTSTRAP) --dev -m tools.bench_serve

bench-jobs: ## a long queue, 200 who watch a job, how fast a worker is beside the API, and its memory
	$(BOOTSTRAP) --dev -m tools.bench_jobs

fuzz: ## thousands of damaged photos and made-up requests (EXAMPLES=20000): crashes, wrong answers, growth of memory
	$(BOOTSTRAP) --dev
	INIT_FUZZ=$(or $(EXAMPLES),2000) $(IN_VENV) pytest tests/service/test_fuzz.py -s --timeout 0

bench-page: ## how soon a preview is on the screen, and how smoothly 2,000 thumbnails scroll
	$(BOOTSTRAP) --dev -m tools.browser
	$(IN_VENV) tools.bench_page

chaos: ## a job of 2,000 photos while everything is killed 50 times: photos lost, photos doubled
	$(BOOTSTRAP) --dev -m tools.chaos

soak: ## 100,000 mixed requests, good and bad: wrong answers, and growth of memory
	$(BOOTSTRAP) --dev -m tools.soak

bench-train: ## images/s and memory of INIT's training step beside the paper's text in plain code
	$(BOOTSTRAP) --dev --no-page -m tools.bench_train

lock: ## resolve pyproject.toml into the two locks again (UPGRADE=--upgrade takes newer versions)
	$(BOOTSTRAP) --dev --no-page
	$(IN_VENV) uv pip compile -q $(UPGRADE) $(LOCKING) pyproject.toml -o requirements.lock
	$(IN_VENV) uv pip compile -q $(UPGRADE) $(LOCKING) --group dev pyproject.toml -o requirements-dev.lock

# Every platform, hashes, no addresses: the index that a machine is set to is nobody else's business.
LOCKING = --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

clean: ## remove what was made: environment, page, caches (not var/, which holds jobs)
	rm -rf .venv build frontend/node_modules frontend/dist .*_cache .hypothesis
