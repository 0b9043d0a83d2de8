#!/bin/sh
# Runs a command of .venv: scripts/in_venv.sh python -m pytest
here=$(cd "$(dirname "$0")/.." && pwd)
PATH=$here/.venv/bin:$PATH
export PATH
exec "$@"
