#!/usr/bin/env bash
# chromium.sh prints the path of the browser that the browser tests drive, or nothing and
# exit code 1. TOCSIN_CHROMIUM names another one.
set -euo pipefail
for name in "${TOCSIN_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
	[ -n "$name" ] || continue
	if command -v "$name"; then exit 0; fi
done
exit 1
