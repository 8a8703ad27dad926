#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# What goes wrong on the device while programs share it at level 3: each ends or goes
# on as it would without xsched, and the next program finds a device that works.
. "$(dirname "$0")/lib.sh"
params=/sys/module/kfdsim/parameters
tmp=$(mktemp -d "$tree/build/kfdsim-faults.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

# start NAME PRIORITY CMD...: in the background, its number in $pid; what it says goes to a file
start() {
	env LD_PRELOAD="$tree/build/lib/libxsched-hip.so" XSCHED_SCHEDULER=GLB XSCHED_AUTO_XQUEUE=ON \
		XSCHED_AUTO_XQUEUE_LEVEL=3 XSCHED_AUTO_XQUEUE_PRIORITY="$2" "${@:3}" >"$tmp/$1" 2>&1 &
	pid=$!
}

# two: one that is stopped in a kernel of 20 ms most of the time, and who stops it
two() {
	local i

	start back 0 "$bin/load" back 20000
	back=$pid
	sleep 0.6
	start front 10 "$bin/load" back 5000
	front=$pid
	for i in {1..50}; do
		sleep 0.1
		[ "$(stopped)" = 0 ] || return 0
	done
	echo "nothing is stopped"
	kill -9 $back $front
	return 1
}

# ends PID: within 20 s; its status in $status
ends() {
	local i

	for i in {1..200}; do
		kill -0 "$1" 2>/dev/null || break
		sleep 0.1
	done
	kill -0 "$1" 2>/dev/null && { kill -9 "$1"; echo "$1 hung"; }
	wait "$1" 2>/dev/null
	status=$?
}

stopped() { awk '!/^#/ && $3 == "aql" && $4 == 0 { n++ } END { print n + 0 }' $sim/queues; }

# fails NAME: ends by itself with an error; and what it said
fails() {
	ends "${!1}"
	echo "$1 ended with $status: $(grep -v amdgpu_get_auth "$tmp/$1" | grep -E 'rocr|fault|HW|xsched|reset' | head -n 2)"
	[ $status != 0 ] && [ $status != 137 ]
}

# finishes NAME: told to end, it has lost nothing
finishes() {
	kill -TERM "${!1}" || return
	ends "${!1}"
	cat "$tmp/$1"
	[ $status = 0 ]
}

next_works() {
	local i

	for i in {1..20}; do	# what a killed one had goes with its last mapping
		grep -vq '^#' $sim/queues || break
		sleep 0.1
	done
	! grep -v '^#' $sim/queues || { echo "these queues are left"; return 1; }
	start next 0 "$bin/load" front 5 100
	ends $pid
	[ $status = 0 ] && grep -q p50_us "$tmp/next" || { cat "$tmp/next"; return 1; }
}

killed() {
	two || return
	kill -9 $back
	ends $back
	sleep 0.2
	finishes front && next_works
}

both_killed() {
	two || return
	kill -9 $back $front
	ends $back
	ends $front
	next_works
}

slow() {
	two || return
	echo slow 300 >$sim/inject
	kill -TERM $front	# its end changes the runlist
	finishes back || return
	ends $front
	cat "$tmp/front"
	[ $status = 0 ] && next_works
}

timed_out() {
	local resets=$(stat_of resets) ret

	two || return
	echo 300 >$params/timeout_ms
	echo timeout 1 >$sim/inject
	kill -TERM $front	# which is done with the device by then
	fails back
	ret=$?
	ends $front
	echo 9000 >$params/timeout_ms
	echo timeout 0 >$sim/inject
	[ "$(stat_of resets)" = $((resets + 1)) ] || { echo "no reset"; return 1; }
	[ $ret = 0 ] && next_works
}

reset() {
	two || return
	echo reset >$sim/inject
	fails back && fails front && next_works
}

begin
try "a program killed while it is stopped" killed
try "both killed" both_killed
try "an unmap that takes 300 ms" slow
try "an unmap that times out" timed_out
try "a GPU reset" reset
end
