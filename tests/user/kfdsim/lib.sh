# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Source it: programs that share the simulated GPU under xsched.
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
bin=$tree/build/tests/user/kfdsim
sim=/sys/kernel/debug/kfdsim
. "$tree/tests/lib/ktap.sh"

[ -e "$tree/build/lib/libxsched-hip.so" ] || { echo "KTAP version 1"; echo "ok 1 AMD's runtime # SKIP not installed: libamdhip64-dev libhsa-runtime-dev"; echo 1..1; exit 4; }

# under LEVEL PRIORITY CMD...
under() {
	env LD_PRELOAD="$tree/build/lib/libxsched-hip.so" XSCHED_SCHEDULER=GLB XSCHED_AUTO_XQUEUE=ON \
		XSCHED_AUTO_XQUEUE_LEVEL="$1" XSCHED_AUTO_XQUEUE_PRIORITY="$2" "${@:3}"
}

# of_back FIELD: a figure of the queue that dispatched most (column as in the file's heading)
of_back() { sort -k10,10n $sim/queues | awk -v f="$1" '!/^#/ { v = $f } END { print v + 0 }'; }

# back LEVEL T: keeps the device busy with kernels of T us; its number in $back, see back_ends
back() {
	said=$(mktemp "$tree/build/kfdsim-back.XXXXXX")
	env LD_PRELOAD="$tree/build/lib/libxsched-hip.so" XSCHED_SCHEDULER=GLB XSCHED_AUTO_XQUEUE=ON \
		XSCHED_AUTO_XQUEUE_LEVEL="$1" "$bin/load" back "$2" >"$said" 2>"$said.err" &
	back=$!
	sleep 0.6
}

# Nothing of it got lost.
back_ends() {
	local ok

	kill -TERM $back
	wait $back && ok=1
	cat "$said"
	grep '^xsched:' "$said.err"
	rm -f "$said" "$said.err"
	[ -n "$ok" ] || { echo "a dispatch was lost"; return 1; }
}

# share LEVEL: a kernel of 20 ms behind, 20 short ones in front; nothing gets lost,
# and at level 3 waves are saved and put back for every one of them.
share() {
	local saves restores want=0

	[ "$1" != 3 ] || want=15	# by HWS other changes of the runlist make a few more
	back "$1" 20000
	under "$1" 10 timeout 60 "$bin/load" front 20 100 2>/dev/null
	saves=$(of_back 11) restores=$(of_back 12)
	echo "simulated: $saves saves, $restores restores at level $1"
	back_ends || return
	[ "$saves" -ge "$want" ]
}
