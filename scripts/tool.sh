#!/usr/bin/env bash
# tool.sh NAME prints the path of a pinned tool and installs it first when it is missing.
# The tools stay out of go.mod, so that neither their code nor their dependencies can
# reach the binary; they live in TOCSIN_TOOLS (default: the user's cache folder).
set -euo pipefail
tools=${TOCSIN_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/tocsin-tools}
if [ "${1:-}" = moto_server ]; then # Python's; it stands for services of AWS in tests
	command -v moto_server && exit 0
	dir=$tools/moto-5.2.1
	if [ ! -x "$dir/bin/moto_server" ]; then
		echo "tool.sh: installing moto 5.2.1" >&2
		rm -rf "$dir"
		{ python3 -m venv "$dir" && "$dir/bin/pip" install --quiet 'moto[server]==5.2.1'; } >&2 ||
			{ rm -rf "$dir" && echo "tool.sh: cannot install moto; run: apt-get install python3-venv" >&2 && exit 3; }
	fi
	echo "$dir/bin/moto_server"
	exit 0
fi
case ${1:-} in
golangci-lint) module=github.com/golangci/golangci-lint/v2/cmd/golangci-lint version=v2.15.0 ;;
govulncheck) module=golang.org/x/vuln/cmd/govulncheck version=v1.9.0 ;;
gotestsum) module=gotest.tools/gotestsum version=v1.13.0 ;;
sqlc) module=github.com/sqlc-dev/sqlc/cmd/sqlc version=v1.31.1 ;;
versitygw) module=github.com/versity/versitygw/cmd/versitygw version=v1.8.0 ;; # an S3 server with access control lists, for tests
benchstat) module=golang.org/x/perf/cmd/benchstat version=v0.0.0-20251208221838-04cf7a2dca90 ;;
*) echo "tool.sh: unknown tool ${1:-}" >&2 && exit 2 ;;
esac
dir=$tools/$1-$version-$(go env GOVERSION)
if [ ! -x "$dir/$1" ]; then
	echo "tool.sh: installing $1 $version" >&2
	mkdir -p "$dir"
	# sqlc's SQL parser is C. The rest does not need cgo.
	cgo=0
	if [ "$1" = sqlc ]; then cgo=1; fi
	log=$(mktemp)
	if ! CGO_ENABLED=$cgo GOFLAGS='' GOBIN=$dir go install -trimpath "$module@$version" >"$log" 2>&1; then
		cat "$log" >&2
		exit 3
	fi
	rm -f "$log"
fi
echo "$dir/$1"
