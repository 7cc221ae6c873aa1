#!/usr/bin/env bash
# lint.sh runs the checks that need no test: shell scripts, formatting, golangci-lint (with
# staticcheck) in every Go module, generated code, and known vulnerabilities.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "== shell scripts"
scripts/need.sh shellcheck
shellcheck .ci/run scripts/*.sh

golangci=$(scripts/tool.sh golangci-lint)
for module in $(scripts/modules.sh); do
	echo "== go vet and golangci-lint in $module"
	(cd "$module" && go vet ./... && "$golangci" run --config "$OLDPWD/.golangci.yml" ./...)
done

echo "== generated code"
scripts/generate-check.sh

echo "== known vulnerabilities"
scripts/vulns.sh
