#!/usr/bin/env bash
# bench.sh runs all benchmarks and prints them in benchstat's format. Start it through
# scripts/with-postgres.sh; bin/tocsin must be built. BENCH picks by regular expression.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0 TOCSIN_BIN=$PWD/bin/tocsin
# The backtest is measured over 1 GiB of logs, which are made once and kept in the cache.
export TOCSIN_BENCH_BYTES=${TOCSIN_BENCH_BYTES:-1073741824}
go test -run '^$' -bench "${BENCH:-.}" -benchmem -p 1 -timeout 60m ./...
