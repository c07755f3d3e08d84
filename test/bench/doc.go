// Command bench measures this program against peers and limits on the machine that it runs on and writes docs/benchmarks.md.
//
//	go run ./test/bench [-out FILE] [-only WORDS] [-portkey] [-idle DURATION] [-held FILES]
//
// A step (main.go lists them) gives a section of the table; a figure that cannot be had says why and costs no other figure.
// Steps start the real binary in homes of their own (process.go), an upstream that always says the same and a bare reverse
// proxy as processes of their own (child.go), so that the processor time of each is known, or run the Go benchmarks of a
// package and read what they print (gobench.go). Peers take turns in short rounds (load.go), so that all see the same machine.
//
// Nothing here is a test: figures have no pass or fail. test/bench/starter measures the starter model's quality.
package main
