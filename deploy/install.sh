#!/bin/sh
# Makes .venv and installs a pinned list of requirements into it, when the list has changed since the last time.
# Usage: deploy/install.sh requirements.txt
set -eu
cd "$(dirname "$0")/.."
list=$1

if [ ! -x .venv/bin/python ]; then
    # A distribution's own is compiled with a profile of real programs; one that was built by hand often is not, and slower.
    python=/usr/bin/python3.11
    "$python" -c 'import ensurepip' 2>/dev/null || python=$(command -v python3.11 || command -v python3)
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "Cần Python 3.11 trở lên." >&2
        exit 1
    }
    # Debian ships venv's own pip apart from Python: without it, the system's pip installs into the environment.
    "$python" -m venv .venv >/dev/null 2>&1 || "$python" -m venv --clear --without-pip .venv
fi

sum() {
    .venv/bin/python -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1"
}

mark=.venv/.installed-$(basename "$list")
wanted=$(sum "$list")
[ -f "$mark" ] && [ "$(cat "$mark")" = "$wanted" ] && exit 0

echo "Đang cài các gói trong $list (chỉ lần đầu hoặc khi danh sách thay đổi)…"
if .venv/bin/python -m pip --version >/dev/null 2>&1; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$list"
else
    python3 -m pip --python .venv/bin/python install --quiet --disable-pip-version-check --require-hashes -r "$list"
fi
echo "$wanted" >"$mark"
# The list for development holds the one for running.
if [ "$(basename "$list")" = requirements-dev.txt ]; then
    sum requirements.txt >.venv/.installed-requirements.txt
fi
