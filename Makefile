# From a bare Python >= 3.11: `make serve` runs the service, `make test` runs every test. Nothing else is needed.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEV    := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help serve test check fuzz accuracy bench bench-score bench-queue bench-beside bench-retrain learning-curve screenshots profile drills baseline clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "This needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "This Python cannot make virtual environments; on Debian: apt-get install python3-venv"; exit 1; }

# Editable, so that the checkout is what runs. Versions come from constraints.txt.
$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Setting up $(VENV) (once, about a minute) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[postgres]'
	@touch $@

# At once and not compiled, which takes two thirds of the time: most of it is never imported, and the rest is compiled by
# whoever imports it first.
$(DEV): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Setting up $(VENV) with what the tests need (once, about a minute) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e '.[postgres,test]'
	@touch $(STAMP) $@

serve: $(STAMP) ## set everything up and run the service on SQLite with the bundled classifier
	@$(BIN)/moderation serve

test: $(DEV) ## set everything up and run every test, on SQLite and on PostgreSQL; TESTS='-k queue' chooses
	@$(BIN)/python -m tests $(TESTS)

check: $(DEV) ## style, types and import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

fuzz: $(DEV) ## a long run of schemathesis over the OpenAPI document
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-300} $(BIN)/python -m pytest tests/doors/test_openapi_fuzz.py

bench: $(DEV) ## signed comments a second, beside a bare echo and the naive form; BENCH='--quick' is short
	@$(BIN)/python bench/intake.py $(BENCH)

accuracy: $(DEV) ## how good the classifier is on what it has not seen, beside its peers; ACCURACY='--quick' prints only
	@$(BIN)/python -m bench.accuracy $(ACCURACY)

bench-score: $(DEV) ## what scoring a comment costs, beside scikit-learn; SCORE='--quick' fits on less
	@$(BIN)/python bench/scoring.py $(SCORE)

bench-queue: $(DEV) ## a moderator's pages at a million comments, on both databases; QUEUE='--quick' is short
	@$(BIN)/python -m bench.queues $(QUEUE)

bench-beside: $(DEV) ## how fast comments are taken in while sites are told, and while a long queue is looked at again
	@$(BIN)/python -m bench.beside $(BESIDE)

bench-retrain: $(DEV) ## what learning from 10,000 to 1,000,000 labels costs, on one process and two; RETRAIN='--quick' is short
	@$(BIN)/python -m bench.retraining $(RETRAIN)

screenshots: $(DEV) ## play a day with bundled comments, and write docs/console/*.png; needs Chromium
	@$(BIN)/python -m bench.screenshots

learning-curve: $(DEV) ## what 0 to 5,000 labels of a site are worth, beside the common model and the site alone; CURVE='--quick' is short
	@$(BIN)/python -m bench.learning_curve $(CURVE)

profile: $(DEV) ## where the CPU time of a comment goes, as a table and a picture
	@$(BIN)/python bench/profile.py $(PROFILE)

drills: $(DEV) ## break what can break, on both databases; DRILLS='--quick' is short
	@$(BIN)/python -m drills $(DRILLS)

baseline: $(STAMP) ## train the bundled classifier again; the same data gives the same bytes
	@$(BIN)/moderation models build-baseline

clean: ## remove the virtual environment (keeps var/, where the comments are)
	@rm -rf $(VENV)
