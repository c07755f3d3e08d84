package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/cli/machine"
	"ayni.example/internal/home"
)

// settings are the flags that beat the configuration file.
type settings struct {
	listen, peer, name, ollama, passphrase string
	ledgerListen, ledgerAddress, ledgerRPC string
	peerPort, ledgerPort                   int
	hostAgents                             bool
	arenas                                 []string
	skipUpgrade                            int64
}

func (s *settings) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.listen, "listen", "", "address of the gateway and console (default 127.0.0.1:7070; port 0 picks a free one)")
	f.IntVar(&s.peerPort, "peer-port", 0, "port of the peer-to-peer network (default: a free one, kept)")
	f.StringVar(&s.name, "name", "", "name of this machine on the ledger (default: the host's)")
	f.StringVar(&s.ollama, "ollama", "", "address of an Ollama, or off (default: looks at its usual port)")
	f.BoolVar(&s.hostAgents, "host-agents", false, "run agents on this machine, for a price each wake-up")
	f.StringArrayVar(&s.arenas, "arena", nil, "OWNER/LABEL or id of an arena whose scoreboard chooses among providers, =MODEL for one model; more than once for more")
	s.registerLedger(cmd)
}

// registerLedger adds the flags of the ledger's node.
func (s *settings) registerLedger(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.peer, "peer", "", "IP address at which other machines reach this one (default 127.0.0.1)")
	f.IntVar(&s.ledgerPort, "ledger-port", 0, "port of the ledger's network (default: a free one, kept)")
	f.StringVar(&s.ledgerListen, "ledger-listen", "", "HOST:PORT where the ledger's network listens (default: the seat's address, or --peer and --ledger-port)")
	f.StringVar(&s.ledgerAddress, "ledger-address", "", "HOST:PORT at which others dial the ledger's node (default: the seat's address)")
	f.StringVar(&s.ledgerRPC, "ledger-rpc", "", "HOST:PORT of the ledger's RPC for other programs (default: none)")
	f.Int64Var(&s.skipUpgrade, "skip-upgrade", 0, "height of a change of release to leave out, when most validators agreed to leave it out")
	f.StringVar(&s.passphrase, "passphrase-file", "", "file that holds the wallet's passphrase (default HOME/passphrase, made on first start)")
}

// over puts the flags that were given over the file's settings.
func (s *settings) over(cmd *cobra.Command, c home.Config) home.Config {
	for name, set := range map[string]func(){
		"listen": func() { c.Listen = s.listen }, "peer": func() { c.Peer = s.peer }, "name": func() { c.Name = s.name },
		"ollama": func() { c.Ollama = s.ollama }, "peer-port": func() { c.PeerPort = s.peerPort }, "ledger-port": func() { c.LedgerPort = s.ledgerPort },
		"ledger-listen": func() { c.LedgerListen = s.ledgerListen }, "ledger-address": func() { c.LedgerAddress = s.ledgerAddress },
		"ledger-rpc": func() { c.LedgerRPC = s.ledgerRPC }, "host-agents": func() { c.HostAgents = s.hostAgents },
		"arena": func() { c.Arenas = s.arenas },
	} {
		if cmd.Flags().Changed(name) {
			set()
		}
	}
	return c
}

func (a *app) up() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use: "up", Short: "Run everything on this machine: ledger, gateway, provider, console", Args: cobra.NoArgs,
		Long: `Run everything on this machine. The first start begins a network of one machine; later starts go on where it was.
Standard output gets one line, "ready URL", when everything serves. SIGTERM stops it with nothing lost.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.run(cmd, &s, machine.Config{}) },
	}
	s.register(cmd)
	return cmd
}

func (a *app) join() *cobra.Command {
	var s settings
	var sync syncFlags
	cmd := &cobra.Command{
		Use: "join TOKEN", Short: "Add this machine to a network by an invitation, then run it", Args: cobra.ExactArgs(1),
		Long: `Add this machine to the network that made the invitation: fetch and check its genesis, get the granted credits, follow
the ledger, register as a provider, and run. Later starts need only: ayni up

Where the others no longer have the ledger's first blocks, the state is fetched from them with --state-sync.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			source, err := sync.source()
			if err != nil {
				return err
			}
			return a.run(cmd, &s, machine.Config{Invitation: strings.TrimSpace(args[0]), StateSync: source})
		},
	}
	s.register(cmd)
	sync.register(cmd)
	return cmd
}

// run starts the machine, as what says of its network, and waits until it ends.
func (a *app) run(cmd *cobra.Command, s *settings, what machine.Config) error {
	h, err := a.open()
	if err != nil {
		return err
	}
	config, err := h.LoadConfig()
	if err != nil {
		return hint(err, "mend the file, or move it away to run with the defaults")
	}
	config = s.over(cmd, config)
	if err := config.Validate(); err != nil {
		return usage(err)
	}
	logger, err := a.logger(config.Log)
	if err != nil {
		return err
	}
	what.SkipUpgrade = s.skipUpgrade
	what.Home, what.Settings, what.PassphraseFile, what.Version, what.Log = h, config, s.passphrase, version, logger
	m, err := machine.New(cmd.Context(), what)
	if err != nil {
		return started(err)
	}
	err = m.Run(cmd.Context(), func(url string) { a.welcome(m, url) })
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return started(err)
}

// started adds advice to what goes wrong at a start.
func started(err error) error {
	var h interface{ Hint() string }
	if errors.As(err, &h) && h.Hint() != "" {
		return hint(err, "%s", h.Hint())
	}
	return err
}

// welcome prints the one line that scripts wait for, and what to do next for people.
func (a *app) welcome(m *machine.Machine, url string) {
	fmt.Fprintf(a.stdout, "ready %s\n", url)
	if m.LedgerOnly() {
		return
	}
	fmt.Fprintf(a.stderr, `
ask:           curl %[1]s/v1/completions -H 'Content-Type: application/json' -d '{"model":"%[2]s","prompt":"func main() {","max_tokens":32}'
console:       %[1]s
add a machine: ayni invite --home %[3]s     (then there: ayni join TOKEN)
`, url, m.Starter(), m.Home())
}
