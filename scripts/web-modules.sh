#!/usr/bin/env bash
# web-modules.sh installs the console's npm packages, exactly those of the lock file,
# when the lock file is newer than what is installed.
set -euo pipefail
cd "$(dirname "$0")/../web"
if [ node_modules/.package-lock.json -nt package-lock.json ]; then exit 0; fi
npm ci --no-audit --no-fund --loglevel=error
touch node_modules/.package-lock.json
