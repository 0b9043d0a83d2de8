#!/bin/sh
# Renews requirements.lock and notebooks.lock from pyproject.toml with uv, for every supported Python and platform at once.
# Further words go to uv: scripts/lock.sh --upgrade, scripts/lock.sh --upgrade-package weasyprint
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "uv is needed: https://docs.astral.sh/uv/" >&2; exit 1; }

lock() {
    uv pip compile "$@" --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-emit-index-url \
        --no-annotate --custom-compile-command scripts/lock.sh --quiet
}
lock pyproject.toml --extra dev --extra practice --extra scan --constraints scripts/lock-constraints.txt \
    --output-file requirements.lock "$@"
lock --group pyproject.toml:notebooks --output-file notebooks.lock "$@"
