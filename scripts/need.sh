#!/usr/bin/env bash
# need.sh THING… makes sure that each THING is on this machine: it installs Debian's
# package as root or by sudo, else prints the one line to run and exits with 3.
# Things: node chromium awscli postgresql cc shellcheck.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

has() {
	case $1 in
	node) command -v npm >/dev/null && node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null ;;
	chromium) "$here/chromium.sh" >/dev/null ;;
	awscli) aws --version >/dev/null 2>&1 ;;
	postgresql) "$here/postgres-bin.sh" >/dev/null && { [ "$(id -u)" != 0 ] || id postgres >/dev/null 2>&1; } ;;
	cc) command -v gcc >/dev/null || command -v clang >/dev/null ;;
	shellcheck) command -v shellcheck >/dev/null ;;
	*) echo "need.sh: unknown thing $1" >&2 && exit 2 ;;
	esac
}

packages() {
	case $1 in
	node) echo nodejs npm ;;
	cc) echo gcc libc6-dev ;;
	*) echo "$1" ;;
	esac
}

missing=() install=()
for thing in "$@"; do
	if has "$thing"; then continue; fi
	missing+=("$thing")
	read -ra names <<<"$(packages "$thing")"
	install+=("${names[@]}")
done
[ ${#missing[@]} -gt 0 ] || exit 0

# Another installation may be going on, as after the start of a new machine: it is waited for.
wait='-o DPkg::Lock::Timeout=300'
line="apt-get install -y --no-install-recommends ${install[*]}"
sudo=''
if [ "$(id -u)" != 0 ]; then
	sudo=sudo
	if ! command -v sudo >/dev/null || { ! sudo -n true 2>/dev/null && [ ! -t 0 ]; }; then
		echo "need.sh: missing ${missing[*]}; run: sudo $line" >&2
		exit 3
	fi
fi
if ! command -v apt-get >/dev/null; then
	echo "need.sh: missing ${missing[*]}; install them with this system's package manager (Debian's names: ${install[*]})" >&2
	exit 3
fi
echo "need.sh: installing ${install[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # the line, its options and an empty $sudo are meant to split
if ! { $sudo apt-get $wait update && $sudo env DEBIAN_FRONTEND=noninteractive $line $wait; } >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	echo "need.sh: missing ${missing[*]}; run: sudo $line" >&2
	exit 3
fi
for thing in "${missing[@]}"; do
	has "$thing" || { echo "need.sh: $thing is still missing or too old after: $line (Node must be 20.19 or newer)" >&2; exit 3; }
done
