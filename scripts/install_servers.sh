#!/usr/bin/env bash
# Installs the servers that tests/servers runs against, from Debian's packages, where they are missing. Starts nothing.
set -euo pipefail

missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
# For the TypeScript client; its own packages come with `npm ci` in a temporary folder.
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
# The package would start a daemon of its own; the tests start theirs on a free port.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
