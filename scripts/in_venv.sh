#!/bin/sh
# Runs a command of .venv: scripts/in_venv.sh python -m pytest
here=$(cd "$(dirname "$0")/.." && pwd)
PATH=$here/.venv/bin:$PATH
# Pythons that do not come from Homebrew do not look where Homebrew and MacPorts put Pango. It must be set here and
# not in the Makefile, because macOS takes it away from everything that passes through /usr/bin/make.
DYLD_FALLBACK_LIBRARY_PATH=${DYLD_FALLBACK_LIBRARY_PATH:+$DYLD_FALLBACK_LIBRARY_PATH:}/opt/homebrew/lib:/usr/local/lib:/opt/local/lib:/usr/lib
export PATH DYLD_FALLBACK_LIBRARY_PATH
exec "$@"
