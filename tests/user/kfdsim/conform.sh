#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# What the driver answers where it needs no GPU (kfd_conform):
# conform.sh         in a guest with kfdsim: compared with what Linux's own said
# conform.sh stock   in a guest without: loads Debian's amdgpu, and prints its answers
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../../.." && pwd)
ask=$tree/build/tests/user/kfdsim/kfd_conform
. "$tree/tests/lib/ktap.sh"

# load NAME: a module of the kernel's package, with what it needs
load() {
	local name=${1//-/_} file need

	! grep -q "^$name " /proc/modules || return 0
	file=$(find "$modules" -name '*.ko*' | awk -v n="$name" -F/ '{ f = $NF; sub(/\.ko.*/, "", f); gsub(/-/, "_", f) } f == n' | head -n 1)
	[ -n "$file" ] || return 0	# built in
	for need in $(modinfo -F depends "$file" | tr , ' '); do
		load "$need" || return
	done
	insmod "$file" || { echo "conform: insmod $file failed: $(dmesg | tail -n 1)" >&2; return 1; }
}

if [ "$1" = stock ]; then
	modules=${XSCHED_CACHE:-$HOME/.cache/xsched}/6.12/lib/modules/$(uname -r)
	[ -d "$modules" ] || { echo "conform: no modules for $(uname -r): boot tests/vm/run" >&2; exit 1; }
	load amdgpu || exit
	for i in {1..50}; do
		[ -e /dev/kfd ] && break
		sleep 0.2
	done
	exec "$ask"
fi

same() {
	local mine

	mine=$("$ask") || return
	grep -v '^#' "$here/stock-6.12.txt" | diff - <(echo "$mine") && echo "$(echo "$mine" | grep -c ' ') answers are those of Linux 6.12's driver"
}

[ -x "$ask" ] || { echo "KTAP version 1"; echo "ok 1 conformance # SKIP not built: libamdhip64-dev libhsa-runtime-dev"; echo 1..1; exit 4; }
begin
try "answers without a GPU (simulated)" same
end
