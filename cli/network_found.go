package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/cli/machine"
	"ayni.example/council"
	"ayni.example/internal/clock"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
)

// What a founder gets where nothing else is said.
const (
	founderBalance = "10000"
	founderQuota   = "100000"
	founderPower   = 100
	issuerPeriod   = 24 * time.Hour
)

// seatFlags are what an organisation says of itself.
type seatFlags struct{ name, address, passphrase string }

func (s *seatFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.name, "name", "", "name of the organisation")
	f.StringVar(&s.address, "address", "", "HOST:PORT at which the others reach this machine's ledger node")
	f.StringVar(&s.passphrase, "passphrase-file", "", "file that holds the wallet's passphrase (default HOME/passphrase, made if it is absent)")
}

func (s *seatFlags) check() error {
	if s.name == "" || s.address == "" {
		return usage(errors.New("--name and --address are needed"))
	}
	return nil
}

// founding runs a step of a founding under the home's lock.
func (a *app) founding(passphraseFile string, do func(machine.Founding) error) error {
	h, err := a.open()
	if err != nil {
		return err
	}
	if err := h.Create(); err != nil {
		return err
	}
	if err := h.Lock(); err != nil {
		return err
	}
	err = do(machine.Founding{Home: h, PassphraseFile: passphraseFile, Now: clock.System})
	return errors.Join(started(err), h.Unlock())
}

func (a *app) networkInit() *cobra.Command {
	var seat seatFlags
	var power int64
	cmd := &cobra.Command{
		Use: "init", Short: "Begin to found a network, with this organisation's own seat", Args: cobra.NoArgs,
		Long: `Begin to found a network: draw its chain id, make this organisation's keys, and begin a draft with its own seat. The other
founders need the chain id for: ayni network request`,
		RunE: func(*cobra.Command, []string) error {
			if err := seat.check(); err != nil {
				return err
			}
			return a.founding(seat.passphrase, func(f machine.Founding) error {
				r, err := f.Begin(seat.name, seat.address, power)
				if err != nil {
					return err
				}
				fmt.Fprintf(a.stderr, "the others ask for their seats with: ayni network request --network %s --name NAME --address HOST:PORT -o FILE\n", r.Network)
				return a.printRequest(r)
			})
		},
	}
	seat.register(cmd)
	cmd.Flags().Int64Var(&power, "power", founderPower, "votes of this seat in consensus and council")
	return cmd
}

func (a *app) networkRequest() *cobra.Command {
	var seat seatFlags
	var network, out string
	cmd := &cobra.Command{
		Use: "request", Short: "Ask for a seat: write the file that a founder, or the council, needs", Args: cobra.NoArgs,
		Long: `Ask for a seat in a network that is being founded, or in one that runs. It makes the keys of this home where there are none
and writes a file that names them, signed by the account and by the consensus key. The file holds no secret; send it by any means.`,
		RunE: func(*cobra.Command, []string) error {
			if err := seat.check(); err != nil {
				return err
			}
			if network == "" || out == "" {
				return usage(errors.New("--network and -o are needed"))
			}
			return a.founding(seat.passphrase, func(f machine.Founding) error {
				r, err := f.Request(machine.Ask{Network: network, Name: seat.name, Address: seat.address})
				if err != nil {
					return err
				}
				raw, err := r.Encode()
				if err != nil {
					return err
				}
				if err := home.WriteFile(out, raw); err != nil {
					return err
				}
				return a.printRequest(r)
			})
		},
	}
	seat.register(cmd)
	cmd.Flags().StringVar(&network, "network", "", "chain id of the network")
	cmd.Flags().StringVarP(&out, "out", "o", "", "file to write")
	return cmd
}

// printRequest shows what a request says.
func (a *app) printRequest(r council.Request) error {
	return a.print(r, table{rows: [][]string{
		{"chain id", r.Network}, {"name", r.Name}, {"operator", r.Operator}, {"consensus key", fmt.Sprintf("%x", r.Consensus)}, {"node", r.Peer},
	}})
}

func (a *app) networkAdd() *cobra.Command {
	var power int64
	cmd := &cobra.Command{
		Use: "add-validator FILE", Short: "Take an organisation's request into the draft, or propose it to the council of a network that runs", Args: cobra.ExactArgs(1),
		Long: `Take an organisation's request into the draft of a network that is being founded in this home. Two seats may not share name,
operator, consensus key, node or address. In a home whose network runs already it asks the council instead, as
` + "`ayni network propose admit`" + ` does.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := readRequest(args[0])
			if err != nil {
				return err
			}
			h, err := a.open()
			if err != nil {
				return err
			}
			if h.Exists() {
				if err := a.ours(cmd.Context(), r); err != nil {
					return err
				}
				return a.propose(cmd.Context(), fmt.Sprintf("admit %s with power %d", r.Name, power), council.Admit(r, power))
			}
			return a.founding("", func(f machine.Founding) error {
				d, err := f.Add(r, power)
				if err != nil {
					return err
				}
				return a.print(d, table{header: []string{"NAME", "POWER", "OPERATOR", "NODE"}, rows: draftRows(d)})
			})
		},
	}
	cmd.Flags().Int64Var(&power, "power", founderPower, "votes of the seat in consensus and council")
	return cmd
}

func readRequest(file string) (council.Request, error) {
	raw, err := home.ReadFile(file, fileMax)
	if err != nil {
		return council.Request{}, err
	}
	r, err := council.Decode(raw)
	if err != nil {
		return r, hint(fmt.Errorf("%s: %w", file, err), "ask for the file again: `ayni network request` on the other machine writes it")
	}
	return r, nil
}

// ours tells whether a request is for the network that this machine is in: the council would vote on another one for nothing.
func (a *app) ours(ctx context.Context, r council.Request) error {
	return a.ask(func(remote *operator.Client) error { //nolint:contextcheck // what looks after the wait ends with the call
		n, err := remote.Network(ctx)
		if err != nil {
			return err
		}
		return hint(r.Verify(n.ChainID), "ask for another one, made there with: ayni network request --network %s", n.ChainID)
	})
}

func draftRows(d *council.Draft) [][]string {
	rows := make([][]string, 0, len(d.Seats))
	for _, seat := range d.Seats {
		rows = append(rows, []string{seat.Request.Name, strconv.FormatInt(seat.Power, 10), seat.Request.Operator, seat.Request.Peer})
	}
	return rows
}

// termFlags are the money with which a network begins.
type termFlags struct {
	file, balance, quota string
	issuers              []string
}

// frozen tells of a genesis.
type frozen struct {
	Digest string `json:"digest"`
	File   string `json:"file"`
}

func (a *app) networkGenesis() *cobra.Command {
	var terms termFlags
	var out string
	cmd := &cobra.Command{
		Use: "genesis", Short: "Freeze the draft into the genesis, and print its digest", Args: cobra.NoArgs,
		Long: `Freeze the draft into the genesis, the file from which all founders start, and print its digest. Send the file by any means and compare the
digest by another way, such as a telephone. Asked again, it gives the same file.

Each seat begins with --balance credits, and may issue --quota credits a day. --config names a file for anything else:

  balances: {"Uni A": "5000", ayni1...: "10"}          # by seat or address, in credits
  issuers:
    "Uni A": {quota: "100000", period: 24h}`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			choose, err := terms.maker(cmd)
			if err != nil {
				return err
			}
			return a.founding("", func(f machine.Founding) error {
				raw, err := f.Freeze(choose)
				if err != nil {
					return err
				}
				if err := home.WriteFile(out, raw); err != nil {
					return err
				}
				answer := frozen{council.Digest(raw), out}
				if a.json {
					return a.printJSON(answer)
				}
				fmt.Fprintf(a.stderr, "everybody starts with: ayni network start %s --digest DIGEST\n", out)
				_, err = fmt.Fprintln(a.stdout, answer.Digest)
				return err
			})
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "out", "o", "genesis.json", "file to write")
	f.StringVar(&terms.file, "config", "", "YAML file with balances and issuers")
	f.StringVar(&terms.balance, "balance", founderBalance, "first balance of each seat, in credits")
	f.StringVar(&terms.quota, "quota", founderQuota, "what each issuer may make in a day, in credits")
	f.StringSliceVar(&terms.issuers, "issuer", nil, "seat or address that may issue credits (default: every seat); may be repeated")
	return cmd
}

// maker reads the flags, or the file, as terms for a draft.
func (t *termFlags) maker(cmd *cobra.Command) (func(*council.Draft) council.Terms, error) {
	if t.file == "" {
		return t.equal, nil
	}
	for _, name := range []string{"balance", "quota", "issuer"} {
		if cmd.Flags().Changed(name) {
			return nil, usage(fmt.Errorf("--config and --%s exclude each other", name))
		}
	}
	text, err := home.ReadFile(t.file, fileMax)
	if err != nil {
		return nil, err
	}
	terms, err := council.ParseTerms(text)
	if err != nil {
		return nil, hint(err, "mend %s", t.file)
	}
	return func(*council.Draft) council.Terms { return terms }, nil
}

// equal gives all seats the same.
func (t *termFlags) equal(d *council.Draft) council.Terms {
	terms := council.Terms{Balances: map[string]string{}, Issuers: map[string]council.IssuerTerms{}}
	issuers := t.issuers
	for _, seat := range d.Seats {
		terms.Balances[seat.Request.Name] = t.balance
		if len(t.issuers) == 0 {
			issuers = append(issuers, seat.Request.Name)
		}
	}
	for _, issuer := range issuers {
		terms.Issuers[issuer] = council.IssuerTerms{Quota: t.quota, Period: issuerPeriod}
	}
	return terms
}
