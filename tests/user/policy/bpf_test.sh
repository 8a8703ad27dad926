#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Policies in BPF against the module: the two examples rule two clients, each kind
# of fault is met and survived, what could hang the kernel is refused, and policies
# go in every order. Needs root and the module; on kernels that can't load policies
# it tests that this is said. Leaves nothing loaded.
. "$(dirname "$0")/../cli/cli.sh"
export LC_ALL=C NO_COLOR=1

[ -e /dev/xsched ] || skip_all "needs the xsched module: modprobe xsched"
[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -x "$xschedctl" ] || skip_all "needs $xschedctl: make tools"

loader=$(dirname "$xschedctl")/xsched-bpf
examples=$cli_tree/build/policies
bad=$cli_tree/build/tests/bpf
client=$cli_tree/build/tests/user/cli/client
crowd=$cli_tree/build/tests/user/policy/crowd
pins=/sys/fs/bpf/xsched
device=cpu0
sys=/sys/class/xsched/$device

refused() {	# REGEX ARG...: the last line says why
	local wanted=$1
	shift
	run "$xschedctl" "$@"
	equals 1 "$status" && equals "" "$out" && matches "^xschedctl: $wanted" "${err##*$'\n'}"
}

begin

# --- kernels without ---------------------------------------------------------

if ! grep -q bpf_struct_ops_xsched_policy_ops /sys/kernel/btf/xsched 2>/dev/null; then
	why="this kernel has no type information"
	case $(uname -r) in
	[1-5].* | 6.[0-9].* | 6.10.*) why="Linux .* can't take a policy for a module; boot 6\.11 or newer" ;;
	esac
	try "this kernel: says that it can't, and what would work" \
		refused ".*: $why.*policy-howto.rst" policy load "$0"
	report 4 "all else, for this kernel can't load policies"
	end
	exit
fi
[ -x "$loader" ] || { echo "1..0 # SKIP needs $loader: make libbpf tools"; exit 4; }
[ -e "$bad/counting.bpf.o" ] && [ -e "$examples/rr.bpf.o" ] && [ -x "$crowd" ] ||
	{ echo "1..0 # SKIP needs clang: make policies tests"; exit 4; }

# --- loading -------------------------------------------------------------------

listed() { matches "(^| )$1( |\$)" "$(<$sys/policies)"; }
unlisted() { lacks "(^| )$1( |\$)" "$(<$sys/policies)"; }
loads() {	# FILE NAME
	silently policy load "$1" && listed "$2" && [ -e "$pins/$2" ]
}
unloads() {
	silently policy unload "$1" && unlisted "$1" && [ ! -e "$pins/$1" ]
}
before=$(<$sys/policies)
try "load: rr" loads "$examples/rr.bpf.o" rr
try "load: prio_aging" loads "$examples/prio_aging.bpf.o" prio_aging
try "load: not twice" refused "rr: there is a policy of this name; rename it" policy load "$examples/rr.bpf.o"
try "load: and the first stays" listed rr
try "load: no such file" refused "nix.o: No such file" policy load nix.o
try "load: no BPF object" refused ".*: .*policy-howto" policy load "$0"
usage() { run "$xschedctl" policy "$@"; equals 2 "$status"; }
try "load: no file" usage load
try "unload: no name" usage unload
try "unload: no such policy" refused "nix: no loaded policy of this name; " policy unload nix
try "unload: not one built in" refused "hpf: no loaded policy of this name; " policy unload hpf
try "unload: no path" refused "../xsched/rr: no loaded policy of this name; " policy unload ../xsched/rr
as_nobody() {	# of a tree that all may enter, wherever this one is
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$cli_tmp/xschedctl" policy "$@"
	equals 1 "$status" && matches 'run it as root$' "${err##*$'\n'}"
}
chmod 755 "$cli_tmp" && cp "$bad/faults.bpf.o" "$xschedctl" "$loader" "$cli_tmp/"
try "load: not for users" as_nobody load "$cli_tmp/faults.bpf.o"
try "unload: not for users" as_nobody unload rr
try "set: no such policy" refused "nix: no such policy; choose one of: .* rr prio_aging" policy $device nix

# --- deciding ------------------------------------------------------------------

pids=()
spawn() {	# CLASS: $! is its process, and it has work
	"$client" 0 "" "$1" >"$cli_tmp/client.$1.${#pids[@]}" &
	pids+=($!)
	soon test -s "$cli_tmp/client.$1.$((${#pids[@]} - 1))" && kill -USR1 $!
}
entity_of() {	# INDEX
	awk '{ print $2 }' "$cli_tmp"/client.*."$1"
}
spawn 1 && spawn 1 || report 1 "two clients run"
a=$(entity_of 0) b=$(entity_of 1)

is_set() { equals "$1" "$(<$sys/policy)" && equals "${2-}" "$(<$sys/fallback)"; }
sets() { silently policy $device "$1" && is_set "$1"; }
numbers() {	# FILTER...: of a, then of b
	local f of all=

	for f; do
		for of in $a $b; do
			all+="${all:+, }(.[] | select(.entity_id == $of) | $f)"
		done
	done
	run "$xschedctl" -j list
	json "[$all] | join(\" \")"
}
# shares SECONDS: how much a ran in that time, in permille of what both did, and how
# much both did in permille of the time, which is the accounts' own.
shares() {
	local a0 b0 a1 b1 t0 t1 all='.run_ns + .wait_ns + .held_ns'

	read -r a0 b0 t0 _ < <(numbers .run_ns "$all")
	sleep "$1"
	read -r a1 b1 t1 _ < <(numbers .run_ns "$all")
	share_a=$(((a1 - a0) * 1000 / (a1 - a0 + b1 - b0 + 1)))
	share_both=$(((a1 - a0 + b1 - b0) * 1000 / (t1 - t0 + 1)))
	echo "a ran $share_a permille of both; both ran $share_both permille of the time" \
		"(ns: $a0 to $a1, $b0 to $b1, of $t0 to $t1)"
}
between() { [ "$1" -le "$2" ] && [ "$2" -le "$3" ] || { echo "$2 is not from $1 to $3"; return 1; }; }
preempted() {
	local a0 b0 a1 b1

	read -r a0 b0 < <(numbers .preemptions)
	sleep 1
	read -r a1 b1 < <(numbers .preemptions)
	between $((a0 + 3)) "$a1" $((a0 + 1000)) && between $((b0 + 3)) "$b1" $((b0 + 1000))
}
alone_and_equal() { shares 3 && between 850 "$share_both" 1150 && between 400 "$share_a" 600; }
try "rr: set" sets rr
try "rr: takes turns" preempted
try "rr: each runs alone, half of the time" alone_and_equal
netlink_is() { run "$xschedctl" -j policy $device; json_is .policy "$1" && json_is '.available | index("rr") != null' true; }
try "rr: netlink has it" netlink_is rr

# 20 higher, so the lower runs one slice of 5 ms in 205 ms.
lower_is_rare() { shares 4 && between 850 "$share_both" 1150 && between 850 "$share_a" 995; }
try "prio_aging: set" sets prio_aging
try "prio_aging: equals take turns" alone_and_equal
silently hint "$a" priority=20
try "prio_aging: the lower runs rarely, and does" lower_is_rare
silently hint "$a" priority=0
try "prio_aging: equal again" alone_and_equal

# --- faults --------------------------------------------------------------------

try "faults: the verifier finds none" loads "$bad/faults.bpf.o" bad_error
gates_open() { run "$xschedctl" -j list; json_is '[.[].gate] | unique | @json' '["open"]'; }
fallen_back() { equals none "$(<$sys/policy)" && matches "^$1\$" "$(<$sys/fallback)"; }
# What it marks may be right until somebody comes, goes or has another hint.
stir() {
	kill -USR2 "${pids[1]}"
	sleep 0.2
	kill -USR1 "${pids[1]}"
	silently hint "$a" priority=1
	silently hint "$a" priority=0
}
falls() {	# NAME REASON
	local i

	silently policy $device "$1" || true
	for i in 1 2 3 4 5 6; do
		fallen_back "$2" >/dev/null && break
		stir
	done
	fallen_back "$2" && soon gates_open && sets hpf
}
try "fault: decide fails" falls bad_error "decide failed with error -5"
try "fault: start fails" falls bad_start "start failed with error -12"
try "fault: start fails, says the command" refused "policy of device $device: Cannot allocate memory \(the policy did not start, none runs.*" policy $device bad_start
try "fault: nobody runs" falls bad_none "ran none of [12] entities with work"
try "fault: marks when somebody enters" falls bad_enter "marked entity [0-9]+ outside of a decision"
try "fault: marks who has no work any more" falls bad_leave "marked entity [0-9]+ outside of a decision"
try "fault: decides too long" falls bad_slow "decided for over 1000 us 3 times in a row, last for [0-9]+ us"
try "fault: takes too long otherwise" falls bad_slow_enter "its callbacks took over 1000 us 3 times in a row"
harmless() { sets greedy && stir && sleep 0.5 && is_set greedy && sets hpf; }
try "no fault: asks for too much" harmless

"$crowd" 100 >"$cli_tmp/crowd" &
crowd_pid=$!
soon grep -q ready "$cli_tmp/crowd"
cut_short() {
	falls bad_walk "decided for over 1000 us 3 times in a row, last for [0-9]+ us" || return
	# an emulated machine that is shared takes its time for the last step, too
	between 1000 "$(sed -n 's/.*last for \([0-9]*\) us/\1/p' "$cli_tmp/reason")" 500000
}
watch_reason() { while sleep 0.05; do f=$(<$sys/fallback) && [ -n "$f" ] && echo "$f" >"$cli_tmp/reason"; done; }
watch_reason &
watcher=$!
try "fault: walks for ever; is cut short" cut_short
kill $watcher $crowd_pid
wait $watcher $crowd_pid 2>/dev/null
crowd_rr() {
	"$crowd" 100 >"$cli_tmp/crowd" &
	crowd_pid=$!
	soon grep -q ready "$cli_tmp/crowd" && sets rr && sleep 1 && is_set rr
	status_rr=$?
	kill $crowd_pid
	wait $crowd_pid 2>/dev/null
	sets hpf && return $status_rr
}
try "rr: a hundred entities" crowd_rr
newest_runs() {
	loads "$cli_tree/build/tests/user/policy/lifo.bpf.o" lifo && sets lifo || return
	kill -USR2 "${pids[0]}"
	sleep 0.2
	kill -USR1 "${pids[0]}"
	shares 1 && between 950 "$share_a" 1001 && unloads lifo && fallen_back "policy lifo was unloaded"
}
try "the guide's policy does what it says" newest_runs
try "fault: others rule as before" sets rr
try "fault: and take turns" preempted
try "fault: a policy that failed can be tried again" falls bad_none "ran none of [12] entities with work"

counts() {
	loads "$bad/counting.bpf.o" counting && sets counting && stir && is_set counting &&
		unloads counting && sets hpf
}
try "maps and variables are a policy's, too" counts

# --- refusals ------------------------------------------------------------------

takes_not() {	# FILE REASON
	refused "$2" policy load "$bad/refused_$1.bpf.o" && unlisted refused
}
says_log() {	# REGEX: what the kernel said
	dmesg | grep -Eq -e "xsched: BPF .*$1" || { dmesg | tail -n 5; return 1; }
}
verifier="kernel doesn't take its programs"
try "refused: a loop without end" takes_not loop ".*$verifier.*; see \"dmesg"
try "refused: a loop without end, says the kernel" says_log "program decide refused: it calls a kernel function that isn't xsched's"
try "refused: a helper that calls back" takes_not helper ".*$verifier"
try "refused: a store into the scheduler's data" takes_not write ".*$verifier"
try "refused: a pointer that isn't checked" takes_not null ".*$verifier"
try "refused: a store out of bounds" takes_not bounds ".*$verifier"
try "refused: something else for an entity" takes_not foreign ".*$verifier"
try "refused: a function that isn't static" takes_not global ".*$verifier.*; see \"dmesg"
try "refused: a program that sleeps" takes_not sleepable ".*"
try "refused: no decide" takes_not nothing ".*"
try "refused: no decide, says the kernel" says_log "policy refused refused: it has no decide"
try "refused: a name that is taken" takes_not clash "hpf: there is a policy of this name"
try "refused: a name that is no word" takes_not name "re fused: not accepted: Invalid argument"
refused_json() {
	run "$xschedctl" -j policy load "$bad/refused_clash.bpf.o"
	json_error 1 'there is a policy of this name'
}
try "refused: in JSON" refused_json

# --- going, in every order -------------------------------------------------------

spawn 3
npu=/sys/class/xsched/npu0
two_devices() {
	sets rr && soon test -e $npu && echo rr >$npu/policy && unloads rr || return
	fallen_back "policy rr was unloaded" && equals none "$(<$npu/policy)" &&
		equals "policy rr was unloaded" "$(<$npu/fallback)" && soon gates_open
}
try "unload: while two devices use it" two_devices
try "unload: not twice" refused "rr: no loaded policy" policy unload rr
try "load: again" loads "$examples/rr.bpf.o" rr
try "load: and it rules" sets rr
removed() { rm "$pins/rr" && soon unlisted rr && soon fallen_back "policy rr was unloaded"; }
try "unload: by removing its file, while in use" removed

foreground() {	# SIGNAL
	"$xschedctl" policy load -f "$examples/rr.bpf.o" >"$cli_tmp/loader" 2>&1 &
	# the shell's child becomes the loader
	soon listed rr && sets rr
	kill "-$1" $! && wait $! 2>/dev/null
	soon unlisted rr && soon fallen_back "policy rr was unloaded" && sets hpf
}
try "foreground: goes with the program" foreground TERM
try "foreground: also if that is killed" foreground KILL

# Others switch policies all the while; nobody may be left with one that is gone.
churn() {
	local i switcher

	while :; do
		for i in rr hpf prio_aging rr none; do
			echo $i >$sys/policy
			echo $i >$npu/policy
		done
	done 2>/dev/null &
	switcher=$!
	for i in 1 2; do
		loads "$examples/rr.bpf.o" rr && unloads rr || break
	done
	kill $switcher
	wait $switcher 2>/dev/null
	equals 2 "$i" && sets hpf && unlisted rr
}
try "load and unload while others switch" churn

kill "${pids[@]}"
wait "${pids[@]}" 2>/dev/null
stays() { run rmmod xsched; matches "in use" "$err" && [ -e /dev/xsched ]; }
try "the module stays while policies are loaded" stays
rest() {
	local name

	for name in "$pins"/*; do
		name=${name##*/}
		unloads "$name" || return
	done
	equals "$before" "$(<$sys/policies)"
}
try "unload: all the rest" rest

end
