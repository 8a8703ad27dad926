#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# An unmodified program beside one of higher priority: with one long kernel, at level 3, also when
# the scheduler, or the other one, is killed; and with more launches than anybody can run.
tree=$(cd "$(dirname "$0")/../../.." && pwd)
. "$tree/tests/lib/ktap.sh"
walk=$tree/build/tests/user/park/walk
burst=$tree/build/tests/user/opencl/burst
flood=$tree/build/tests/user/opencl/flood
work=$(mktemp -d)
export XSCHED_SOCKET=$work/xschedd.sock XSCHED_SCHEDULER=GLB XSCHED_AUTO_XQUEUE=ON
pids=()

clean_up() {
	local p

	for p in "${pids[@]}"; do
		kill -9 "$p" 2>/dev/null
		wait "$p" 2>/dev/null
	done
	pids=()
}
trap 'clean_up; rm -rf "$work"' EXIT

there() {	# FILE PATTERN
	local i

	for ((i = 0; i < 300; i++)); do
		grep -q "$2" "$1" 2>/dev/null && return
		sleep 0.05
	done
	echo "no \"$2\" in $1:"
	cat "$1"
	return 1
}

start_scheduler() {
	local i

	rm -f "$XSCHED_SOCKET"
	"$tree/build/bin/xschedd" 2>"$work/xschedd.log" &
	scheduler=$!
	pids+=("$scheduler")
	for ((i = 0; i < 100; i++)); do
		[ -S "$XSCHED_SOCKET" ] && return
		sleep 0.05
	done
	return 1
}

# program NAME PRIORITY LEVEL CMD...: its process is in $started.
program() {
	local name=$1 priority=$2 level=$3

	shift 3
	OPENCL_LAYERS=$tree/build/lib/libxsched-opencl.so XSCHED_AUTO_XQUEUE_PRIORITY=$priority \
		XSCHED_AUTO_XQUEUE_LEVEL=$level "$@" >"$work/$name" 2>"$work/$name.err" &
	started=$!
	pids+=("$started")
}

# pair LEVEL [BUSY_US]: the walker at this level, and somebody more important.
pair() {
	start_scheduler || return 1
	program walk 0 "$1" "$walk" 1.6
	walker=$started
	there "$work/walk" running || return 1
	program burst 10 2 "$burst" "${2:-400000}" 20000
	other=$started
	there "$work/burst" ready
}

stood() { awk '/^stood/ { if ($3 - $2 > s) s = $3 - $2 } END { print s * 1000 }' "$work/walk"; }

ends_right() {
	wait "$walker" || { echo "walk ended with $?"; cat "$work/walk.err"; return 1; }
	cat "$work/walk"
	grep -q '^right' "$work/walk"
}

stands_meanwhile() {
	pair 3 || return 1
	sleep 0.4
	kill -9 "$other"
	ends_right || return 1
	echo "stood for up to $(stood) ms while the other was busy"
	awk -v ms="$(stood)" 'BEGIN { exit !(ms > 150) }'
}

level_2_goes_on() {
	pair 2 || return 1
	sleep 0.3
	grep stood "$work/walk" && return 1
	kill -9 "$other"
	ends_right
}

# resumed_after SECONDS_SINCE_EPOCH: how long after that the walker moved, in ms
resumed_after() {
	awk -v t="$1" '/^stood/ && $2 < t && $3 >= t { print ($3 - t) * 1000; found = 1 } END { exit !found }' "$work/walk"
}

killed() {	# the scheduler
	local when ms

	pair 3 || return 1
	sleep 0.2	# the other's work takes twice as long
	when=$EPOCHREALTIME
	kill -9 "$scheduler"
	ends_right || return 1
	ms=$(resumed_after "$when") || { echo "it didn't stand when the scheduler was killed"; return 1; }
	echo "went on $ms ms after the scheduler's death"
	awk -v ms="$ms" 'BEGIN { exit !(ms < 1000) }'
}

killed_while_parked() {	# the walker itself leaves nothing behind
	pair 3 || return 1
	sleep 0.3
	kill -9 "$walker"
	wait "$walker" 2>/dev/null
	kill -9 "$other"
	wait "$other" 2>/dev/null
	XSCHED_SOCKET=$XSCHED_SOCKET "$tree/build/bin/xschedctl" -j list >"$work/list" 2>&1 || return 4
	cat "$work/list"
	grep -q entity "$work/list" && return 1
	return 0
}

says_its_level() {
	pair 3 || return 1
	"$tree/build/bin/xschedctl" -j list >"$work/list" 2>&1 || return 4
	cat "$work/list"
	grep -Eq '"level": ?3' "$work/list"
}

# Many short turns: a kernel of 1.5 s is stopped again and again.
many_turns() {
	local n

	pair 3 5000 || return 1
	sleep 0.3
	"$tree/build/bin/xschedctl" -j list >"$work/list" 2>&1 || return 4
	kill -9 "$other"
	ends_right || return 1
	n=$(grep -oE '"preemptions": ?[0-9]+' "$work/list" | grep -oE '[0-9]+$' | sort -n | tail -n 1)
	echo "stopped $n times in 0.3 s"
	[ "$n" -ge 5 ]
}

# Held, it is let sleep once there is plenty behind the gate, and loses nothing.
sleeps() {	# LEVEL
	local slept

	start_scheduler || return 1
	program flood 0 "$1" "$flood" 60
	walker=$started
	there "$work/flood" ready || return 1
	program burst 10 "$1" "$burst" 700000 5000
	other=$started
	there "$work/burst" ready || return 1
	sleep 1.5
	kill -9 "$other"
	kill "$walker"
	wait "$walker" || { echo "flood ended with $?"; cat "$work/flood" "$work/flood.err"; return 1; }
	cat "$work/flood"
	slept=$(sed -n 's/.* slept \([0-9]*\) times/\1/p' "$work/flood")
	grep -q '^right' "$work/flood" && [ "$slept" -ge 4 ]
}
sleeps_at_1() { sleeps 1; }
sleeps_at_2() { sleeps 2; }
sleeps_at_3() { sleeps 3; }

# alone CASE: and nothing is left of it.
alone() {
	trap clean_up EXIT
	"$1"
}

begin
if [ ! -x "$walk" ] || ! ls /etc/OpenCL/vendors/*.icd >/dev/null 2>&1; then
	report 4 "level 3 under a scheduler (no OpenCL on this machine)"
	end
	exit 4
fi
for t in "a kernel stands while somebody more important works:stands_meanwhile" \
	 "at level 2 it goes on:level_2_goes_on" \
	 "many turns:many_turns" \
	 "the scheduler is killed:killed" \
	 "the program is killed while it stands:killed_while_parked" \
	 "the level is shown:says_its_level" \
	 "who launches while it is held sleeps, level 1:sleeps_at_1" \
	 "level 2:sleeps_at_2" "level 3:sleeps_at_3"; do
	try "${t%:*}" alone "${t##*:}"
done
end
