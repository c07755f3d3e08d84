// Package oci runs container images: pulled and unpacked in this process, confined by gVisor's runsc or by runc, whichever is there.
//
// The central type is [Driver], an ayni.example/sandbox.Driver.
//
//	Prepare: NAME@sha256:HEX -> layers, checked -> Dir/images/HEX, a root file system without devices or setuid bits, owners shifted
//	Start:   Dir/runs/ID with a bundle, a tmpfs for /out and /tmp, a control group -> the runtime
//	Wait:    the group is killed, files of /out are copied, the tmpfs is unmounted, group and folder are removed
//
// [Services] run until they end or are stopped, on a writable root, and are found again by their folders in Dir/services. A shell
// waits for each in our place (docs/adr/0027).
//
// Programs of runs are user 65534 of a user namespace without capabilities, on a read-only root, with no network but an empty one
// of their own. All limits are those of one control group around the runtime's, so that they hold for either runtime, in
// version 1 and 2. One driver owns a Dir; what a killed one left behind is swept when the next one begins.
package oci
