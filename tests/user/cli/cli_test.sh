#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# xschedctl against the module: two clients (client.c) of which it has to know
# everything, policies and hints that it sets, events, refusals, and in the end
# the shutdown, after which the module has to be loaded again. Needs root and the module.
# XSCHEDCTL and CLI_CLIENT name other binaries.
. "$(dirname "$0")/cli.sh"
set -u
export LC_ALL=C NO_COLOR=1

[ -e /dev/xsched ] || skip_all "needs the xsched module: modprobe xsched"
[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -x "$xschedctl" ] || skip_all "needs $xschedctl: make tools"

client=${CLI_CLIENT:-$cli_tree/build/tests/user/cli/client}
if [ ! -x "$client" ]; then
	client=$cli_tmp/client
	cc -std=gnu11 -O1 -I"$cli_tree/uapi" "$cli_tree/tests/user/cli/client.c" -o "$client" ||
		skip_all "needs the test's client: make tests"
fi
# Another user must be able to run both.
bin=$cli_tmp/bin
mkdir "$bin" && cp "$client" "$bin/client" && cp "$xschedctl" "$bin/xschedctl" && chmod 755 "$cli_tmp" "$bin"
client=$bin/client

valid() {	# ARG...
	run "$xschedctl" "$@"
	equals 0 "$status" && equals "" "$err" && equals 1 "$(jq -s length <<<"$out")"
}
refused_json() {	# REGEX-OF-REASON ARG...
	local wanted=$1
	shift
	run "$xschedctl" -j "$@"
	json_error 1 "$wanted"
}
nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
nobody_refused() {	# REGEX ARG...
	local wanted=$1
	shift
	run $nobody "$bin/xschedctl" "$@"
	failed_with 1 "^xschedctl: $wanted"
}

begin

# --- nobody there ----------------------------------------------------------

status_fresh() {
	run "$xschedctl"
	equals 0 "$status" && matches '^module +loaded, .*ABI 1$' "$out" &&
		matches '^features +.*netlink' "$out" && matches '^limits +[0-9]+ clients' "$out"
}
try "status: loaded" status_fresh
try "status: JSON" value '[.usable, .module, .abi, .clients, (.features | index("netlink") != null)] | @json' \
	'[true,true,1,0,true]' status
try "list: nobody" value length 0 list
try "list: no queues" value length 0 list queues

# --- two clients -----------------------------------------------------------

# start NAME [ARG...]: leaves pid_NAME, entity_NAME and queue_NAME.
start() {
	local name=$1 entity queue x y
	shift
	"$@" >"$cli_tmp/$name.out" 2>&1 &
	eval "pid_$name=$!"
	soon grep -q '^entity' "$cli_tmp/$name.out" || { cat "$cli_tmp/$name.out"; return 1; }
	read -r x entity y queue <"$cli_tmp/$name.out"
	eval "entity_$name=$entity queue_$name=$queue"
}

"$xschedctl" -j monitor >"$cli_tmp/events" 2>"$cli_tmp/events.err" &
monitor=$!
listens() {	# a client comes and goes until it is seen
	timeout 0.3 "$client" >/dev/null
	[ -s "$cli_tmp/events" ]
}
try "monitor: listens" soon listens
npu_listed() { value '.[] | select(.class == "npu") | [.label, .policy] | @json' '["my npu","hpf"]' list devices; }
if start npu "$client" 0 "my npu" 3; then
	try "list: a device of another class" npu_listed
	kill -TERM "$pid_npu"
fi
soon value length 0 list

start high "$client" 5 || { echo "Bail out! the client can't start"; exit 1; }
start low $nobody "$client" -3 || { echo "Bail out! nobody's client can't start"; exit 1; }
device=$("$xschedctl" -j list | jq -r '.[0].device')
device_id=$("$xschedctl" -j list | jq -r '.[0].device_id')

try "list: the first client" row "$entity_high +$pid_high +root +client +$device +[a-z]+ +[a-z]+ +1 +5 +0 +0 +0 .*" list
try "list: another user's client" row "$entity_low +$pid_low +nobody +client +$device +[a-z]+ +[a-z]+ +1 +-3 +0 +0 +0 .*" list entities
try "list: their device" row "$device_id +$device +cpu +hpf +2 .* test cpu" list devices
try "list: clients" row "[0-9]+ +$pid_low +nobody +client +[0-9]+ +[0-9]+" list clients
try "list: queues" row "$queue_high +$entity_high +$pid_high +client +$device +generic +1 +0xabcd +0 +0 +0" list queues
for c in list "list devices" "list clients" "list queues" policy hint status "top -n 1 -d 0.1"; do
	try "JSON: $c" valid -j $c
done
try "status: counts" value '[.clients, .entities, (.devices | length >= 1)] | @json' '[2,2,true]' status

# The first has work, so the second has to wait for its turn.
kill -USR1 "$pid_high"
running() { value ".[] | select(.entity_id == $entity_high) | [.state, .gate] | @json" '["running","open"]' list; }
soon running
kill -USR1 "$pid_low"
ready() { value ".[] | select(.entity_id == $entity_low) | [.state, .gate, .submitted, .pending] | @json" '["ready","held",0,3]' list; }
try "list: the higher priority runs" running
try "list: the lower waits" soon ready
shares() {
	run "$xschedctl" -j top -n 1 -d 0.5
	equals 0 "$status" &&
		json_is ".devices[] | select(.device == \"$device\") | .entities | map(.entity_id) | @json" "[$entity_high,$entity_low]" &&
		json_is ".devices[] | select(.device == \"$device\") | .entities |
			 [.[0].run_percent > 90, .[0].wait_percent == 0, .[1].run_percent == 0, .[1].wait_percent > 90] | all" true
}
top_text() {
	run "$xschedctl" top -b -n 2 -d 0.1
	equals 0 "$status" && equals 2 "$(grep -c "^device $device  test cpu  policy hpf  entities 2" <<<"$out")" &&
		matches "^ *$entity_low +$pid_low +nobody +client +ready +1 +-3 +3 +0\.0 +[0-9.]+ +0\.0 .*" "$out"
}
alone() {	# the other has gone, so nobody measures
	run "$xschedctl" -j top -n 1 -d 0.2
	json_is '.devices[] | select(.entities | length > 0) | .entities | map(.run_percent) | @json' '[null]'
}
try "top: shares" shares
try "top: text" top_text

# --- hints -----------------------------------------------------------------

priority_is() { value ".[] | select(.entity_id == $1) | .priority" "$2" list; }
try "hint: show one" row "$entity_high +$pid_high +client +$device +5( .*)?" hint "$entity_high"
try "hint: show a process" value 'map(.entity_id) | @json' "[$entity_low]" hint --pid "$pid_low"
try "hint: set" silently hint "$entity_low" priority=20 timeslice=2ms
try "hint: is set" priority_is "$entity_low" 20
turned() { value ".[] | select(.entity_id == $entity_high) | [.gate, .preemptions] | @json" '["held",1]' list; }
try "hint: the turn goes over" soon turned
try "hint: of a process" silently hint --pid "$pid_low" priority=-3
try "hint: of a process, is set" priority_is "$entity_low" -3
try "hint: no such entity" refused 'entity 4000000: no such entity; see "xschedctl list".*' hint 4000000 priority=1
try "hint: no such entity to show" refused 'entity 4000000: no such entity; .*' hint 4000000
try "hint: no such process" refused "process $$: not under the scheduler.*; see .*" hint --pid $$ priority=1
try "hint: JSON error" refused_json 'no such entity' hint 4000000 priority=1
try "hint: not another user's" nobody_refused "priority of entity $entity_high: Operation not permitted.*; run it as root" hint "$entity_high" priority=1
try "hint: so it stays" priority_is "$entity_high" 5
own_hint() {
	run $nobody "$bin/xschedctl" hint "$entity_low" priority=-4
	succeeded_silently && priority_is "$entity_low" -4
}
try "hint: a user's own" own_hint

# --- policies --------------------------------------------------------------

policy_is() { value ".[] | select(.device == \"$device\") | .policy" "$1" policy; }
both_open() { value 'map(.gate) | unique | @json' '["open"]' list; }
sysfs_is() { equals "$1" "$(cat "/sys/class/xsched/$device/policy")"; }
try "policy: show" row "$device +cpu +hpf +- +.*none.*" policy
try "policy: show one" value '.available | sort | index("hpf") != null' true policy "$device"
try "policy: set by name" silently policy "$device" none
try "policy: is set" policy_is none
try "policy: sysfs has it" sysfs_is none
try "policy: none opens all gates" soon both_open
try "policy: set by label" silently policy "test cpu" hpf
try "policy: set by id" silently policy "$device_id" hpf
try "policy: is set again" policy_is hpf
try "policy: no such device" refused 'nix9: no such device; see "xschedctl list devices".*' policy nix9 hpf
try "policy: no such device to show" refused 'nix9: no such device; .*' policy nix9
try "policy: no such policy" refused 'nix: no such policy; choose one of: .*hpf' policy "$device" nix
try "policy: a name too long" refused '.*: no such policy; choose one of: .*' policy "$device" "$(printf 'x%.0s' {1..40})"
try "policy: no name" refused ': no such policy; choose one of: .*' policy "$device" ""
try "policy: JSON error" refused_json 'no such policy' policy "$device" nix
try "policy: not for users" nobody_refused "policy of device $device: Operation not permitted.*; run it as root" policy "$device" none
try "policy: so it stays" policy_is hpf
users_read() {
	run $nobody "$bin/xschedctl" -j list
	json_is 'length' 2
}
try "list: for any user" users_read

# --- run -------------------------------------------------------------------

touch "$cli_tmp/libxsched-opencl.so"
hooks_in() {
	run env XSCHED_LIBDIR="$cli_tmp" "$xschedctl" run --no-preload --priority 4 -- env
	equals 0 "$status" && equals "" "$err" && matches "^OPENCL_LAYERS=$cli_tmp/libxsched-opencl.so" "$out" &&
		matches '^XSCHED_AUTO_XQUEUE_PRIORITY=4$' "$out"
}
without_library() {
	run env XSCHED_LIBDIR=/nix "$xschedctl" run -- sh -c 'exit 5'
	failed_with 5 '^xschedctl: warning: /nix/libxsched-opencl.so: not found, .*XSCHED_LIBDIR'
}
try "run: hooks in, silently" hooks_in
try "run: without the library" without_library

# --- they end --------------------------------------------------------------

kill -KILL "$pid_low"
soon value length 1 list
try "top: no shares where nothing is decided" alone
kill -USR2 "$pid_high"
kill -TERM "$pid_high"
try "list: empty after SIGTERM and SIGKILL" soon value length 0 list
try "list: no queues left" value length 0 list queues
try "list: no clients left" value length 0 list clients

# --- events ----------------------------------------------------------------

# Events in the order in which they have to come.
seen() {	# jq condition
	jq -es "any(.[]; $1)" "$cli_tmp/events" >/dev/null || { echo "no event: $1"; cat "$cli_tmp/events" "$cli_tmp/events.err"; return 1; }
}
events_in_order() {
	equals '["client-new","entity-new","entity-gone","client-gone"]' \
		"$(jq -sc "map(select(.pid == $pid_low) | .event) | map(select(startswith(\"client\") or startswith(\"entity\")))" "$cli_tmp/events")"
}
try "monitor: a device appears" seen '.event == "device-new" and .class == "npu" and .label == "my npu"'
try "monitor: clients and entities come and go" soon events_in_order
try "monitor: names" seen ".event == \"entity-new\" and .entity_id == $entity_low and .comm == \"client\" and .device == \"$device\" and .user == \"nobody\""
try "monitor: hints" seen ".event == \"hint\" and .entity_id == $entity_low and .hint == \"priority\" and .value == 20"
try "monitor: policies" seen ".event == \"policy\" and .device == \"$device\" and .policy == \"none\""
monitor_gone() { ! monitor_runs; }
monitor_runs() { kill -0 "$monitor"; }
try "monitor: goes on" monitor_runs
counted() {
	(sleep 1; "$xschedctl" policy "$device" none; "$xschedctl" policy "$device" hpf) &
	run timeout 20 "$xschedctl" monitor -n 1
	wait $!
	equals 0 "$status" && equals 1 "$(wc -l <<<"$out")" && matches "^\[[0-9]+\.[0-9]{6}\] policy device=\"$device\".* policy=\"none\"\$" "$out"
}
try "monitor: ends after a count" counted

# --- the end ---------------------------------------------------------------

# Not where the module can't be loaded again: it has to be a VM's, whose file is known.
module=$cli_tree/build/kmod-${XSCHED_VM-}/xsched.ko
if [ ! -e "$module" ]; then
	report 4 "shutdown: not without a module to load again"
	kill "$monitor"
	end
	exit
fi
start last "$client" 1
try "shutdown: not for users" nobody_refused 'shutdown: Operation not permitted.*; run it as root' shutdown
still_there() { kill -0 "$pid_last" && value length 1 list; }
try "shutdown: so it goes on" still_there
try "shutdown" silently shutdown
let_go() { grep -q '^detached' "$cli_tmp/last.out" && kill -0 "$pid_last"; }
try "shutdown: programs run on" soon let_go
try "shutdown: nobody listed" soon value length 0 list
try "shutdown: monitor tells" soon seen '.event == "shutdown"'
status_shut() {
	run "$xschedctl"
	equals 1 "$status" && matches '^problem +/dev/xsched: the scheduler was shut down' "$out" && matches 'rmmod xsched' "$out"
}
run_shut() {
	run "$xschedctl" run -- sh -c 'exit 3'
	failed_with 3 '^xschedctl: warning: /dev/xsched: the scheduler was shut down, so the program runs unscheduled; .*rmmod xsched'
}
try "shutdown: status" status_shut
try "shutdown: run still runs" run_shut
kill "$pid_last"
wait "$pid_last"
unloads() { soon rmmod xsched; }
try "rmmod" unloads
soon monitor_gone || kill "$monitor"
wait "$monitor"
monitor_status=$?
monitor_ended() {
	equals 1 "$monitor_status" && matches 'the xsched module was unloaded' "$(tail -n 1 "$cli_tmp/events")"
}
try "monitor: ends with the module" monitor_ended
try "insmod" insmod "$module"

end
