#!/usr/bin/env bash
# generate-check.sh fails when generated code differs from what the generators write now.
# It works on a copy of the tree, uncommitted changes included, and touches nothing here.
set -euo pipefail
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/a"
git ls-files -z --cached --others --exclude-standard -- ':!web' |
	while IFS= read -r -d '' file; do if [ -e "$file" ]; then printf '%s\0' "$file"; fi; done |
	tar -cf - --null -T - | tar -xf - -C "$copy/a"
cp -R "$copy/a" "$copy/b"
scripts/generate.sh "$copy/b"
cd "$copy"
if ! git --no-pager diff --no-index --exit-code --stat a b; then
	git --no-pager diff --no-index a b | head -n 100 || true
	echo "generate-check.sh: generated code is not what its sources give; run: make generate, and commit the result" >&2
	exit 1
fi
