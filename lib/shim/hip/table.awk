# SPDX-License-Identifier: GPL-2.0-only OR MIT
# HSA's table of functions as C has it, from the installed hsa_api_trace.h, which is C++.

BEGIN { print "/* Generated from hsa_api_trace.h. */"; print "struct hsa_version { uint32_t major_id, minor_id, step_id, reserved; };" }
/^struct (CoreApiTable|AmdExtTable) \{/ { inside = $2; print "struct " $2 " {\n\tstruct hsa_version version;"; next }
inside && /^\};/ { print "};"; inside = ""; next }
inside && match($0, /decltype\([a-z0-9_]+\)/) {
	name = substr($0, RSTART + 9, RLENGTH - 10)
	if (inside == "CoreApiTable")
		print "\t__typeof__(" name ") *" name "_fn;"
	else
		print "\tvoid *" name "_fn;"
}
END { print "struct HsaApiTable {\n\tstruct hsa_version version;\n\tstruct CoreApiTable *core_;\n\tstruct AmdExtTable *amd_ext_;\n};" }
