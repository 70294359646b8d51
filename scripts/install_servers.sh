#!/usr/bin/env bash
# Installs what tests/servers runs against: servers from Debian's packages, where they are missing, and the programs of
# tests/servers/node/package-lock.json into build/node, which `make clean` takes away. Starts nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing+=(postgresql)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
if [ ${#missing[@]} -gt 0 ]; then
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    # The package would start a daemon of its own; the tests start theirs on a free port.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

programs=tests/servers/node
if ! cmp --silent "$programs/package-lock.json" build/node/.installed; then
    mkdir -p build/node
    cp "$programs/package.json" "$programs/package-lock.json" build/node/
    npm ci --prefix build/node --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel error
    cp "$programs/package-lock.json" build/node/.installed
fi
