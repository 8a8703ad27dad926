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

# Straight from the tree, which was built: no variable says where the libraries are.
from_the_tree() {
	python3 -m pip --version >/dev/null 2>&1 || { echo "no pip on this machine"; return 4; }
	python3 -m pip install -q --no-index --target "$dir/tree" ./python || return 1
	env -u XSCHED_LIBDIR -u LD_LIBRARY_PATH PYTHONPATH="$dir/tree" \
		timeout 120 python3 tests/user/python/module.py queues &&
		env -u XSCHED_LIBDIR -u LD_LIBRARY_PATH PYTHONPATH=python \
			timeout 120 python3 tests/user/python/module.py queues
}

# What make install puts where: the module finds the libraries beside it.
by_make_install() {
	local at=lib/python9/dist-packages

	mkdir -p "$dir/root/$at" && cp -r python/xsched "$dir/root/$at" &&
		cp -P build/lib/*.so* "$dir/root/lib" || return 1
	env -u XSCHED_LIBDIR -u LD_LIBRARY_PATH PYTHONPATH="$dir/root/$at" \
		timeout 120 python3 tests/user/python/module.py queues
}

begin
for part in names queues errors callbacks dependencies missing torch opencl; do
	try "$part" env PYTHONPATH=python timeout 120 python3 tests/user/python/module.py $part
done
try "installed with pip" installed
try "installed with pip, from the tree" from_the_tree
try "installed with the libraries" by_make_install
end
