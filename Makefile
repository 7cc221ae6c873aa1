# Tocsin. `make help` lists the targets; the work is in scripts/.
SHELL       := /bin/bash
VERSION     := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS     := -s -w -X main.version=$(VERSION)
.DEFAULT_GOAL := help

.PHONY: help demo
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## build all and start a server with sample data at http://127.0.0.1:8117/
	@exec bin/tocsin demo

.PHONY: build web binary
build: web binary ## bin/tocsin: static, one file, console embedded

web:
	@scripts/web.sh

binary:
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/tocsin ./cmd/tocsin

.PHONY: test prove bench
test: need build ## vet, Go tests on SQLite and PostgreSQL, browser tests
	@scripts/with-postgres.sh scripts/test.sh

prove: need build ## the long proofs: race detector, kill rounds, all time zones, fuzzing
	@scripts/need.sh cc
	@scripts/with-postgres.sh scripts/prove.sh

bench: build ## benchmarks, in benchstat's format
	@scripts/need.sh postgresql
	@scripts/with-postgres.sh scripts/bench.sh

.PHONY: generate generate-check lint
generate: ## write generated code anew (AWS shapes, queries)
	@scripts/need.sh cc
	@scripts/generate.sh

generate-check: ## fail when generated code is not what its sources give
	@scripts/need.sh cc
	@scripts/generate-check.sh

lint: ## vet, golangci-lint, generated code, known vulnerabilities
	@scripts/need.sh cc
	@scripts/lint.sh

.PHONY: need clean
need: ## install what the tests need (Debian packages), or print the line to run
	@scripts/need.sh node chromium awscli postgresql

clean: ## remove what was built
	rm -rf bin .cache internal/console/dist/site
