#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The CUDA shim with the test double of the driver (tests/fakecuda: no GPU): programs find
# the same with it as without, while a competitor takes the device away, at each level,
# and nothing hangs when any of the three is killed.
. "$(dirname "$0")/../cli/cli.sh"
set -u
export LC_ALL=C NO_COLOR=1

xschedd=${XSCHEDD:-$cli_tree/build/bin/xschedd}
shim=$cli_tree/build/lib/libxsched-cuda.so
bin=$cli_tree/build/tests/user/cuda
[ -x "$xschedd" ] || skip_all "needs build/bin/xschedd: make tools"
[ -x "$bin/order_test" ] || skip_all "needs $bin/order_test: make tests"
[ ! -e /dev/xsched ] || skip_all "programs would use the kernel module: rmmod xsched"

export XSCHED_SOCKET=$cli_tmp/xschedd.sock
unset XDG_RUNTIME_DIR NOTIFY_SOCKET LISTEN_FDS
trap 'kill -9 $(jobs -p) 2>/dev/null; rm -rf "$cli_tmp"' EXIT

soon() {	# CMD...: within 10 s
	local i

	for ((i = 0; i < 200; i++)); do
		"$@" && return
		sleep 0.05
	done
	return 1
}
step() {	# NAME CMD...: in this shell
	local name=$1 failed=0

	shift
	"$@" >"$cli_tmp/step" 2>&1 || failed=$?
	sed 's/^/# /' "$cli_tmp/step"
	report "$failed" "$name"
}
under() {	# LEVEL PRIORITY CMD...
	local level=$1 priority=$2

	shift 2
	LD_PRELOAD=$shim XSCHED_SCHEDULER=GLB XSCHED_AUTO_XQUEUE=ON XSCHED_AUTO_XQUEUE_LEVEL=$level \
		XSCHED_AUTO_XQUEUE_PRIORITY=$priority exec timeout -k 5 120 "$@"
}

start_daemon() {
	: >"$cli_tmp/log"
	"$xschedd" -v -s "$XSCHED_SOCKET" 2>>"$cli_tmp/log" &
	daemon=$!
	soon grep -q 'ready on' "$cli_tmp/log"
}
start_competitor() {
	: >"$cli_tmp/burst"
	(under 2 10 "$bin/work" burst 2000 3000) >"$cli_tmp/burst" 2>/dev/null &
	competitor=$!
	soon grep -q ready "$cli_tmp/burst"
}
# timeout's child, and with it timeout.
end_competitor() {
	kill -9 "$(pgrep -P "$competitor")"
	wait "$competitor" 2>/dev/null
}
end_one() {	# PID [SIGNAL]
	kill -"${2:-TERM}" "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# Verdicts and notes of a program; what else it says on stderr is the double's one line, and
# that a test asks for a function that nobody knows.
verdicts() {
	("$@") >"$cli_tmp/raw" 2>"$cli_tmp/stderr"
	echo "exit status $?" >>"$cli_tmp/raw"
	grep -E '^(ok|not ok|exit|#)' "$cli_tmp/raw"
}
same_as_native() {	# LEVEL PROGRAM [--said]: the shim may have had a word on stderr
	verdicts "$bin/$2" >"$cli_tmp/native"
	verdicts under "$1" 0 "$bin/$2" >"$cli_tmp/got"
	diff "$cli_tmp/native" "$cli_tmp/got" || return
	grep -q 'exit status 0' "$cli_tmp/got" || return
	[ -n "${3:-}" ] || ! grep -vE '^fakecuda: a test double|cuMemFreeAsync that is newer than xsched' "$cli_tmp/stderr"
}

entities() { "$xschedctl" -j list entities; }
preempted() {	# how often the entities that there are have been stopped
	entities | jq '[.. | .preemptions? // empty] | add // 0'
}

# A long stream at a low priority, while the competitor runs.
start_victim() {	# LEVEL [KERNELS [MODE [LENGTH_US]]]
	: >"$cli_tmp/victim"
	(under "$1" 0 "$bin/work" "${3:-stream}" "${4:-200}" "${2:-3000}") >"$cli_tmp/victim" 2>"$cli_tmp/victim.err" &
	victim=$!
	soon grep -q ready "$cli_tmp/victim"
}
victim_is_told() {	# to end with what it has begun
	kill "$(pgrep -P "$victim")" && victim_ends_well
}
victim_ends_well() {
	wait "$victim" || return
	cat "$cli_tmp/victim" "$cli_tmp/victim.err"
	grep -q 'in order' "$cli_tmp/victim"
}
is_held() {
	entities | jq -e '[.. | .held_ns? // empty] | add > 0' >/dev/null
}

stopped_again_and_again() {	# LEVEL
	start_victim "$1" || return
	soon is_held || { entities; return 1; }
	sleep 0.5
	entities | jq -r '.. | select(.comm? == "work") | "level \(.level) preempted \(.preemptions) held \(.held_ns) ns"' 2>/dev/null
	victim_ends_well
}
daemon_dies() {	# SIGNAL
	start_victim 2 || return
	soon is_held || return
	end_one "$daemon" "$1"
	victim_ends_well
}
# Who waits for it to speak, or at a gate that it doesn't open, goes on after a while.
daemon_hangs() {
	start_victim 2 3000 graph 300 || return
	soon is_held || return
	kill -STOP "$daemon"
	victim_ends_well || { cat "$cli_tmp/victim.err"; return 1; }
	(under 2 0 "$bin/work" stream 100 50) >"$cli_tmp/victim" 2>/dev/null
	grep -q 'in order' "$cli_tmp/victim"
}
scheduled_again() {
	start_victim 2 200000 && soon is_known || return
	end_one "$daemon" KILL
	sleep 0.2
	start_daemon || return
	soon is_known || { cat "$cli_tmp/log"; return 1; }
	victim_is_told
}
is_known() { entities | jq -e '[.. | .comm? // empty] | any(. == "work")' >/dev/null; }
daemon_dies_in_a_graph() {
	start_victim 2 6000 graph 300 && soon is_held || return
	end_one "$daemon" KILL
	victim_ends_well
}
exits_while_held() {	# what it has left at its gate doesn't keep it
	local begun

	: >"$cli_tmp/burst"
	(under 2 20 "$bin/work" stream 2000 100000) >"$cli_tmp/burst" 2>/dev/null &
	competitor=$!
	at_its_gate() { entities | jq -e '[.. | objects | select(.priority? == 0 and .gate? == "held")] | length > 0' >/dev/null; }
	soon grep -q ready "$cli_tmp/burst" && start_victim 2 300 exit 500 && soon at_its_gate ||
		{ entities; return 1; }
	begun=$SECONDS
	kill -USR1 "$(pgrep -P "$victim")"
	wait "$victim" || return
	echo "ended within $((SECONDS - begun)) s"
	[ $((SECONDS - begun)) -lt 20 ]
}
competitor_dies() {
	start_victim 2 || return
	soon is_held || return
	end_competitor
	victim_ends_well
}
victim_dies() {
	start_victim 2 || return
	soon is_held || return
	kill -9 "$(pgrep -P "$victim")"
	wait "$victim" 2>/dev/null
	victim_gone() { [ "$(entities | jq '[.. | .priority? // empty] | map(select(. == 0)) | length')" = 0 ]; }
	soon victim_gone
}
stops_inside_a_graph() {	# MODE: graphs of 30 ms, beside a competitor that comes every 5
	start_victim 2 3000 "$1" 300 || return
	victim_ends_well || return
	! grep -q ' 0 stops inside' "$cli_tmp/victim"
}
one_entity_per_gpu() {
	start_victim 2 4000 both 100 || return
	two() { [ "$(entities | jq '[.. | objects | select(.comm? == "work" and .priority? == 0)] | length')" = 2 ]; }
	soon two || { entities; return 1; }
	victim_ends_well
}
# XQueues that the program makes of its own streams.
own_queues() {
	timeout -k 5 300 "$bin/own_test" >"$cli_tmp/own" 2>"$cli_tmp/own.err"
	local status=$?

	grep -E '^(ok|not ok|# [^S])' "$cli_tmp/own"
	[ $status = 0 ] && ! grep -vE '^fakecuda: a test double' "$cli_tmp/own.err"
}
start_own() {	# KERNELS
	: >"$cli_tmp/victim"
	(XSCHED_SCHEDULER=GLB exec timeout -k 5 120 "$bin/own_work" 2 200 "$1") \
		>"$cli_tmp/victim" 2>"$cli_tmp/victim.err" &
	victim=$!
	soon grep -q ready "$cli_tmp/victim"
}
two_of_it() { [ "$(entities | jq '[.. | objects | select(.comm? == "own_work")] | length')" = 2 ]; }
one_is_held() { entities | jq -e '[.. | objects | select(.comm? == "own_work" and .held_ns > 0)] | length > 0' >/dev/null; }
own_are_scheduled() {
	start_own 3000 || return
	soon two_of_it && soon one_is_held || { entities; return 1; }
	victim_ends_well
}
own_are_scheduled_again() {
	start_own 200000 && soon two_of_it || return
	end_one "$daemon" KILL
	sleep 0.2
	start_daemon || return
	soon two_of_it || { cat "$cli_tmp/log"; return 1; }
	victim_is_told
}
beside_automatic() {
	(under 2 0 "$bin/own_work" 2 100 1000) >"$cli_tmp/victim" 2>"$cli_tmp/victim.err" || return
	cat "$cli_tmp/victim" "$cli_tmp/victim.err"
	grep -q 'in order' "$cli_tmp/victim"
}
# The driver is in front of us, as in a program that is linked the wrong way round.
own_unseen() {
	(LD_PRELOAD=$cli_tree/build/tests/fakecuda/libcuda.so.1 exec timeout 60 "$bin/own_work" 1 100 50) \
		>"$cli_tmp/victim" 2>"$cli_tmp/victim.err" || return
	cat "$cli_tmp/victim.err"
	grep -q 'in order' "$cli_tmp/victim" && grep -q 'link it in front of libcuda.so' "$cli_tmp/victim.err"
}
# Device time: of a program that keeps the device busy, and of one that does every tenth.
busy_percent() {	# MODE LENGTH COUNT
	: >"$cli_tmp/victim"
	(under 2 0 "$bin/work" "$@") >"$cli_tmp/victim" 2>/dev/null &
	victim=$!
	soon grep -q ready "$cli_tmp/victim" && sleep 0.3 &&
		"$xschedctl" -j top -n 1 -d 0.7 | jq '[.devices[].entities[].busy_percent // empty] | max // 0'
	kill "$(pgrep -P "$victim")"
	wait "$victim" 2>/dev/null
}
device_time_is_told() {
	local busy idle graph

	busy=$(busy_percent stream 500 100000)
	graph=$(busy_percent graph 100 100000)
	# The double's kernels take the CPU's time, so those of a busy machine take longer.
	for _ in 1 2 3 4 5; do
		idle=$(busy_percent burst 1000 9000)
		jq -en "$idle >= 60" >/dev/null || break
	done
	echo "of the device's time: a stream $busy%, graphs $graph%, bursts $idle%"
	jq -en "$busy > 50 and $graph > 50 and $idle > 1 and $idle < 60 and $busy > $idle and $graph > $idle" >/dev/null
}
mps_is_said() {
	(FAKECUDA_MPS=1 under 3 0 "$bin/work" stream 100 50) >"$cli_tmp/victim" 2>"$cli_tmp/victim.err" || return
	cat "$cli_tmp/victim.err"
	grep -q 'shared through MPS' "$cli_tmp/victim.err"
}
level_three_says_why() {
	(under 3 0 "$bin/work" stream 100 50) >"$cli_tmp/victim" 2>"$cli_tmp/victim.err" || return
	cat "$cli_tmp/victim.err"
	grep -q "level 3: the driver's channel groups can't be reached" "$cli_tmp/victim.err"
}
passes_through() {
	same_as_native 2 surface_test --said || return
	(under 2 0 "$bin/work" stream 0 500) >"$cli_tmp/victim" 2>"$cli_tmp/victim.err" || return
	cat "$cli_tmp/victim.err"
	[ "$(grep -c '^xsched: no scheduler' "$cli_tmp/victim.err")" = 1 ]
}

begin
step "without a scheduler all passes through, and it is said once" passes_through
step "xschedd starts" start_daemon
step "arguments and results of every call, level 2" same_as_native 2 surface_test
start_competitor
for level in 1 2; do
	step "a program finds the same, level $level, among others" same_as_native $level order_test
done
if [ -x "$xschedctl" ] && command -v jq >/dev/null; then
	for level in 1 2; do
		step "it is stopped and goes on, level $level" stopped_again_and_again $level
	done
	end_competitor
	step "device time" device_time_is_told
	start_competitor
	step "it is stopped inside of its graphs" stops_inside_a_graph graph
	step "and of those that it has updated" stops_inside_a_graph update
	step "an entity on each of two GPUs" one_entity_per_gpu
	step "a program's own XQueues are scheduled" own_are_scheduled
	step "and beside automatic ones" beside_automatic
	step "kill -9 of the victim" victim_dies
	step "kill -9 of the winner" competitor_dies
	start_competitor
	step "xschedd ends" daemon_dies TERM
	end_competitor
	start_daemon
	start_competitor
	step "xschedd is there and does nothing" daemon_hangs
	end_competitor
	end_one "$daemon" KILL
	start_daemon
	start_competitor
	step "kill -9 of xschedd" daemon_dies KILL
	end_competitor
	start_daemon
	start_competitor
	step "kill -9 of xschedd in the middle of a graph" daemon_dies_in_a_graph
	end_competitor
	start_daemon
	step "exit with a gate closed" exits_while_held
	end_competitor
	step "a new xschedd takes programs over" scheduled_again
	step "and their own XQueues" own_are_scheduled_again
else
	report 4 "programs are stopped and go on (needs xschedctl and jq)"
fi
step "XQueues of the program's own streams" own_queues
step "XQueues where CUDA's calls don't come by" own_unseen
own_late() {
	(LD_PRELOAD=$shim LD_LIBRARY_PATH=$cli_tree/build/lib exec timeout 60 "$bin/late_test") >"$cli_tmp/own" 2>&1
	local status=$?

	cat "$cli_tmp/own"
	return $status
}
step "XQueues that come when CUDA is in use" own_late
step "MPS is detected and said" mps_is_said
step "level 3 where it can't be" level_three_says_why
step "the table of calls is up to date" "$cli_tree/tests/user/cuda/coverage"
end
