#!/usr/bin/env bash
# test.sh runs what `make test` promises: vet, the Go tests of every module on SQLite and
# PostgreSQL, the console's unit tests and the browser tests. Start it through
# scripts/with-postgres.sh; bin/tocsin must be built.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
gotestsum=$(scripts/tool.sh gotestsum)
TOCSIN_CHROMIUM=$(scripts/chromium.sh)
TOCSIN_VERSITYGW=$(scripts/tool.sh versitygw)
TOCSIN_MOTO=$(scripts/tool.sh moto_server)
export TOCSIN_CHROMIUM TOCSIN_VERSITYGW TOCSIN_MOTO TOCSIN_BIN=$root/bin/tocsin
export TOCSIN_REQUIRE=postgres,awscli,chromium,versitygw,moto_server # here nothing may be skipped for want of these
export CGO_ENABLED=0                           # as the binary is built

for module in $(scripts/modules.sh); do
	echo "== go vet and go test in $module"
	(cd "$module" && go vet ./... &&
		"$gotestsum" --format pkgname --format-hide-empty-pkg -- -timeout 14m ./...)
done

echo "== the console's unit tests"
scripts/web-modules.sh
npm --prefix web run --silent test

echo "== the browser tests"
npm --prefix web run --silent e2e
