#!/usr/bin/env bash
# fuzz.sh runs every fuzz target of every module for a while: TOCSIN_FUZZ_SECONDS (600)
# shared among them, at least 5 s and at most 60 s each. A failing input is written to the
# package's testdata/fuzz and becomes a test.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
export CGO_ENABLED=0

targets=() # "module package target"
for module in $(scripts/modules.sh); do
	cd "$root/$module"
	for package in $(grep -rl --include='*_test.go' --exclude-dir=node_modules '^func Fuzz' . | xargs -r -n1 dirname | sort -u); do
		# A package of another module below this one is found there.
		at=$package
		while [ "$at" != . ] && [ ! -e "$at/go.mod" ]; do at=$(dirname "$at"); done
		[ "$at" = . ] || continue
		for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
			targets+=("$module $package $target")
		done
	done
	cd "$root"
done
count=${#targets[@]}
[ "$count" -gt 0 ] || { echo "fuzz.sh: no fuzz target found; every decoder must have one" >&2; exit 1; }
each=$((${TOCSIN_FUZZ_SECONDS:-600} / count))
if [ "$each" -lt 5 ]; then each=5; fi
if [ "$each" -gt 60 ]; then each=60; fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0
for line in "${targets[@]}"; do
	read -r module package target <<<"$line"
	echo "== fuzz $package $target for $each s"
	if (cd "$module" && go test -run '^$' -fuzz "^$target\$" -fuzztime "${each}s" -fuzzminimizetime 10x "$package") >"$log" 2>&1; then
		tail -n 2 "$log"
	elif grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input' "$log"; then
		echo "fuzz.sh: the fuzzer ran out of time while it stopped; it found nothing" >&2
	else
		cat "$log"
		failed=$((failed + 1))
	fi
done
echo "fuzz: $((count - failed)) passed, $failed failed"
[ "$failed" = 0 ]
