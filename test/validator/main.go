// Command validator runs the ledger node of a home and nothing else, for tests of several machines.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"ayni.example/chain"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "validator:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	home := flag.String("home", "", "folder")
	listen := flag.String("listen", "", "host:port for other nodes")
	rpc := flag.String("rpc", "", "host:port of the RPC")
	peers := flag.String("peers", "", "other nodes, with commas between them")
	flag.Parse()
	if *home == "" {
		return errors.New("name a folder with -home")
	}
	cfg := chain.NodeConfig{Home: *home, Listen: *listen, RPC: *rpc, Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))}
	if *peers != "" {
		cfg.Peers = strings.Split(*peers, ",")
	}
	node, err := chain.NewNode(cfg)
	if err != nil {
		return err
	}
	return node.Run(ctx)
}
