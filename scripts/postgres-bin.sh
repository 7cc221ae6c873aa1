#!/usr/bin/env bash
# postgres-bin.sh prints the folder of the newest PostgreSQL's server programs (initdb,
# postgres, psql), or nothing and exit code 1.
set -euo pipefail
newest=''
for initdb in $(printf "%s\n" /usr/lib/postgresql/*/bin/initdb /opt/homebrew/opt/postgresql*/bin/initdb | sort -V); do
	if [ -x "$initdb" ]; then newest=$(dirname "$initdb"); fi
done
if [ -z "$newest" ] && initdb=$(command -v initdb); then newest=$(dirname "$initdb"); fi
[ -n "$newest" ] || exit 1
echo "$newest"
