#!/usr/bin/env bash
# prove.sh runs the long proofs: everything under the race detector, then the tests in
# their long form (TOCSIN_PROVE=1: more kill rounds, every time zone), then every fuzz
# target. Start it through scripts/with-postgres.sh; bin/tocsin must be built.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
gotestsum=$(scripts/tool.sh gotestsum)
TOCSIN_CHROMIUM=$(scripts/chromium.sh)
TOCSIN_VERSITYGW=$(scripts/tool.sh versitygw)
TOCSIN_MOTO=$(scripts/tool.sh moto_server)
export TOCSIN_CHROMIUM TOCSIN_VERSITYGW TOCSIN_MOTO TOCSIN_BIN=$root/bin/tocsin
export TOCSIN_REQUIRE=postgres,awscli,chromium,versitygw,moto_server

echo "== race detector"
CGO_ENABLED=1 "$gotestsum" --format pkgname --format-hide-empty-pkg -- -race -timeout 30m ./...

echo "== long proofs" # packages without one come from the test cache
TOCSIN_PROVE=1 CGO_ENABLED=0 "$gotestsum" --format pkgname --format-hide-empty-pkg -- -timeout 30m ./...

scripts/fuzz.sh
