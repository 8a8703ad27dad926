#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The same programs under xsched at each level, and two that share the simulated GPU.
tree=$(cd "$(dirname "$0")/../../.." && pwd)
bin=$tree/build/tests/user/kfdsim
. "$tree/tests/lib/ktap.sh"

[ -e "$tree/build/lib/libxsched-hip.so" ] || { echo "KTAP version 1"; echo "ok 1 AMD's runtime # SKIP not installed: libamdhip64-dev libhsa-runtime-dev"; echo 1..1; exit 4; }

# under LEVEL PRIORITY CMD...
under() {
	env LD_PRELOAD="$tree/build/lib/libxsched-hip.so" XSCHED_SCHEDULER=GLB XSCHED_AUTO_XQUEUE=ON \
		XSCHED_AUTO_XQUEUE_LEVEL="$1" XSCHED_AUTO_XQUEUE_PRIORITY="$2" "${@:3}"
}

# of_back FIELD: a figure of the queue that dispatched most (column as in the file's heading)
of_back() { sort -k10,10n /sys/kernel/debug/kfdsim/queues | awk -v f="$1" '!/^#/ { v = $f } END { print v + 0 }'; }

# share LEVEL: a kernel of 20 ms behind, short ones in front; nothing gets lost, and at
# level 3 waves are saved and put back for every one of them (by HWS also when queues come and go).
share() {
	local back ok saves restores

	env LD_PRELOAD="$tree/build/lib/libxsched-hip.so" XSCHED_SCHEDULER=GLB XSCHED_AUTO_XQUEUE=ON \
		XSCHED_AUTO_XQUEUE_LEVEL="$1" "$bin/load" back 20000 >"$tree/build/kfdsim-back" 2>/dev/null &
	back=$!
	sleep 0.6
	under "$1" 10 timeout 60 "$bin/load" front 20 100 2>/dev/null
	saves=$(of_back 11) restores=$(of_back 12)
	kill -TERM $back
	wait $back && ok=1
	cat "$tree/build/kfdsim-back"
	rm -f "$tree/build/kfdsim-back"
	echo "simulated: $saves saves, $restores restores at level $1"
	[ -n "$ok" ] || { echo "a dispatch was lost"; return 1; }
	if [ "$1" = 3 ]; then
		[ "$saves" -ge 15 ]	# other changes of the runlist make a few
	else
		true
	fi
}

begin
for level in 1 2 3; do
	suite "HSA at level $level" under $level 0 "$bin/hsa_test"
	try "two programs at level $level" share $level
done
suite "HIP at level 3" under 3 0 "$bin/hip_test"
end
