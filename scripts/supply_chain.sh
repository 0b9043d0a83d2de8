#!/bin/sh
# scripts/supply_chain.sh audit: the locked dependencies against the known vulnerabilities (PyPI's, by pip-audit).
# scripts/supply_chain.sh sbom: what they are, as CycloneDX JSON in sbom.json.
# The tools live in an environment of their own, .venv-tools, so that they are no dependencies themselves.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'gradpath: %s\n' "$*"; }
stop() { say "$@" >&2; exit 1; }

wanted='pip-audit==2.10.1 cyclonedx-bom==7.5.0'
if [ "$(cat .venv-tools/.wanted 2>/dev/null)" != "$wanted" ]; then
    say "making .venv-tools with $wanted"
    .venv/bin/python -m venv --clear .venv-tools
    # shellcheck disable=SC2086  two packages
    .venv-tools/bin/python -m pip install --disable-pip-version-check --quiet $wanted
    printf '%s\n' "$wanted" >.venv-tools/.wanted
fi

case "${1-}" in
    audit)
        found=$(mktemp)
        trap 'rm -f "$found"' EXIT
        .venv-tools/bin/pip-audit --requirement requirements.lock --no-deps --disable-pip --format json \
            --progress-spinner off --output "$found" 2>"$found.said" || true
        said=$(tail -n 1 "$found.said"); rm -f "$found.said"
        .venv/bin/python scripts/audited.py "$found" "$said"
        ;;
    sbom)
        .venv-tools/bin/python -W ignore -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml \
            --output-reproducible --output-file sbom.json
        say "sbom.json: $(grep -c '"bom-ref": "requirements-' sbom.json) components"
        ;;
    *) stop "usage: scripts/supply_chain.sh audit | sbom" ;;
esac
