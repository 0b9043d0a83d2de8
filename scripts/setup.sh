#!/bin/sh
# Makes .venv with the locked dependencies and this checkout, and sees to what is no Python package:
# Pango and HarfBuzz for the PDFs and, if asked for by `setup.sh tests`, Poppler, Chromium, PostgreSQL and nginx for
# the tests.
# What is there already is left alone. PYTHON=... chooses another interpreter.
set -eu
cd "$(dirname "$0")/.."

pdf_packages='libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0'

say() { printf 'gradpath: %s\n' "$*"; }
stop() { say "$@" >&2; exit 1; }
key() { cksum | tr -d ' '; }
holds() { [ -f ".venv/$1" ] && [ "$(cat ".venv/$1")" = "$2" ]; }

# Installs Debian packages; fails where that would need a password.
apt_install() {
    command -v apt-get >/dev/null || return 1
    as_root=
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || return 1
        as_root=sudo
    fi
    say "installing $* with apt-get"
    # A failing update is no reason to give up: the lists may be good enough.
    $as_root apt-get update -qq || true
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

brew_install() {
    command -v brew >/dev/null || return 1
    say "installing $* with Homebrew"
    brew install --quiet "$@"
}

# need CHECK WHAT DEBIAN-PACKAGES HOMEBREW-PACKAGE: installs what CHECK misses, or stops with one line.
need() {
    if $1 >/dev/null 2>&1; then return; fi
    # shellcheck disable=SC2086  # several packages
    if apt_install $3 || brew_install $4; then
        if $1 >/dev/null 2>&1; then return; fi
        stop "$2 still cannot be used after installing it: $($1 2>&1 | tail -n 1)"
    fi
    case "$(uname -s)" in
        Darwin) stop "$2 is missing; install Homebrew (https://brew.sh), then: brew install $4" ;;
        *) stop "$2 is missing; on Debian or Ubuntu: sudo apt-get install $3 (elsewhere the packages of the same kind)" ;;
    esac
}

has_pdf_libraries() {
    # Without its subset library WeasyPrint only warns, and is slow.
    .venv/bin/python -W 'error:HarfBuzz-Subset:DeprecationWarning' \
        -c 'from grader.sheets.typeset.pango import require_pango; require_pango()'
}

# offer CHECK WHAT DEBIAN-PACKAGE: installs what CHECK misses where that is possible; the tests that want it are skipped
# where it is not, but for the continuous integration, which skips nothing.
offer() {
    if $1 || { apt_install "$3" && $1; }; then return; fi
    [ -z "${CI-}" ] || stop "$2 is missing"
    say "$2 is missing: the tests that need it are skipped (Debian, Ubuntu: sudo apt-get install $3)"
}

has_chromium() {
    for name in chromium-headless-shell chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null && return
    done
    return 1
}
has_postgresql() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; }
has_nginx() { command -v nginx >/dev/null || [ -x /usr/sbin/nginx ]; }
has_pdftoppm() { command -v pdftoppm >/dev/null; }

# Every name is tried by running it: pyenv's shims exist for versions that are not switched on, and macOS's own
# python3 is too old.
find_python() {
    modules=$1
    if [ -n "${PYTHON-}" ]; then set -- "$PYTHON"; else set -- python3.14 python3.13 python3.12 python3.11 python3; fi
    for name; do
        path=$(command -v "$name") || continue
        if "$path" -c "import sys, $modules; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then
            printf '%s\n' "$path"
            return
        fi
    done
    return 1
}

# Debian keeps the modules venv and ensurepip in a package of their own.
choose_python() {
    if find_python 'venv, ensurepip'; then return; fi
    bare=$(find_python sys) || stop "Python 3.11 or later is needed (looked for ${PYTHON:-python3.11 to python3.14 and python3});" \
        "install it, or name one: make PYTHON=/path/to/python3.12"
    package=$("$bare" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    # One line is all a person should need, so it names what would be asked for next as well.
    apt_install "$package" >&2 ||
        stop "$bare has no venv module; on Debian or Ubuntu: sudo apt-get install $package $pdf_packages poppler-utils"
    printf '%s\n' "$bare"
}

locked=$({ cat requirements.lock; pwd; printf '%s' "${PYTHON-}"; } | key)
if ! holds .locked "$locked" || ! .venv/bin/python -c '' 2>/dev/null; then
    python=$(choose_python)
    say "making .venv with $("$python" --version) and the locked dependencies"
    "$python" -m venv --clear .venv
    .venv/bin/python -m pip install --disable-pip-version-check --quiet --no-compile --require-hashes -r requirements.lock
    # pip would compile one file after the other; a template of some package that is no Python is no failure.
    .venv/bin/python -m compileall -qq -j 0 .venv/lib || true
    printf '%s\n' "$locked" >.venv/.locked
fi

project=$(key <pyproject.toml)
if ! holds .project "$project"; then
    # hatchling is among the locked packages, so the build needs no environment of its own.
    .venv/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
    printf '%s\n' "$project" >.venv/.project
fi

if [ ! -f .venv/.libraries ]; then
    need has_pdf_libraries Pango "$pdf_packages" pango
    : >.venv/.libraries
fi
if [ "${1-}" = tests ]; then
    need has_pdftoppm 'pdftoppm (Poppler)' poppler-utils poppler
    # The shell alone starts in a tenth of the time; not every release of Debian and Ubuntu has it by itself.
    has_chromium || apt_install chromium-headless-shell || true
    offer has_chromium Chromium chromium
    offer has_postgresql PostgreSQL postgresql
    offer has_nginx nginx nginx-light
fi
