# SPDX-License-Identifier: GPL-2.0-only OR MIT
# What tests/vm/run and tests/vm/uml have in common: the module, the run's
# folder, the time limit, and the verdict.

# Variables that a command in the guest sees as they are here.
vm_passed='^(XSCHED|XSCHEDCTL|POCL|OCL|OPENCL|CMOCKA|KTAP|TEST)_|^(CI|DEMO|BENCH|NO_COLOR|LANG)(_|$)'
# Those of them that are about this side.
vm_kept='^(XSCHED_CACHE|XSCHED_KO|XSCHED_PARAMS|POCL_CACHE_DIR)$'

vm_usage() {
	cat >&2 <<-EOF
	usage: $0 CMD [ARG...]

	Boots a guest that sees this machine's files (changes are dropped, except
	below $vm_tree), loads the xsched module and runs CMD there.
	Exit status: CMD's; 124 time-out; 125 the guest died; 1 if CMD succeeded
	but the kernel complained, memory leaked or the module didn't unload.

	  VM_TIMEOUT=600   seconds for everything after the build
	  VM_MEM=          memory, for instance 2G
	  VM_APPEND=       more kernel command line
	  VM_PIN=          host CPUs to run on
	  NOMODULE=1       load no module (CMD may)
	  KEEP=1           skip the unload and leak checks after CMD
	  XSCHED_KO=FILE   load this module, not the tree's
	  XSCHED_PARAMS=   module parameters
	EOF
	printf '  %s\n' "$@" >&2
	exit 2
}

# vm_prepare KERNEL: everything up to the boot; leaves kernel_dir, run_dir, limit.
vm_prepare() {
	case $vm_tree in
	*[!A-Za-z0-9_./+-]*) die "the tree's path has characters that a kernel command line can't carry: $vm_tree" ;;
	esac
	"$vm_tree/tests/vm/setup" "$2" || exit 1
	kernel=$1
	kernel_dir=$(realpath "$vm_cache/$1")
	limit=${VM_TIMEOUT:-600}
	pocl_dir=$vm_cache/pocl/$kernel
	mkdir -p "$pocl_dir" "$vm_tree/build/vm"
	ko=
	[ -n "$NOMODULE" ] || module_file
	find "$vm_tree/build/vm" -mindepth 1 -maxdepth 1 -type d -mmin +1440 -exec rm -rf {} +
	run_dir=$(mktemp -d "$vm_tree/build/vm/$kernel.XXXXXX")
	trap vm_cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

vm_cleanup() {
	local status=$?

	trap - EXIT
	if [ -n "$guest_pid" ] && kill -TERM "$guest_pid" 2>/dev/null; then
		wait "$guest_pid" 2>/dev/null
	fi
	if [ $status = 0 ]; then
		rm -rf "$run_dir"
	else
		rm -rf "$run_dir"/uml
	fi
	exit $status
}

# module_file: sets ko, having built it if it is missing or old.
module_file() {
	ko=${XSCHED_KO:-$vm_tree/build/kmod-$kernel/xsched.ko}
	if [ -n "$XSCHED_KO" ]; then
		ko=$(realpath -e "$XSCHED_KO") || die "no module $XSCHED_KO"
		return
	fi
	module_fresh || with_lock "$vm_tree/build/lock-kmod-$kernel" module_build || exit 1
}

module_fresh() {
	[ -e "$ko" ] && [ "$ko" -nt "$kernel_dir/ready" ] &&
		[ -z "$(cd "$vm_tree" && find Kbuild kmod uapi -newer "$ko" -type f -print -quit)" ]
}

module_build() {
	module_fresh && return
	say "building the module for $kernel"
	make -s -C "$vm_tree" modules KDIR="$kernel_dir/build" O="build/kmod-$kernel" >&2 ||
		die "the module does not build for $kernel: make modules KDIR=$kernel_dir/build O=build/kmod-$kernel"
	make -s -C "$vm_tree" pintest KDIR="$kernel_dir/build" O="build/kmod-$kernel" >&2 ||
		die "the test module does not build for $kernel: make pintest KDIR=$kernel_dir/build O=build/kmod-$kernel"
	[ -e "$ko" ] || die "make modules left no $ko"
	touch "$ko"
}

# vm_script CONSOLE CMD...: writes what guest-init reads.
vm_script() {
	local v

	{
		for v in $(compgen -e); do
			[[ $v =~ $vm_passed && ! $v =~ $vm_kept ]] &&
				printf 'export %s=%q\n' "$v" "${!v}"
		done
		printf 'export %s=%q\n' \
			HOME /root TERM dumb LANG "${LANG:-C.UTF-8}" USER root \
			PATH "$vm_tree/build/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
			LD_LIBRARY_PATH "$vm_tree/build/lib" \
			POCL_CACHE_DIR "$pocl_dir" XSCHED_VM "$kernel" XSCHED_MODULE "$ko"
		printf '%s=%q\n' guest_tree "$vm_tree" guest_console "$1" guest_ko "$ko" \
			guest_params "$XSCHED_PARAMS" guest_keep "$KEEP" guest_mark "$vm_boot_mark" \
			guest_name "vm-${kernel//./-}" guest_modules "$kernel_dir/lib/modules/$(cat "$kernel_dir/version")"
	} >"$run_dir/env"
	printf '%q ' "${@:2}" >"$run_dir/cmd"
	rm -f "$run_dir"/{boot,ended,rc,findings,dmesg}
}

# vm_boot CMD...: run the guest in the background so that signals reach us. It
# makes its output non-blocking, which must not happen to the caller's: use cat.
vm_boot() {
	local pin=() out

	[ -z "$VM_PIN" ] || pin=(taskset -c "$VM_PIN")
	guest_begun=$SECONDS
	exec {out}> >(exec cat)
	out_pid=$!
	timeout -k 10 "$limit" "${pin[@]}" "$@" </dev/null >&"$out" {out}>&- &
	guest_pid=$!
	exec {out}>&-
	wait "$guest_pid"
	guest_pid=
	wait "$out_pid"
}

# vm_verdict: exit with what the guest left.
vm_verdict() {
	local rc log=$run_dir/dmesg

	if [ ! -s "$run_dir/rc" ]; then
		if [ $((SECONDS - guest_begun)) -ge "$limit" ]; then
			say "no end after $limit s (VM_TIMEOUT); last kernel messages:"
			tail -n 15 "$run_dir/console" >&2
			say "files of this run: $run_dir"
			exit 124
		fi
		say "the guest died; last kernel messages:"
		splats "$run_dir/console" >&2 || tail -n 40 "$run_dir/console" >&2
		say "files of this run: $run_dir"
		exit 125
	fi
	rc=$(cat "$run_dir/rc")
	if splats "$log" >"$run_dir/splats"; then
		say "the guest's kernel complained:"
		cat "$run_dir/splats" >&2
		say "whole log: $log"
		[ "$rc" != 0 ] || rc=1
	fi
	if [ -s "$run_dir/findings" ]; then
		sed "s/^/$vm_name: /" "$run_dir/findings" >&2
		[ "$rc" != 0 ] || rc=1
	fi
	exit "$rc"
}
