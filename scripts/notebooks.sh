#!/bin/sh
# Makes .venv-notebooks: Otter, nbgrader and a kernel, locked in notebooks.lock, for the slow tests of notebooks. They are
# 700 MB, so that they are no dependencies of the tests themselves.
set -eu
cd "$(dirname "$0")/.."

wanted=$(cksum <notebooks.lock)
if [ "$(cat .venv-notebooks/.wanted 2>/dev/null)" != "$wanted" ]; then
    echo 'gradpath: making .venv-notebooks with the locked programs for notebooks'
    .venv/bin/python -m venv --clear .venv-notebooks
    .venv-notebooks/bin/python -m pip install --disable-pip-version-check --quiet --require-hashes -r notebooks.lock
    printf '%s\n' "$wanted" >.venv-notebooks/.wanted
fi
