#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The Python module, from the tree and as pip installs it.
cd "$(dirname "$0")/../../.." || exit 1
. tests/lib/ktap.sh

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export XSCHED_LIBDIR=$PWD/build/lib PYTHONDONTWRITEBYTECODE=1

# Without the network: it builds itself.
installed() {
	python3 -m pip --version >/dev/null 2>&1 || { echo "no pip on this machine"; return 4; }
	cp -r python "$dir/source"
	python3 -m pip install -q --no-index --target "$dir/site" "$dir/source" || return 1
	PYTHONPATH=$dir/site timeout 120 python3 tests/user/python/module.py queues
}

begin
for part in names queues errors callbacks dependencies missing torch opencl; do
	try "$part" env PYTHONPATH=python timeout 120 python3 tests/user/python/module.py $part
done
try "installed with pip" installed
end
