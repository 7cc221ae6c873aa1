#!/usr/bin/env bash
# modules.sh prints the folder of every Go module in this repository, the main one first.
set -euo pipefail
cd "$(dirname "$0")/.."
echo .
find . -mindepth 2 -name go.mod -not -path '*/node_modules/*' -not -path '*/testdata/*' -not -path './.cache/*' -exec dirname {} \; | sort
