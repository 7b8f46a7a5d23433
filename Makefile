# Every target gets what it needs by itself: Python 3.11, 3.12 or 3.13 and make are enough, no root.

UV := sh .ci/uv
RUN := $(UV) run --frozen --no-sync

# make serve PORT=8001
PORT := 8000

# Some machines forbid it. The tests start hundreds of processes, and each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

# For CI and for the curious: make test ARGS="-k webhook", make test PYTEST="coverage run -m pytest"
PYTEST := pytest
ARGS :=

# make model STEPS=100000
STEPS := 1000000

# make contract EXAMPLES=100, for each operation
EXAMPLES := 2000

.DEFAULT_GOAL := help
.PHONY: help demo serve test chaos model contract mutants bench lint format types messages screenshots audit sbom docs env env-demo clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: env-demo ## Run a real job from start to end: no key, no server, no network
	$(RUN) python manage.py demo

serve: env-demo ## Serve the example project with its admin and a worker
	$(RUN) python manage.py serve_demo --port $(PORT)

test: env ## Run the fast test suite (SQLite, embedded broker)
	$(RUN) $(PYTEST) -n auto -m "not browser and not slow and not faults" $(ARGS)

chaos: export UNIVERSAL_AI_CHAOS := long
chaos: export UNIVERSAL_AI_TEST_POSTGRES_URL ?= postgres://root@127.0.0.1:5432/test
chaos: export UNIVERSAL_AI_TEST_REDIS_URL ?= redis://127.0.0.1:6379/0
chaos: export UNIVERSAL_AI_TEST_AMQP_URL ?= amqp://guest:guest@127.0.0.1:5672//
chaos: env ## Kill, cut and stop everything for half an hour (needs three servers)
	$(RUN) $(PYTEST) -m faults -s $(ARGS)

model: export UNIVERSAL_AI_TEST_STEPS := $(STEPS)
model: env ## Check a million random moves of jobs against a small model
	$(RUN) $(PYTEST) -n auto tests/jobs/test_state_machine.py $(ARGS)

contract: export UNIVERSAL_AI_TEST_EXAMPLES := $(EXAMPLES)
contract: env ## Send the gateway thousands of requests made up from both OpenAPI documents
	$(RUN) $(PYTEST) -n 2 -s tests/gateway/test_schemathesis.py $(ARGS)

mutants: ## Change the code in small ways and see whether a test notices: make mutants ARGS="limits"
	@$(UV) sync --frozen --inexact --group mutants
	$(RUN) python .ci/mutants.py $(ARGS)

bench: export UNIVERSAL_AI_TEST_POSTGRES_URL ?= postgres://root@127.0.0.1:5432/test
bench: export UNIVERSAL_AI_TEST_REDIS_URL ?= redis://127.0.0.1:6379/0
bench: ## Measure what a job costs, beside the usual answer (needs two servers; hours)
	@$(UV) sync --frozen --inexact --group bench
	$(RUN) python -m benchmarks $(ARGS)

lint: env ## Check style and formatting
	$(RUN) ruff check .
	$(RUN) ruff format --check .

format: env ## Apply the formatter and the safe fixes
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

types: env ## Check types
	$(RUN) mypy
	$(RUN) pyright

messages: env ## Remake and compile the catalogues of all languages (needs GNU gettext)
	$(RUN) python .ci/messages.py

screenshots: env ## Take the pictures of the documentation anew (needs Chromium)
	$(RUN) python docs/screenshots.py

# Strict: a package that can't be asked about is a failure.
audit: ## Look for known vulnerabilities in what uv.lock names (needs the network)
	@mkdir -p var
	$(UV) export --quiet --frozen --no-dev --all-extras --no-emit-project --output-file var/requirements.txt
	$(UV) run --frozen --isolated --only-group release pip-audit --strict --disable-pip --require-hashes --requirement var/requirements.txt

sbom: ## Write var/sbom.cdx.json: what the package and its extras bring along (CycloneDX)
	@mkdir -p var
	$(UV) export --quiet --frozen --no-dev --all-extras --format cyclonedx1.5 --output-file var/sbom.cdx.json

docs: ## Build the documentation into docs/_build/html
	$(UV) run --frozen --group docs sphinx-build -W --keep-going -b html docs docs/_build/html

# Not exact: what `make docs` added may stay.
env:
	@$(UV) sync --frozen --inexact

env-demo:
	@$(UV) sync --frozen --inexact --no-default-groups --group example

clean: ## Remove what the other targets made
	rm -rf .venv .uv var dist docs/_build .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache
