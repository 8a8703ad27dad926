#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Records what AMD's runtime asks of the simulated driver: no call that Linux's driver has
# is left unanswered, and no other is answered.
tree=$(cd "$(dirname "$0")/../../.." && pwd)
bin=$tree/build/tests/user/kfdsim
tmp=$(mktemp -d "$tree/build/kfdsim-calls.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
. "$tree/tests/lib/ktap.sh"

skip() { echo "KTAP version 1"; echo "ok 1 calls # SKIP $1"; echo 1..1; exit 4; }
[ -x "$bin/hsa_test" ] || skip "not installed: libamdhip64-dev libhsa-runtime-dev"
command -v strace >/dev/null || skip "not installed: strace"

# calls NAME=VALUE... PROGRAM...
calls() {
	local i=0 p

	for p in "$@"; do
		i=$((i + 1))
		strace -f -X raw -e trace=ioctl,openat,open -o "$tmp/$i" "$bin/$p" >"$tmp/said" 2>&1 ||
			{ tail -n 5 "$tmp/said"; return 1; }
	done
	"$tree/tests/user/kfdsim/calls.py" /usr/include/linux/kfd_ioctl.h "$tree/hal/hip/kfd_debug.h" -- \
		$(seq -f "$tmp/%g" $i)
}

begin
try "calls of HSA and HIP (simulated)" calls hsa_test hip_test
try "calls of programs with XQueues of their own (simulated)" calls xfault_test
end
