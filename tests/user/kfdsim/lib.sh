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

stat_of() { awk -v n="$1" '$1 == n { print $2 }' $sim/stats; }
driver_calls() { echo $(($(stat_of update_queue) + $(stat_of dbg_trap))); }

# share LEVEL: a kernel of 20 ms behind, 20 short ones in front; nothing gets lost, and at
# level 3 waves are saved and put back for many of them: how many depends on this machine.
share() {
	local saves restores calls

	calls=$(driver_calls)
	back "$1" 20000
	under "$1" 10 timeout 60 "$bin/load" front 20 100 2>/dev/null
	saves=$(of_back 11) restores=$(of_back 12)
	back_ends || return
	calls=$(($(driver_calls) - calls))
	echo "simulated: $saves saves, $restores restores, $calls calls at level $1"
	[ "$1" != 3 ] || { [ "$saves" -ge 8 ] && [ $calls -ge 16 ]; }
}
