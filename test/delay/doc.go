// Package delay is a network of machines on one machine: a switch between network namespaces whose links are slow, lossy or
// cut. Kernels without netem have no other way to make a packet late.
//
// New opens a TUN device in each namespace. What a machine sends goes through that device's token bucket (tc tbf), which bounds
// the bandwidth, to this process; a queue for each ordered pair of machines holds the packet for the link's latency and jitter,
// in order, and gives it to the other machine's device:
//
//	machine 1 ── tun + tbf ──▶ [1→2: latency, jitter, loss, cut; bounded queue] ──▶ tun ── machine 2
//
// Set changes a link while packets flow; Cut and Heal are partitions. A packet that meets a cut, a full queue or the dice is
// dropped and counted, as a router would. Only IPv4 between the machines is carried.
package delay
