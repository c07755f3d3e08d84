// Package sandboxtest is the suite that every ayni.example/sandbox.Driver passes. Its programs are those of
// ayni.example/sandbox/sandboxtest/attack, built by [Build] for the driver's kind of machine; [Run] runs them.
//
// A limit that a driver does not hold makes a program succeed, and its test fail.
package sandboxtest
