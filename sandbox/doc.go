// Package sandbox says what it is to run a stranger's program on this machine: which image, with which files, within which
// limits, and how it ended.
//
// The central type is [Driver], one kind of confinement.
//
//	Available: why this driver cannot work on this machine, if it cannot
//	Prepare:   a reference by digest -> an image, checked and ready to start
//	Start:     an image and a [Spec] -> a running [Process]
//	Wait:      -> a [Result]: exit code, [Reason], usage; what the program wrote to /out lies in Spec.Output
//
// A program sees /in (its inputs, read-only), /out (kept) and /tmp (dropped), the latter two under one quota, and nothing of this
// machine: no network, no other process, no clock or randomness but what the driver gives. Every limit has a value; zero
// means the default, never "none".
//
// A [Service] goes on when the process that started it does not: ayni.example/sandbox/oci runs it, on folders of
// ayni.example/sandbox/volume and a network of ayni.example/sandbox/lan.
//
// Drivers: ayni.example/sandbox/wasm (deterministic, metered by fuel), ayni.example/sandbox/oci (container images). Every driver passes
// ayni.example/sandbox/sandboxtest, whose attacks are real programs. What a run costs and who pays is not known here.
package sandbox
