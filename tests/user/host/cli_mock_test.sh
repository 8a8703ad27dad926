#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# What xschedctl makes of the kernel's answers and what it asks of it, against a
# simulated kernel (tests/user/cli/genl_mock.c): names that attack terminals,
# counters that wrap, torn dumps, lost events, refusals.
. "$(dirname "$0")/../cli/cli.sh"
set -u
shopt -s extglob
export LC_ALL=C NO_COLOR=1

packages="libnl-3.0 libnl-genl-3.0 jansson"
pkg-config --exists $packages || skip_all "needs pkg-config and $packages to build the mock"
cd "$cli_tree" || exit 1
mock=$cli_tmp/xschedctl xschedctl=$mock
${CC:-cc} -std=gnu11 -O1 -Wall -Wextra -Werror ${CFLAGS-} -Iuapi -Itools/xschedctl \
	$(pkg-config --cflags $packages) tools/xschedctl/!(genl).c \
	tests/user/cli/genl_mock.c -o "$mock" $(pkg-config --libs $packages) ||
	{ begin; echo "Bail out! the mock doesn't build"; exit 1; }

plain() {	# ARG...: nothing but printable characters and line ends
	run "$mock" "$@"
	[ -n "$out" ] && ! grep -q '[^ -~]' <<<"$out" || { cat -v <<<"$out"; return 1; }
}
aligned() {	# every row of a table is as long as its right-aligned heading
	run "$mock" list
	equals 1 "$(awk '{ print length }' <<<"$out" | sort -u | grep -c .)"
}
empty() {	# KIND
	out=$(MOCK_EMPTY=1 "$mock" -j list "$1"); status=$? err=
	equals '[]' "$out" && out=$(MOCK_EMPTY=1 "$mock" list "$1") && equals 1 "$(wc -l <<<"$out")"
}

begin
echo "# the kernel is simulated"
try "list: a running entity" row '1 +1000 +root +render +cpu +running +open +2 +10 +10 +6 +0 +[0-9a-z.]+ +0 +0 +0' list
try "list: a held entity" row '2 +1001 +root +train +cpu +held +held +2 +-5 +7 +3 +4 +[0-9a-z.]+ +1\.5ms +[0-9a-z.]+ +10' list entities
try "list: an entity without queues has no level" row '3 +1002 .* gpu0 +idle +open +- +0 +0 +0 +0 .*' list
try "list: columns are aligned" aligned
try "list: devices" row '2 +gpu0 +gpu +none +1 +0 +0 +hpf: nobody runs +card' list devices
try "list: clients" row '2 +1001 +root +train +77 +1' list clients
try "list: queues" row '3 +2 +1001 +train +cpu +opencl +2 +0xfffffffffffffff0 +7 +3 +4' list queues
try "list: ordered by id" value 'map(.device_id) | @json' '[1,2]' list devices
try "list: a torn dump counts nothing twice" value 'map(.queue_id) | @json' '[1,2,3]' list queues
try "list: counters wrap" value '.[0].submitted' 10 list
for k in entities devices clients queues; do
	try "list: no $k" empty $k
done
for c in list "list clients" "top -n1 -d0.05" hint monitor; do
	try "$c: no control characters" plain $c
done
try "JSON: numbers have names" value '.[1] | [.state, .gate, .level, .priority, .tracked] | @json' \
	'["held","held",2,-5,true]' list
try "JSON: not tracked" value '.[2].tracked' false list
try "JSON: hints" value '.[0].hints | @json' '{"priority":10,"timeslice":5000,"deadline":-1}' list
try "JSON: bytes that aren't UTF-8" value '.[2].comm' 'ev?[31mil?"' list clients
try "JSON: 64-bit handles" value '.[0].handle' 0xfffffffffffffff0 list queues
try "JSON: user without a name" value '.[2] | [.uid, .user] | @json' '[4242424,"4242424"]' list
try "JSON: why a policy was replaced" value '.[1].fallback' 'hpf: nobody runs' list devices
valid() {	# ARG...
	run "$mock" "$@"
	valid_json
}
for c in list "list devices" "list clients" "list queues" "top -n 1 -d 0.05" policy "policy cpu" \
	 hint "hint 1"; do
	try "JSON: $c" valid -j $c
	try "JSON: $c, pretty" valid -p $c
done
pretty() {
	run "$mock" -p list devices
	json_is length 2 && [ "$(wc -l <<<"$out")" -gt 10 ]
}
try "JSON: pretty" pretty

# --- top -------------------------------------------------------------------

# Shares are measured against the clock, by a machine that may be busy.
shares() {
	run "$mock" -j top -n 1 -d 0.5
	json_is '.devices[0].entities | map(.entity_id) | @json' '[1,2]' &&
		json_is '[.devices[0].entities[0].run_percent > 70, .devices[0].entities[0].run_percent < 80,
			  .devices[0].entities[1].run_percent > 15, .devices[0].entities[1].run_percent < 25,
			  .devices[0].entities[1].held_percent > 70,
			  .devices[0].entities[0].busy_percent > 35, .devices[0].entities[0].busy_percent < 45,
			  .devices[0].entities[1].busy_percent < 30] | all' true &&
		json_is '.devices[0].decisions_per_s | . > 90 and . < 110' true &&
		json_is '.interval_s >= 0.5' true
}
not_measured() {	# gpu0 has one entity, about which nothing is known
	run "$mock" top -n 1 -d 0.05
	matches "^device gpu0 .* \(nothing to decide, so shares aren't measured\)\$" "$out" &&
		matches '^ +3 +1002 .* +- +- +- +- +0 +0\.0$' "$out" || return
	run "$mock" -j top -n 1 -d 0.05
	json_is '.devices[1].entities[0] | [.run_percent, .wait_percent, .held_percent, .busy_percent] | @json' '[null,null,null,null]'
}
several() {
	run "$mock" top -n 3 -d 0.05
	equals 3 "$(grep -c '^device cpu  pthread  policy hpf  entities 2' <<<"$out")" &&
		equals 3 "$(grep -c '^device gpu0' <<<"$out")" && lacks $'\033' "$out"
}
json_lines() {
	run "$mock" -j top -n 2 -d 0.05
	equals 2 "$(wc -l <<<"$out")" && equals 2 "$(jq -c .interval_s <<<"$out" | wc -l)"
}
no_devices() {
	out=$(MOCK_EMPTY=1 "$mock" top -n 1 -d 0.05); status=$? err=
	matches '^no devices yet' "$out"
}
on_terminal() {
	out=$(TERM=xterm script -qec "$mock top -n 1 -d 0.05" /dev/null </dev/null); status=$? err=
	matches $'\033\\[H\033\\[J' "$out" && lacks $'\033\\[1m' "$out"
}
try "top: shares of the interval" shares
try "top: no shares where nothing is decided" not_measured
try "top: a heading per device and interval" several
try "top: a line of JSON per interval" json_lines
try "top: no devices" no_devices

# --- colour ----------------------------------------------------------------

terminal() {	# ENV... : what list prints to a terminal
	out=$(env "$@" script -qec "$mock list" /dev/null </dev/null 2>&1); status=$? err=
}
coloured() {
	terminal -u NO_COLOR TERM=xterm
	matches $'\033\\[32mrunning' "$out"
}
uncoloured() {
	terminal NO_COLOR=1 TERM=xterm
	lacks $'\033' "$out" && terminal -u NO_COLOR TERM=dumb && lacks $'\033' "$out"
}
if command -v script >/dev/null; then
	try "terminals are coloured" coloured
	try "terminals aren't coloured with NO_COLOR, or if dumb" uncoloured
	try "top: redraws a terminal" on_terminal
else
	report 4 "terminals"
fi

# --- changes ---------------------------------------------------------------

asks() {	# WANTED ARG...: what the kernel is asked, one line per request
	local wanted=$1
	shift
	run "$mock" "$@"
	equals 0 "$status" && equals "" "$out" && equals "$wanted" "$(sed 's/^mock: //' <<<"$err")"
}
refused() {	# REGEX ERRNO ARG...
	local wanted=$1 error=$2
	shift 2
	run env MOCK_ERROR="$error" "$mock" "$@"
	equals 1 "$status" && matches "^xschedctl: $wanted" "$err"
}
all_or_nothing() {
	run "$mock" hint 3 priority=1 timeslice=1us
	equals 2 "$status" && lacks '^mock:' "$err"
}
first_refusal_ends() {
	run env MOCK_ERROR=1 "$mock" hint 3 priority=1 timeslice=1ms
	equals 1 "$(grep -c ^mock: <<<"$err")"
}
tenant_usage() {	# CGROUP LIMIT=VALUE...: none is set if one makes no sense
	run "$mock" tenant "$@"
	equals 2 "$status" && lacks '^mock:' "$err"
}
gang_set() {
	run "$mock" run --dry-run --gang job-7 -- true
	equals 0 "$status" && matches '^XSCHED_GANG=job-7$' "$out"
}
gang_usage() {	# NAME
	run "$mock" run --dry-run --gang "$1" -- true
	equals 2 "$status" && matches '^xschedctl: --gang: ' "$err"
}
no_tenants() {
	run env MOCK_NO_TENANTS=1 "$mock" tenant
	equals 1 "$status" && matches '^xschedctl: tenants: .*; ' "$err"
}
# Numbers of XSCHED_A_*, which are ABI.
dev=2 policy=6 pid=12 ent=17 kind=35 val=36 tenant=39 weight=42 cap=43 ceiling=44 entities=45
try "policy: by name" asks "cmd 5: $dev=1 $policy=none" policy cpu none
try "policy: by label" asks "cmd 5: $dev=2 $policy=hpf" policy card hpf
try "policy: by id" asks "cmd 5: $dev=2 $policy=hpf" policy 2 hpf
try "policy: no such device" refused 'nope: no such device; see "xschedctl list devices".*' 0 policy nope hpf
try "policy: no such policy" refused 'bad: no such policy; see /sys/class/xsched/cpu/policies' 0 policy cpu bad
try "policy: not allowed" refused 'policy of device cpu: Operation not permitted \(so says the mock\); run it as root' 1 policy cpu hpf
try "hint: of an entity" asks "cmd 6: $ent=2 $kind=1 $val=-7" hint 2 priority=-7
try "hint: of a process, in order" asks "cmd 6: $pid=1000 $kind=4 $val=20000
cmd 6: $pid=1000 $kind=8 $val=1" hint --pid 1000 deadline=20ms window=on
try "hint: none" asks "cmd 6: $ent=2 $kind=5 $val=-1" hint 2 laxity=none
try "hint: no such entity" refused 'entity 99: no such entity; see "xschedctl list".*' 0 hint 99 priority=1
try "hint: no such process" refused 'process 99: not under the scheduler.*; see .*' 0 hint --pid 99 priority=1
try "hint: not allowed" refused 'priority of entity 2: Operation not permitted .*; run it as root' 1 hint 2 priority=1
try "hint: nothing is set if one value is wrong" all_or_nothing
try "hint: the first refusal ends it" first_refusal_ends
try "hint: show one" row '2 +1001 +train +cpu +-5 +5000us +none' hint 2
try "hint: show a process" row '2 +1001 +train +cpu +-5 +5000us +none' hint --pid 1001
try "hint: show in JSON" value 'map(.entity_id) | @json' '[2]' hint --pid 1001
try "tenant: nothing set" row '1 +/ +1 +3 +- +100 +- +- +1\.5ms +0 +2\.00s +[0-9.a-z]+ +4' tenant
try "tenant: everything set" row '77 +/ev.*il +2 +2 +8 +300 +12\.5% +-5 +.*' tenant list
try "tenant: one by id" value '[.tenant_id, .weight, .cap_permille, .ceiling, .max_entities] | @json' '[77,300,125,-5,8]' tenant 77
try "tenant: no control characters" plain tenant
try "tenant: no tenant" refused '5: not a tenant: .*; set something.*' 0 tenant 5
try "tenant: no cgroup" refused '/no/such: no such cgroup.*' 0 tenant /no/such weight=1
try "tenant: an older kernel" no_tenants
try "tenant: weight" asks "cmd 10: $tenant=77 $weight=10000" tenant 77 weight=10000
try "tenant: all at once" asks "cmd 10: $tenant=77 $cap=125 $ceiling=-5 $entities=8 $weight=1" \
	tenant 77 cap=12.5% ceiling=-5 entities=8 weight=1
try "tenant: the last of two counts" asks "cmd 10: $tenant=77 $cap=500" tenant 77 cap=1% cap=50
try "tenant: none" asks "cmd 10: $tenant=77 $cap=0 $ceiling=255 $entities=0" \
	tenant 77 cap=none ceiling=none entities=none
for a in weight=0 weight=10001 weight=none weight=1% cap=0 cap=100.1% cap=1001 cap=1.25% cap=-1% \
	 ceiling=-256 ceiling=256 entities=0 entities=4294967296 entities= weight nice=3; do
	try "tenant: $a" tenant_usage 77 weight=5 "$a"
done
try "tenant: not allowed" refused 'tenant 77: Operation not permitted .*; run it as root' 1 tenant 77 weight=1
try "list -w: the cgroup" row '2 +1001 .* /ev.*il' list -w entities
try "list -w: clients" row '1 +1000 .* /' list --wide clients
try "run: gang" gang_set
for g in "" "a b" 0123456789abcdef0123456789abcdef; do
	try "run: no gang \"$g\"" gang_usage "$g"
done
try "shutdown" asks 'cmd 7:' shutdown
try "shutdown: not allowed" refused 'shutdown: Operation not permitted .*; run it as root' 1 shutdown

# --- how they fare, and why ---------------------------------------------------

says() {	# REGEX ARG...: a line of it
	local wanted=$1
	shift
	run "$mock" "$@"
	equals 0 "$status" && equals "" "$err" && matches "$wanted" "$out"
}
traced() {
	run "$mock" trace --sample -d 0.05 -o -
	equals 0 "$status" && valid_json && json_is '.otherData.source' 'sampled every 1 ms' &&
		json_is '[.traceEvents[] | select(.ph == "X") | [.name, .pid, .tid, (.dur > 0)] | tostring] | sort | @json' \
			'["[\"held\",1,2,true]","[\"running\",1,1,true]"]' &&
		json_is '[.traceEvents[] | select(.ph == "M" and .tid == 1) | .args.name] | @json' \
			'["render 1000 (entity 1)"]' &&
		json_is '[.traceEvents[] | select(.ph | IN("X", "i", "M") | not)] | length' 0 &&
		json_is '[.traceEvents[] | select((.pid | type) != "number" or (.tid | type) != "number")] | length' 0
}
traced_program() {
	run "$mock" trace --sample -o "$cli_tmp/t.json" -- sh -c 'exit 7'
	equals 7 "$status" && python3 -m json.tool "$cli_tmp/t.json" >/dev/null
}
trace_usage() {
	run "$mock" trace -d "$1" -o -
	equals 2 "$status" && matches '^xschedctl: --duration: ' "$err"
}
trace_file() {
	run "$mock" trace --sample -d 0.01 -o /no/such/dir/t.json
	equals 1 "$status" && matches '^xschedctl: /no/such/dir/t.json: No such file' "$err"
}
try "stat: all" says '^all devices: 3 entities$' stat
try "stat: device time" says '^  ran 6\.0ms, .*, which worked for it 1\.5ms' stat
try "stat: device time in JSON" value .busy_ns 1500000 stat
try "stat: sums" says '^  ran 6\.0ms, .*nothing to decide 21\.0us$' stat
try "stat: a histogram" says '^ +2\.0us - 4\.1us +198 \|#{40}\|$' stat
try "stat: its sparse end" says '^ +536\.9ms - 1\.07s +2 \|# {39}\|$' stat
try "stat: percentiles" says 'from ready to running: 200 times, on average 10\.0ms, half below 4\.1us, 99% below 4\.1us, at most 1\.00s' stat
try "stat: nothing counted" says '^from ready to running: none yet$' stat gpu0
try "stat: a queue is its entity" value '[.kind, .name, .entities, .run_ns] | @json' '["queue","3",1,2000000]' stat 3
try "stat: a device" value '[.kind, .entities, .runs, .preemptions] | @json' '["device",2,20,1]' stat cpu
try "stat: a process" value '.run_ns' 3000000 stat process 1002
try "stat: a tenant by id" value '[.kind, .runs, .quiet_latency.count] | @json' '["tenant",12,2]' stat tenant 77
try "stat: JSON of a histogram" value '.wait_latency | [.count, .max_ns, .buckets[0].below_ns, .buckets[0].count] | @json' \
	'[100,1000000000,4096,99]' stat 1
try "stat: no such queue" refused '99: no such queue; see .*' 0 stat 99
try "stat: no such tenant" refused '/nope: no such tenant; see .*' 0 stat /nope
try "stat: no control characters" plain stat tenant 77
try "explain: for how long" says '^entity 2 \(train, process 1001, priority -5\) has been stopped and waits to go on, for 2\.5ms now$' explain 3
try "explain: the policy" says "^  policy hpf doesn't choose it: its level is -7$" explain 3
for r in 'share cap' 'its gang runs together' 'runs by its age in 40\.0us' "ceiling lowers its priority to -7" \
	 'on the device: entity 1 \(render' 'it waits for entity 1 .*running$' 'it waits for entity 3 .*idle$' \
	 'level 2: when stopped, the device stops'; do
	try "explain: $r" says "$r" explain 3
done
try "explain: by age" says 'because it had waited for aging_ms' explain entity 1
try "explain: inherited" says 'counts with priority 30, not 10' explain entity 1
try "explain: nothing to decide" says 'its policy was replaced by none: hpf: nobody runs' explain gpu0
try "explain: JSON" value '.[0] | [.entity_id, .waits_for, (.explanation | length > 5)] | @json' '[2,[1,3],true]' explain 3
try "explain: no control characters" plain explain
try "trace: samples" traced
try "trace: ends with its program, and as it" traced_program
for d in 0 -1 x 1s; do
	try "trace: -d $d" trace_usage "$d"
done
try "trace: a file that can't be" trace_file

# --- events ----------------------------------------------------------------

events() {
	run "$mock" monitor
	equals '[12.000345] client-new client=3 pid=1002 user=4242424 comm="ev?[31mil"
[12.500000] device-new device="npu0" policy="hpf"
[12.600000] entity-new device="npu0" client=1 pid=1000 user=root comm="render" entity=9
[13.000000] hint entity=2 priority=-7
[14.000000] shutdown' "$out" && matches '^xschedctl: warning: events: some were lost' "$err" &&
		equals 1 "$status" && matches 'the xsched module was unloaded; load it again' "$err"
}
events_json() {
	run "$mock" -j monitor -n 5
	equals 0 "$status" &&
		equals '["client-new","device-new","entity-new","hint","shutdown"]' \
			"$(jq -sc 'map(.event)' <<<"$out")" &&
		equals '["hint","priority",-7]' "$(jq -sc '.[3] | [.event, .hint, .value]' <<<"$out")" &&
		equals '["npu0","render"]' "$(jq -sc '.[2] | [.device, .comm]' <<<"$out")"
}
counted() {
	run "$mock" monitor -n 1
	equals 0 "$status" && equals 1 "$(wc -l <<<"$out")"
}
try "monitor: events, losses, the end" events
try "monitor: a line of JSON per event" events_json
try "monitor: ends after a count" counted

end
