package e2e_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"ayni.example/cli/machine"
	"ayni.example/internal/canon"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/home"
	"ayni.example/p2p"
	"ayni.example/provenance/vault"
	"ayni.example/provenance/vault/share"
	"ayni.example/web/operator"
)

// person is a machine and, for what its program would not do, its keys.
type person struct {
	*node
	account  *ethkey.PrivKey
	address  string
	host     *p2p.Host
	vault    *vault.Vault
	provider operator.Provider
}

// newPerson opens a second peer with the same keys, as a modified program would be.
func newPerson(tb testing.TB, m *node) *person {
	tb.Helper()
	h, err := home.At(m.home)
	must(tb, err)
	keys, err := machine.OpenWallet(h, "")
	must(tb, err)
	w := keys.Wallet()
	host, err := p2p.New(p2p.Config{Key: w.P2PKey(), Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	must(tb, err)
	tb.Cleanup(func() { _ = host.Close() })
	v, err := machine.OpenVault(h, "")
	must(tb, err)
	p := &person{node: m, account: &ethkey.PrivKey{Key: w.Account[:]}, address: machine.Address(w), host: host, vault: v}
	for _, one := range read[[]operator.Provider](m, "provider", "list") {
		if one.Address == p.address {
			p.provider = one
		}
	}
	return p
}

// stream opens one to the owner's machine and reads its challenge.
func (p *person) stream(tb testing.TB, to *person) (*p2p.Stream, []byte) {
	tb.Helper()
	s, err := p.host.Open(tb.Context(), to.provider.PeerID, to.provider.Endpoints, share.Protocol)
	must(tb, err)
	tb.Cleanup(s.Break)
	var hello struct {
		Challenge []byte `json:"challenge"`
	}
	must(tb, s.Receive(&hello, 1<<16, time.Minute))
	return s, hello.Challenge
}

// reply is what the owner's machine answers.
type reply struct {
	Error      string          `json:"error"`
	Terms      json.RawMessage `json:"terms"`
	Wrap       *vault.Wrap     `json:"wrap"`
	Key        []byte          `json:"key"`
	Signature  []byte          `json:"signature"`
	Capability string          `json:"capability"`
	Expires    int64           `json:"expires"`
	Size       int64           `json:"size"`
	Receipt    json.RawMessage `json:"receipt"`
	Challenge  []byte          `json:"challenge"`
}

func talk(tb testing.TB, s *p2p.Stream, message any) reply {
	tb.Helper()
	var r reply
	must(tb, s.Send(message, 1<<16, time.Minute))
	must(tb, s.Receive(&r, 8<<20, time.Minute))
	return r
}

// ask signs a request as the specification says, not as the program does.
func (p *person) ask(tb testing.TB, to *person, chainID, grant, purpose string, challenge []byte) map[string]any {
	tb.Helper()
	a := share.Ask{
		ChainID: chainID, Grant: grant, Owner: to.address, To: to.provider.PeerID, From: p.host.ID(), Purpose: purpose, ReaderKey: p.vault.ReaderKey(),
		Challenge: challenge,
	}
	body, err := canon.Marshal(a)
	must(tb, err)
	signature, err := p.account.Sign(append([]byte("ayni/vault/ask/1\x00"), body...))
	must(tb, err)
	return map[string]any{"ask": map[string]any{"ask": a, "key": p.account.PubKey().Bytes(), "signature": signature}}
}

// refused runs a command that must fail and say why.
func (p *person) refused(tb testing.TB, why string, args ...string) {
	tb.Helper()
	if out, err := p.try(args...); err == nil || !strings.Contains(err.Error(), why) {
		tb.Errorf("ayni %s: %s, %v; want an error with %q", strings.Join(args, " "), out, err, why)
	}
}

func (p *person) grant(tb testing.TB, object string, to *person, expires string) operator.VaultGrant {
	tb.Helper()
	return read[operator.VaultGrant](p.node, "vault", "grant", object, "--to", to.address, "--purpose", "planted-purpose", "--scope", "planted-diary*", "--expires", expires)
}
