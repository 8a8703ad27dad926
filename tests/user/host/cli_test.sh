#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# xschedctl where there is no module: that its help, man page and completion agree,
# how it fails, and that `run` neither fails nor changes anything. XSCHEDCTL names another binary.
. "$(dirname "$0")/../cli/cli.sh"
set -u

man=$cli_tree/Documentation/man/xschedctl.1
completion=$cli_tree/tools/xschedctl/xschedctl.bash-completion
export LC_ALL=C NO_COLOR=1
unset XSCHED_LIBDIR OPENCL_LAYERS LD_PRELOAD

[ -x "$xschedctl" ] || { begin; echo "Bail out! no $xschedctl: build it first, \"make tools\""; exit 1; }
cmds=$("$xschedctl" --list-cmds) || exit 1

# --- what is said about it in different places -----------------------------

man_text=$(MANWIDTH=200 MANPAGER=cat man -l "$man" 2>/dev/null)

in_man_section() {	# COMMAND: its section of the page
	awk -v cmd="$1" '/^   [a-z]/ { on = $1 == cmd } /^[A-Z]/ { on = 0 } on' <<<"$man_text"
}

command_documented() {	# COMMAND
	run "$xschedctl" --help
	matches "^  $1 +[A-Z]" "$out" || return
	matches "^ +xschedctl $1( |\$)" "$(sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' <<<"$man_text")" || return
	[ -n "$(in_man_section "$1")" ] || { echo "the man page has no section for it"; return 1; }
	run "$xschedctl" "$1" --help
	matches "^Usage: xschedctl .*$1" "$out"
}

options_documented() {	# COMMAND
	local o text

	text=$(in_man_section "$1"; sed -n '/^OPTIONS/,/^COMMANDS/p' <<<"$man_text")
	run "$xschedctl" "$1" --help
	for o in $("$xschedctl" "$1" --list-opts); do
		matches "(^|[ ,])$o([ ,=|]|\$)" "$text" || return
		matches "(^| )$o([ ,]|\$)" "$out" || return
	done
}

# Every long option that the man page has in a command's section is one of it.
man_invents_nothing() {	# COMMAND
	local o

	for o in $(in_man_section "$1" | grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
		"$xschedctl" "$1" --list-opts | grep -Fxq -- "$o" ||
			{ echo "the man page invents $1 $o"; return 1; }
	done
}

complete_line() {	# WORD...: the completions of the last word
	bash --norc -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _xschedctl
		printf "%s\n" "${COMPREPLY[@]}"' - "$completion" "$xschedctl" "$@"
}

completes() {	# WANTED WORD...
	local wanted=$1
	shift
	complete_line "$@" | grep -Fxq -- "$wanted" ||
		{ echo "no $wanted in:"; complete_line "$@"; return 1; }
}

options_completed() {	# COMMAND
	local o

	for o in $("$xschedctl" "$1" --list-opts); do
		completes "$o" "$1" - || return
	done
}

man_is_clean() {
	local said
	said=$(MANROFFSEQ='' groff -man -ww -z "$man" 2>&1)
	[ -z "$said" ] || { echo "$said"; return 1; }
}

begin
try "commands are listed" equals "status run list top policy hint tenant stat explain trace monitor shutdown" "$(echo $cmds)"
for c in $cmds; do
	try "$c: in the help and the man page" command_documented "$c"
	try "$c: options in the help and the man page" options_documented "$c"
	try "$c: the man page has no other options" man_invents_nothing "$c"
	try "$c: completed" completes "$c" "${c:0:2}"
	try "$c: options completed" options_completed "$c"
done
for o in --json --pretty --help --version --list-cmds; do
	try "$o: completed" completes "$o" --
	try "$o: in the man page" matches "$o" "$(sed -n '/^OPTIONS/,/^COMMANDS/p' <<<"$man_text")"
done
try "list: arguments completed" completes devices list d
try "run: program completed" completes bash run --priority 3 bas
try "hint: kinds completed" completes priority= hint 3 pri
try "hint: kinds completed after a process" completes window= hint --pid 3 win
no_kinds_for_pid() { [ -z "$(complete_line hint --pid '' | grep =)" ]; }
try "hint: no kinds in place of a process" no_kinds_for_pid
try "tenant: limits completed" completes weight= tenant /x we
try "man page: no warnings from groff" man_is_clean

# --- usage errors ----------------------------------------------------------

usage() {	# REGEX ARG...
	local wanted=$1
	shift
	run "$xschedctl" "$@"
	failed_with 2 "^xschedctl: $wanted; try \"xschedctl .*--help\"\$" && equals "" "$out"
}

try "no such command" usage 'frob: no such command' frob
try "no such long option" usage '--frob: unknown option' list --frob
try "no such letter" usage '-z: unknown option' -z
try "one letter of several" usage "-z: unknown option" top -bz
try "argument missing" usage '-d: this option needs an argument' top -d
try "argument too many to an option" usage '--json=1: this option takes no argument' list --json=1
try "argument too many" usage 'y: one argument too many' list queues y
try "no arguments at all" usage 'x: one argument too many' shutdown x
try "nothing like that to list" usage "frobs: can't be listed.*" list frobs
try "bad delay" usage '--delay: "0" is not within .* s' top -d 0
try "bad delay, not a number" usage '--delay: "nan" is not within .* s' top -d nan
try "bad count" usage '--count: "-1" is not a number above 0' monitor -n -1
try "priority too high" usage 'priority: "256" is not within -255..255' run --priority 256 true
try "priority too low" usage 'priority: "-256" is not within -255..255' hint 1 priority=-256
try "priority no number" usage 'priority: "x" is not within -255..255' run --priority x true
try "priority with a unit" usage 'priority: "5ms" is not within -255..255' run --priority 5ms true
try "number too large" usage 'deadline: "99999999999999999999" is not a time.*' hint 1 deadline=99999999999999999999
try "number times unit too large" usage 'deadline: "9223372036854775807s" is not a time.*' hint 1 deadline=9223372036854775807s
try "timeslice too short" usage 'timeslice: "99us" is not within 100..10000000 us' run --timeslice 99us true
try "level 4" usage '--level: "4" is not 1, 2 or 3' run --level 4 true
try "no program" usage 'run: which program is to run\?' run
try "no entity" usage 'priority=3: which entity is meant\?.*' hint priority=3
try "no entity's id" usage 'x: not the id of an entity' hint x
try "entity 0" usage '0: not the id of an entity' hint 0
try "both a process and an entity" usage '3: --pid says already .*' hint --pid 4 3
try "no process id" usage '--pid: "-1" is not a process id' hint --pid -1
try "no such hint" usage 'colour=red: no such hint: .*' hint 3 colour=red
try "no value" usage 'priority: not KIND=VALUE' hint 3 priority

json_usage() {
	run "$xschedctl" -j list --frob
	json_error 2 'unknown option' && json_is .error.object --frob
}
try "usage error in JSON" json_usage

# --- output ----------------------------------------------------------------

shows() {	# REGEX ARG...
	local wanted=$1
	shift
	run "$xschedctl" "$@"
	equals 0 "$status" && matches "$wanted" "$out" && equals "" "$err"
}
full_disk() {
	status=0
	err=$("$xschedctl" --help 2>&1 >/dev/full) || status=$?
	out=
	failed_with 1 'standard output: No space left on device'
}
try "--version" shows '^xschedctl [0-9.]+ \(ABI 1\)$' --version
try "--help" shows '^Usage: xschedctl' --help
try "--help after a command" shows '^Usage: xschedctl .*run' run --help
try "a full disk is reported" full_disk

# --- run -------------------------------------------------------------------

mkdir "$cli_tmp/lib" "$cli_tmp/a b" "$cli_tmp/bin"
touch "$cli_tmp/lib/libxsched-opencl.so" "$cli_tmp/a b/libxsched-opencl.so"
shim=$cli_tmp/lib/libxsched-opencl.so

dry() {	# WANTED-OUTPUT ARG...: what --dry-run prints, apart from what is always there
	local wanted=$1
	shift
	run env XSCHED_LIBDIR="$cli_tmp/lib" "$xschedctl" run --dry-run "$@"
	equals 0 "$status" && equals "" "$err" && equals "$wanted" \
		"$(grep -vx 'XSCHED_SCHEDULER=GLB\|XSCHED_AUTO_XQUEUE=ON' <<<"$out")"
}
always() {
	run env XSCHED_LIBDIR="$cli_tmp/lib" "$xschedctl" run --dry-run
	matches '^XSCHED_SCHEDULER=GLB$' "$out" && matches '^XSCHED_AUTO_XQUEUE=ON$' "$out"
}
layers() {	# OPENCL_LAYERS-BEFORE WANTED
	export OPENCL_LAYERS=$1
	dry "OPENCL_LAYERS=$2" --no-preload
}
preload() {	# LD_PRELOAD-BEFORE WANTED; by the value alone, for nothing is to be loaded
	run env XSCHED_LIBDIR="$cli_tmp/lib" LD_PRELOAD="$1" "$xschedctl" run --dry-run
	matches "^LD_PRELOAD=$2\$" "$out"
}
read_back() {	# a directory with a space and a quote, through eval
	local dir="$cli_tmp/it's here"

	mkdir "$dir" && touch "$dir/libxsched-opencl.so"
	run env XSCHED_LIBDIR="$dir" "$xschedctl" run --dry-run --no-preload
	(eval "$out"; equals "$dir/libxsched-opencl.so" "$OPENCL_LAYERS")
}
no_space_in_preload() {
	run env XSCHED_LIBDIR="$cli_tmp/a b" "$xschedctl" run --dry-run
	equals 0 "$status" && lacks LD_PRELOAD "$out" && matches OPENCL_LAYERS "$out" &&
		matches "^xschedctl: warning: .*LD_PRELOAD can't hold a path" "$err"
}
json_dry() {
	run env XSCHED_LIBDIR="$cli_tmp/lib" "$xschedctl" -j run --priority 3 --dry-run -- prog 'a b' -x
	json_is '.argv | @json' '["prog","a b","-x"]' &&
		json_is .env.XSCHED_AUTO_XQUEUE_PRIORITY 3 && json_is .env.LD_PRELOAD "$shim"
}
both="OPENCL_LAYERS=$shim
LD_PRELOAD=$shim"
try "run: always GLB and automatic queues" always
try "run: hooks in both ways" dry "$both"
try "run: hooks in by the layer alone" dry "OPENCL_LAYERS=$shim" --no-preload
try "run: all hints" dry "XSCHED_AUTO_XQUEUE_PRIORITY=-5
XSCHED_AUTO_XQUEUE_LEVEL=2
XSCHED_AUTO_XQUEUE_UTILIZATION=30
XSCHED_AUTO_XQUEUE_TIMESLICE=2000
XSCHED_AUTO_XQUEUE_DEADLINE=1000000
XSCHED_AUTO_XQUEUE_LAXITY=-1
OPENCL_LAYERS=$shim" --priority -5 --level 2 --utilization 30% --timeslice 2ms --deadline=1s \
	--laxity none --no-preload
try "run: the last of two wins" dry "XSCHED_AUTO_XQUEUE_PRIORITY=2
OPENCL_LAYERS=$shim" --priority 1 --priority 2 --no-preload
try "run: other layers stay" layers /x/liba.so:/y/libb.so "$shim:/x/liba.so:/y/libb.so"
try "run: not a second time as a layer" layers "/x/liba.so:$shim" "/x/liba.so:$shim"
try "run: a longer name is another layer" layers "${shim}x" "$shim:${shim}x"
unset OPENCL_LAYERS
try "run: other preloads stay" preload libm.so.6 "$shim:libm.so.6"
try "run: not a second time as a preload" preload "libm.so.6 $shim" "'libm.so.6 $shim'"
try "run: what it prints can be read back" read_back
try "run: a path with a space is no preload" no_space_in_preload
try "run: JSON" json_dry

warns() {	# REGEX PROGRAM
	run env XSCHED_LIBDIR="$cli_tmp/lib" "$xschedctl" run --dry-run -- "$2"
	equals 0 "$status" && failed_with 0 "^xschedctl: warning: $1"
}
silent() {	# PROGRAM
	run env XSCHED_LIBDIR="$cli_tmp/lib" "$xschedctl" run --dry-run -- "$1"
	equals 0 "$status" && equals "" "$err" && matches LD_PRELOAD= "$out"
}
hooks_nothing() {	# REGEX PROGRAM
	warns "$1" "$2" && lacks 'LD_PRELOAD|OPENCL_LAYERS' "$out"
}
printf '#!/usr/bin/env bash\ntrue\n' >"$cli_tmp/bin/script"
printf '#!%s/bin/static\n' "$cli_tmp" >"$cli_tmp/bin/static-script"
cp /bin/true "$cli_tmp/bin/gains" && chmod 4755 "$cli_tmp/bin/gains"
chmod +x "$cli_tmp"/bin/*script
# The same program for another C library: a dynamic linker of another name.
sed 's/ld-linux/ld-other/g' /bin/true >"$cli_tmp/bin/other" && chmod +x "$cli_tmp/bin/other"
try "run: an ordinary program" silent true
try "run: a script" silent "$cli_tmp/bin/script"
try "run: the dynamic linker itself" silent "$(realpath /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 2>/dev/null | head -n 1)"
try "run: another C library" hooks_nothing '.*another C library \(.*ld-other' "$cli_tmp/bin/other"
if echo 'int main(void){return 0;}' | cc -static -x c -o "$cli_tmp/bin/static" - 2>/dev/null; then
	try "run: statically linked" warns '.*statically linked' "$cli_tmp/bin/static"
	try "run: a script for something static" warns '.*statically linked' "$cli_tmp/bin/static-script"
else
	report 4 "run: statically linked"
	report 4 "run: a script for something static"
fi
if [ "$(id -u)" = 0 ] && chown nobody "$cli_tmp/bin/gains" && chmod 4755 "$cli_tmp/bin/gains"; then
	try "run: set-user-id" warns '.*gains privileges' "$cli_tmp/bin/gains"
	chown root "$cli_tmp/bin/gains" && chmod 4755 "$cli_tmp/bin/gains"
	try "run: set-user-id of the same user" silent "$cli_tmp/bin/gains"
else
	report 4 "run: set-user-id"
	report 4 "run: set-user-id of the same user"
fi

status_of() {	# STATUS PROGRAM...
	local wanted=$1
	shift
	run "$xschedctl" run -- "$@"
	equals "$wanted" "$status"
}
arguments() {
	run "$xschedctl" run -- printf '<%s>' 'a b' '' -- "'\"\\" '*'
	equals "<a b><><--><'\"\\><*>" "$out"
}
without_dashes() {
	run "$xschedctl" run --priority 4 sh -c 'echo $0 $XSCHED_AUTO_XQUEUE_PRIORITY' --dry-run
	equals "--dry-run 4" "$out"
}
environment() {
	run env KEPT="a  b" "$xschedctl" run --priority 7 env
	matches '^KEPT=a  b$' "$out" && matches '^XSCHED_AUTO_XQUEUE_PRIORITY=7$' "$out" &&
		matches '^XSCHED_SCHEDULER=GLB$' "$out"
}
dies_of_signal() {
	"$xschedctl" run -- sh -c 'kill -TERM $$' 2>/dev/null
	equals 143 $?
}
standard_input() {
	err=
	out=$(echo hello | "$xschedctl" run -- cat 2>/dev/null); status=$?
	equals hello "$out"
}
is_the_process() {	# exec, not a child
	out=$(bash -c 'echo $$; exec "$0" run -- sh -c "echo \$\$"' "$xschedctl" 2>/dev/null); err= status=0
	equals 1 "$(uniq <<<"$out" | grep -c .)"
}
not_found() {
	run "$xschedctl" run -- "$@"
	equals 127 "$status" && matches "^xschedctl: $1: .*; .*" "$err"
}
not_executable() {
	run "$xschedctl" run -- "$cli_tmp/lib"
	equals 126 "$status" && matches "^xschedctl: $cli_tmp/lib: can't be executed: .*; .*" "$err"
}
json_on_stderr() {
	run "$xschedctl" -j run -- /no/such
	equals 127 "$status" && equals "" "$out" && matches '^\{"error":' "$err"
}
try "run: exit status 0" status_of 0 true
try "run: exit status 7" status_of 7 sh -c 'exit 7'
try "run: exit status 2, the program's" status_of 2 sh -c 'exit 2'
try "run: arguments arrive as they are" arguments
try "run: -- may be left out" without_dashes
try "run: environment" environment
try "run: dies of the program's signal" dies_of_signal
try "run: standard input" standard_input
try "run: becomes the program" is_the_process
try "run: no such program" not_found no-such-program
try "run: no such file" not_found /no/such/file
try "run: not executable" not_executable
try "run: JSON errors leave standard output alone" json_on_stderr

# --- no module -------------------------------------------------------------

absent='xschedctl: /dev/xsched: no such device: the xsched module is not loaded; try "modprobe xsched", or start xschedd'
says_absent() {	# ARG...
	run "$xschedctl" "$@"
	equals 1 "$status" && equals "$absent" "$err" && equals "" "$out"
}
says_absent_json() {	# ARG...
	run "$xschedctl" -j "$@"
	json_error 1 'no such device' && json_is .error.object /dev/xsched &&
		json_is .error.next 'try "modprobe xsched", or start xschedd'
}
says_socket() {
	XSCHED_SOCKET=$cli_tmp/nobody run "$xschedctl" list
	equals 1 "$status" && equals "$absent: nobody is at \$XSCHED_SOCKET" "$err"
}
try "no module: XSCHED_SOCKET is named, if it is set" says_socket
status_absent() {
	run "$xschedctl" "$@"
	equals 1 "$status" && matches '^module +not loaded$' "$out" &&
		matches '^problem +/dev/xsched: no such device' "$out" && matches 'modprobe xsched' "$out"
}
status_absent_json() {
	run "$xschedctl" -j
	equals 1 "$status" && json_is '[.usable, .module] | @json' '[false,false]' &&
		json_is '.problems[0].object' /dev/xsched
}
one_warning() {
	run env XSCHED_LIBDIR="$cli_tmp/lib" "$xschedctl" run -- env
	failed_with 0 '^xschedctl: warning: /dev/xsched: no such device: the xsched module is not loaded, .*modprobe xsched' &&
		lacks '^(LD_PRELOAD|OPENCL_LAYERS)=' "$out"
}
if [ -e /dev/xsched ] || [ -e /sys/module/xsched ]; then
	report 4 "what it says without the module"
else
	for c in list "list queues" top "top -n 1" policy "policy cpu" "policy cpu hpf" hint \
		 "hint 3" "hint --pid 7 priority=1" monitor shutdown; do
		try "no module: $c" says_absent $c
		try "no module: $c in JSON" says_absent_json $c
	done
	try "no module: status" status_absent status
	try "no module: no command" status_absent
	try "no module: status in JSON" status_absent_json
	try "no module: run warns once and hooks nothing in" one_warning
	try "no module: completion of devices is silent" equals "" "$(complete_line policy '')"
fi

end
