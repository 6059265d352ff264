#!/usr/bin/env bash
# Resolves pyproject.toml for Linux and macOS, Python 3.11 and newer, into requirements.lock, then tries it for each kind
# of machine that is to work without a compiler. Called by `make lock`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
uv=.venv/bin/uv
# The configuration of this machine (other indexes, local folders) must not show in the lock.
unset UV_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_DEFAULT_INDEX UV_FIND_LINKS
new=$(mktemp)
trap 'rm -f "$new" "$new.one" "$new.bench"' EXIT

cp requirements.lock "$new" 2>/dev/null || true  # what is there and still fits stays, unless UPGRADE=1
"$uv" pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --only-binary :all: \
  --no-config --no-emit-index-url --no-annotate --no-header --quiet ${UPGRADE:+--upgrade} -o "$new"
declare -A compiled=([aarch64-unknown-linux-gnu]=pymetis)  # no wheel there (scripts/setup.sh compiles it)
for machine in x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu aarch64-apple-darwin; do
  for python in 3.11 3.12 3.13; do
    MACOSX_DEPLOYMENT_TARGET=14.0 "$uv" pip compile "$new" --python-platform "$machine" --python-version "$python" \
      --only-binary :all: ${compiled[$machine]:+--no-binary "${compiled[$machine]}"} \
      --no-config --quiet -o "$new.one"
    echo "lock: $machine, Python $python: $(grep -c == "$new.one") packages"
  done
done
# The peers of the benchmarks, with the very versions that the product has.
cp bench/requirements.lock "$new.bench" 2>/dev/null || true
"$uv" pip compile pyproject.toml --extra bench -c "$new" --universal --python-version 3.11 --generate-hashes --only-binary :all: \
  --no-config --no-emit-index-url --no-annotate --no-header --quiet ${UPGRADE:+--upgrade} -o "$new.bench"
if grep -nE '://|^-|file:|@ ' "$new" "$new.bench"; then
  echo "lock: the lines above name an address; nothing was written" >&2
  exit 1
fi
cat "$new" >requirements.lock
cat "$new.bench" >bench/requirements.lock
