// Command ayni is the whole product: ledger node, gateway, provider, console and tools.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"ayni.example/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
