#!/usr/bin/env bash
# with-postgres.sh COMMAND [ARG…] runs COMMAND beside a PostgreSQL server made for it
# alone, whose URL it finds in TOCSIN_TEST_POSTGRES, and stops that server afterwards,
# however COMMAND ends. The exit code is COMMAND's own.
#
# The server sorts text by ICU's rules, not by bytes: SQL that relies on the C collation
# must say so, and tests against this server find the SQL that does not. The URL is that
# of a superuser, so a test makes a database of its own and drops it.
# With TOCSIN_TEST_POSTGRES already set, that server is used and nothing is started.
set -euo pipefail

fail() { echo "with-postgres.sh: $*" >&2; exit 3; }

[ $# -gt 0 ] || { echo "usage: scripts/with-postgres.sh COMMAND [ARG…]" >&2; exit 2; }
[ -z "${TOCSIN_TEST_POSTGRES:-}" ] || exec "$@"

bin=$("$(dirname "$0")/postgres-bin.sh") || fail "no PostgreSQL here; run: scripts/need.sh postgresql"

dir=$(mktemp -d "${TMPDIR:-/tmp}/tocsin-pg.XXXXXX")
server='' command=''
stop() {
	trap '' INT TERM HUP
	if [ -n "$server" ] && kill -0 "$server" 2>/dev/null; then
		kill -INT "$server" 2>/dev/null || true # "fast": ends the sessions, then the server
		wait "$server" 2>/dev/null || true
	fi
	rm -rf "$dir"
}
trap stop EXIT

# PostgreSQL refuses to run as root. setpriv replaces itself by the server, so that the
# process started is the server itself; with --pdeathsig the kernel ends it even when
# this script is killed outright. (A change of user clears that, so one setpriv does both.)
as=() serve=()
if command -v setpriv >/dev/null; then serve=(setpriv --pdeathsig=INT); fi
if [ "$(id -u)" = 0 ]; then
	[ ${#serve[@]} -gt 0 ] || fail "needs setpriv (package util-linux) to start PostgreSQL as root"
	id postgres >/dev/null 2>&1 || fail "needs the system user postgres; run: scripts/need.sh postgresql"
	as=(setpriv --reuid=postgres --regid=postgres --init-groups)
	serve=("${as[@]}" --pdeathsig=INT)
	chown postgres: "$dir"
fi
cd "$dir" # the server must not start in a folder that its user may not read

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
(umask 077 && printf '%s\n' "$password" >"$dir/password")
[ "$(id -u)" != 0 ] || chown postgres: "$dir/password"

make_cluster() {
	${as[@]+"${as[@]}"} "$bin/initdb" --pgdata="$dir/data" --no-sync --encoding=UTF8 "$@" \
		--username=tocsin --pwfile="$dir/password" --auth=scram-sha-256 >"$dir/initdb.log" 2>&1
}
make_cluster --locale-provider=icu --icu-locale=und --locale=C.UTF-8 ||
	{ rm -rf "$dir/data" && make_cluster --locale=en_US.UTF-8; } ||
	{ cat "$dir/initdb.log" >&2; fail "initdb found neither an ICU nor the en_US.UTF-8 collation"; }

# Durability is what the tests kill Tocsin for, never this server: it may skip fsync.
settings=(-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300
	-c fsync=off -c full_page_writes=off -c log_min_messages=fatal)
start() {
	set -m # a process group of its own: Ctrl-C reaches us first
	${serve[@]+"${serve[@]}"} "$bin/postgres" -D "$dir/data" -p "$1" "${settings[@]}" >"$dir/log" 2>&1 &
	server=$!
	set +m
	for _ in $(seq 1200); do # two minutes: a busy machine starts it slowly
		kill -0 "$server" 2>/dev/null || return 1
		PGCONNECT_TIMEOUT=5 PGPASSWORD=$password "$bin/psql" -h 127.0.0.1 -p "$1" -U tocsin -d postgres -Atqc 'SELECT 1' \
			>/dev/null 2>&1 && return 0
		sleep 0.1
	done
	return 1
}
port=''
for _ in 1 2 3 4 5; do # a port may be taken; the range is below the ephemeral ones
	port=$((20000 + RANDOM % 10000))
	if start "$port"; then break; fi
	port=''
done
[ -n "$port" ] || { cat "$dir/log" >&2; fail "PostgreSQL did not start"; }

sorts=$(PGPASSWORD=$password "$bin/psql" -h 127.0.0.1 -p "$port" -U tocsin -d postgres -Atqc "SELECT 'a' < 'B'")
[ "$sorts" = t ] || fail "the server sorts by bytes; the tests need a collation that does not"

forward() { # to the whole group of the command: make, go test and the test binaries
	[ -z "$command" ] || kill -"$1" -- "-$command" 2>/dev/null || true
}
trap 'forward INT' INT
trap 'forward TERM' TERM
trap 'forward HUP' HUP
cd "$OLDPWD"
set -m
TOCSIN_TEST_POSTGRES="postgres://tocsin:$password@127.0.0.1:$port/postgres?sslmode=disable" "$@" </dev/null &
command=$!
set +m
code=0
while :; do # a signal ends wait early
	wait "$command" && code=0 || code=$?
	kill -0 "$command" 2>/dev/null || break
done
exit "$code"
