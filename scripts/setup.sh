#!/usr/bin/env bash
# Brings this checkout to the point where `make run` and `make test` work. Says what it installs before it does, installs
# only what is missing, and does nothing at all the next time. `scripts/setup.sh tests` also sees to what tests need,
# `scripts/setup.sh bench` to the peers of the benchmarks, which live in an environment of their own, .venv-bench.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

WANTED_PYTHON="3.11"
WANTED_NODE=20
LOG=$(mktemp)  # what the package tools say is shown only when they fail
trap 'rm -f "$LOG"' EXIT
CREATECLUSTER_DIR=/etc/postgresql-common/createcluster.d

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$@" >&2; exit 1; }
hash_of() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -c1-64; }
known() { [ "$(cat "$1" 2>/dev/null || true)" = "$2" ]; }

# --- what the machine must have ---------------------------------------------------------------------------------------

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
    if [ -n "$candidate" ] && "$candidate" -c "import sys; sys.exit(sys.version_info < tuple(map(int, '$WANTED_PYTHON'.split('.'))))" 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  die "Python $WANTED_PYTHON or newer is needed, and none was found; install one, or name it: PYTHON=/path/to/python3 make setup"
}

has_postgis() {  # a PostgreSQL server whose own extension folder holds PostGIS
  local bin shared
  for bin in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin \
    /Applications/Postgres.app/Contents/Versions/*/bin "$(pg_config --bindir 2>/dev/null || true)"; do
    [ -x "$bin/postgres" ] && [ -x "$bin/initdb" ] || continue
    for shared in "/usr/share/postgresql/$(basename "$(dirname "$bin")")" "$("$bin/pg_config" --sharedir 2>/dev/null || true)"; do
      [ -f "$shared/extension/postgis.control" ] && return
    done
  done
  return 1
}

has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

wants_browser() { [ "${1:-}" = tests ] && [ -d tests/web ] && [ -f web/package.json ]; }

has_browser() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }

has_pango() { [ -n "$(find /usr/lib /usr/local/lib -maxdepth 2 -name 'libpangoft2-1.0.so*' -print -quit 2>/dev/null)" ]; }

has_chinese_font() {
  [ -n "$(find /usr/share/fonts /usr/local/share/fonts "${HOME:-/nonexistent}/.local/share/fonts" "${HOME:-/nonexistent}/.fonts" \
    \( -iname '*cjk*' -o -iname '*wqy*' -o -iname '*DroidSansFallback*' -o -iname '*SourceHanSans*' \) -print -quit 2>/dev/null)" ]
}

# --- Debian, Ubuntu ---------------------------------------------------------------------------------------------------

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

may_be_root() {
  [ "$(id -u)" = 0 ] && return
  command -v sudo >/dev/null || return 1
  sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }
}

postgres_release() {  # of the newest server installed, else the distribution's; NN when apt has no lists yet
  local release
  release=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/postgres' 2>/dev/null | cut -d/ -f5 | sort -n | tail -1)
  [ -n "$release" ] ||
    release=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -1)
  echo "${release:-NN}"
}

apt_packages() {  # PYTHON [tests]: what is missing, one a line
  has_venv "$1" || echo "python$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
  if [ -z "${ONEGRID_DATABASE_URL:-}" ] && ! has_postgis; then
    local release
    release=$(postgres_release)
    [ -x "/usr/lib/postgresql/$release/bin/postgres" ] || echo "postgresql-$release"
    echo "postgresql-$release-postgis-3"
  fi
  if wants_browser "${2:-}" && ! has_browser; then echo chromium; fi
}

install_with_apt() {  # PYTHON [tests]
  local packages
  packages=$(apt_packages "$@" | tr '\n' ' ')
  say "missing, and to come from the distribution: $packages"
  may_be_root || die "this user may not install it (neither root nor sudo). Ask whoever runs this machine for" \
    "    apt-get update" \
    "    apt-get install --no-install-recommends $packages" \
    "and run make again. (NN is the release of PostgreSQL that the distribution has.)"
  say "asking the distribution for its list of packages: apt-get update"
  as_root apt-get update -qq >"$LOG" 2>&1 || apt_failed
  packages=$(apt_packages "$@" | tr '\n' ' ')
  case "$packages" in *-NN*) die "the distribution has no package postgresql; set ONEGRID_DATABASE_URL to a server that has PostGIS" ;; esac
  say "installing: $packages"
  # The postgresql package would make a cluster of its own and start it on port 5432. OneGrid has no use for that one,
  # so it is told not to, for the time of this installation; clusters that exist are not touched.
  case "$packages" in *postgresql-*) hold_default_cluster ;; esac
  # shellcheck disable=SC2086  # a list of words is meant
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $packages >"$LOG" 2>&1 || apt_failed
  release_default_cluster
}

apt_failed() {
  tail -n 20 "$LOG" >&2
  die "the distribution's packages could not be installed: apt-get says why above"
}

hold_default_cluster() {
  as_root mkdir -p "$CREATECLUSTER_DIR"
  echo "create_main_cluster = false" | as_root tee "$CREATECLUSTER_DIR/onegrid.conf" >/dev/null
  trap 'release_default_cluster; rm -f "$LOG"' EXIT
}

release_default_cluster() {
  if [ -e "$CREATECLUSTER_DIR/onegrid.conf" ]; then as_root rm -f "$CREATECLUSTER_DIR/onegrid.conf"; fi
}

# --- other systems ----------------------------------------------------------------------------------------------------

install_with_brew() {
  command -v brew >/dev/null || die "PostGIS is missing: install Homebrew, or set ONEGRID_DATABASE_URL to a server that has it"
  say "installing with Homebrew: postgresql@17 postgis"
  brew install postgresql@17 postgis
  has_postgis || die "Homebrew's PostGIS does not fit its postgresql@17: see 'brew info postgis' for the release it serves," \
    "install that one, and run make again"
}

tell_what_is_missing() {
  die "PostgreSQL with PostGIS is missing, and this system has neither apt-get nor Homebrew." \
    "Install PostgreSQL 14 or newer and PostGIS 3.2 or newer with its own tool, or set ONEGRID_DATABASE_URL to a server that has them."
}

system_packages() {  # PYTHON [tests]
  local fits=yes
  has_venv "$1" || fits=no
  if [ -z "${ONEGRID_DATABASE_URL:-}" ] && ! has_postgis; then fits=no; fi
  if wants_browser "${2:-}" && ! has_browser; then fits=no; fi
  [ "$fits" = no ] || return 0
  if command -v apt-get >/dev/null; then
    install_with_apt "$@"
  elif [ "$(uname)" = Darwin ]; then
    install_with_brew
  else
    tell_what_is_missing
  fi
}

printing_packages() {  # for reports as PDF; all else works without, so that this never stops the set-up
  local packages=()
  has_pango || packages+=(libpango-1.0-0 libpangoft2-1.0-0)
  has_chinese_font || packages+=(fonts-wqy-microhei)
  [ "${#packages[@]}" -gt 0 ] && command -v apt-get >/dev/null || return 0
  say "for reports as PDF, to come from the distribution: ${packages[*]}"
  if may_be_root && as_root apt-get update -qq >"$LOG" 2>&1 &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}" >"$LOG" 2>&1; then
    return 0
  fi
  say "they could not be installed: reports are HTML only until somebody runs apt-get install ${packages[*]}"
}

# --- Python packages --------------------------------------------------------------------------------------------------

venv_fits() {  # PYTHON VENV: made by this Python, for this folder (programs in it hold its path)
  local which='import sys; print(sys.version_info[:2], sys.base_prefix)'
  [ -x "$2/bin/python" ] && grep -qF "$(pwd -P)/$2" "$2/bin/activate" 2>/dev/null || return 1
  [ "$("$2/bin/python" -c "$which" 2>/dev/null)" = "$("$1" -c "$which")" ]
}

locked_packages() {  # PYTHON VENV LOCK
  local locked sources=()
  if ! venv_fits "$1" "$2"; then
    say "making $2 with $1"
    "$1" -m venv --clear "$2"
  fi
  locked=$(hash_of <"$3")
  known "$2/onegrid-lock" "$locked" && return
  say "installing $(grep -c == "$3") Python packages into $2, as $3 names them (about 250 MB to fetch)"
  if [ "$(uname -sm)" = "Linux aarch64" ]; then
    say "pymetis has no wheel for this machine and is compiled, which needs g++ and the headers of Python"
    sources=(--no-binary pymetis)
  fi
  "$2/bin/python" -m pip install -q --disable-pip-version-check --no-input --require-hashes \
    --only-binary :all: ${sources[@]+"${sources[@]}"} -r "$3"
  echo "$locked" >"$2/onegrid-lock"
}

python_packages() {  # PYTHON
  local declared
  locked_packages "$1" .venv requirements.lock
  declared=$( (cat pyproject.toml; pwd) | hash_of)
  if ! known .venv/onegrid-self "$declared"; then
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-input --no-deps --no-index --no-build-isolation -e .
    echo "$declared" >.venv/onegrid-self
  fi
}

compiled_code() {  # numba looks at a function's own file only: what it calls may have changed in another one
  local sources
  sources=$(find app/spatial -name '*.py' | LC_ALL=C sort | xargs cat | hash_of)
  known .venv/onegrid-compiled "$sources" && return
  find app -name '*.nb[ic]' -delete
  echo "$sources" >.venv/onegrid-compiled
}

# --- the page ---------------------------------------------------------------------------------------------------------

web_packages() {  # as web/package-lock.json names them, without the addresses of a registry
  local locked
  locked=$(hash_of <web/package-lock.json)
  known web/node_modules/.onegrid-lock "$locked" && return
  command -v npm >/dev/null || die "Node $WANTED_NODE with npm is needed to build the page, and there is no npm: install Node, then run make again"
  [ "$(node -p 'process.versions.node.split(".")[0]')" -ge "$WANTED_NODE" ] ||
    die "Node $WANTED_NODE or newer is needed to build the page; this is $(node --version)"
  say "installing the packages of the page: npm ci (about 150 MB to fetch)"
  (cd web && npm ci --no-audit --no-fund --loglevel=error >"$LOG" 2>&1) || { tail -n 20 "$LOG" >&2; die "npm ci says above what is wrong"; }
  echo "$locked" >web/node_modules/.onegrid-lock
}

web_page() {
  [ -f web/package.json ] || return 0
  local sources
  web_packages
  sources=$(find web -name node_modules -prune -o -type f -not -name schema.d.ts -print | LC_ALL=C sort | while read -r file; do
    echo "$file"
    cat "$file"
  done | hash_of)
  known app/static/.built-from "$sources" && return
  say "building the page: npm run build"
  (cd web && npm run build --silent >"$LOG" 2>&1) || { tail -n 40 "$LOG" >&2; die "npm run build says above what is wrong"; }
  echo "$sources" >app/static/.built-from
}

mkdir -p var
if command -v flock >/dev/null; then  # two makes at once on a new checkout: the second waits
  exec 9>var/setup.lock
  flock 9
fi
python=$(find_python)
system_packages "$python" "$@"
printing_packages
python_packages "$python"
compiled_code
if [ "${1:-}" = bench ]; then locked_packages "$python" .venv-bench bench/requirements.lock; fi
web_page
