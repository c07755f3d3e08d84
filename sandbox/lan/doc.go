// Package lan gives services of one deployment a network of their own, and nothing else: members reach each other, the daemon
// reaches them, and no packet goes anywhere beyond.
//
//	Join:   a member's namespace, with an address in the network; made anew where the machine forgot it
//	Dial:   a connection from the network's switch to a member's port
//	Remove: network and namespaces are gone; what runs in them goes on without
//
// The switch is a bridge in a namespace that no interface of this machine is in, so that there is nothing to filter and
// addresses cannot meet those of other networks. Namespaces are kept by mounts, and so outlive the daemon.
package lan
