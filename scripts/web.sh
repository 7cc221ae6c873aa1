#!/usr/bin/env bash
# web.sh builds the console into internal/console/dist/site, from where the binary embeds
# it. Nothing is done while its sources are those of the last build.
set -euo pipefail
cd "$(dirname "$0")/.."
site=internal/console/dist/site stamp=.cache/console.sum

sum() { # of the content, so that a checkout of the same sources builds nothing
	find web -type f -not -path '*/node_modules/*' -not -path 'web/e2e/*' -not -path 'web/dev/*' -print0 |
		LC_ALL=C sort -z | xargs -0 cat -- | cksum
	find web -type f -not -path '*/node_modules/*' -not -path 'web/e2e/*' -not -path 'web/dev/*' | LC_ALL=C sort | cksum
}
now=$(sum)
if [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && [ -n "$(ls -A "$site" 2>/dev/null)" ]; then exit 0; fi

scripts/need.sh node
scripts/web-modules.sh
npm --prefix web run --silent build
mkdir -p .cache
echo "$now" >"$stamp"
