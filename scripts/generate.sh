#!/usr/bin/env bash
# generate.sh [TREE] writes all generated code anew, in this repository or in a copy of it:
# the AWS wire shapes (from the API models that internal/awsgen/go.mod pins) and the
# database queries (from internal/store/query). The output is committed.
set -euo pipefail
cd "$(dirname "$0")/.."
sqlc=$(scripts/tool.sh sqlc)
cd "${1:-.}"
go run -C internal/awsgen .
(cd internal/store && "$sqlc" generate)
