package session_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"ayni.example/compute/session"
	"ayni.example/internal/ethkey"
)

// account signs as a wallet does.
type account struct{ key *ethkey.PrivKey }

func newAccount(tb testing.TB) account {
	tb.Helper()
	key, err := ethkey.Generate(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return account{key}
}

func (a account) Sign(message []byte) (key, signature []byte, err error) {
	signature, err = a.key.Sign(message)
	return a.key.PubKey().Bytes(), signature, err
}

func (a account) address() string { return ethkey.Format(a.key.PubKey().Address()) }

func now() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }

// TestToken changes one thing at a time, of the token or of its use, and expects each to be refused.
func TestToken(t *testing.T) {
	tenant, thief := newAccount(t), newAccount(t)
	grant := session.Grant{
		ChainID: "net", Lease: "aa", Provider: "peer-p", Holder: "peer-t", Scopes: []session.Scope{session.ScopeLogs, session.ScopeStatus},
	}
	use := session.Use{
		ChainID: "net", Lease: "aa", Provider: "peer-p", Holder: "peer-t", Tenant: tenant.address(), Scope: session.ScopeLogs, Now: now().Add(time.Minute),
	}
	issue := func(a account, life time.Duration) session.Token {
		token, err := session.Issue(a, grant, now(), life, nil)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	good := issue(tenant, session.LifeMax)
	if err := good.Check(use); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := session.DecodeToken(text); err != nil || again.Check(use) != nil {
		t.Errorf("it does not travel: %v", err)
	}
	stolen := issue(thief, time.Minute)
	for name, change := range map[string]func(*session.Token, *session.Use){
		"expired":              func(_ *session.Token, u *session.Use) { u.Now = now().Add(session.LifeMax) },
		"not begun":            func(_ *session.Token, u *session.Use) { u.Now = now().Add(-2 * time.Minute) },
		"other lease":          func(_ *session.Token, u *session.Use) { u.Lease = "ab" },
		"other provider":       func(_ *session.Token, u *session.Use) { u.Provider = "peer-q" },
		"other network":        func(_ *session.Token, u *session.Use) { u.ChainID = "other" },
		"other holder":         func(_ *session.Token, u *session.Use) { u.Holder = "peer-x" },
		"wrong scope":          func(_ *session.Token, u *session.Use) { u.Scope = session.ScopeExec },
		"no scope":             func(_ *session.Token, u *session.Use) { u.Scope = "" },
		"other tenant's lease": func(_ *session.Token, u *session.Use) { u.Tenant = thief.address() },
		"no tenant":            func(_ *session.Token, u *session.Use) { u.Tenant = "" },
		"signed by another":    func(k *session.Token, _ *session.Use) { *k = stolen },
		"key of the tenant":    func(k *session.Token, _ *session.Use) { k.Signature = stolen.Signature },
		"tampered scope": func(k *session.Token, u *session.Use) {
			k.Grant.Scopes = append([]session.Scope{session.ScopeExec}, k.Grant.Scopes...)
			u.Scope = session.ScopeExec
		},
		"tampered lease":    func(k *session.Token, u *session.Use) { k.Grant.Lease, u.Lease = "ab", "ab" },
		"tampered provider": func(k *session.Token, u *session.Use) { k.Grant.Provider, u.Provider = "q", "q" },
		"tampered holder":   func(k *session.Token, u *session.Use) { k.Grant.Holder, u.Holder = "x", "x" },
		"tampered chain":    func(k *session.Token, u *session.Use) { k.Grant.ChainID, u.ChainID = "o", "o" },
		"tampered expiry":   func(k *session.Token, u *session.Use) { k.Grant.Issued++; k.Grant.Expires++ },
		"tampered nonce":    func(k *session.Token, _ *session.Use) { k.Grant.Nonce = make([]byte, 16) },
		"lives long":        func(k *session.Token, _ *session.Use) { k.Grant.Expires++ },
		"ends first":        func(k *session.Token, _ *session.Use) { k.Grant.Expires = k.Grant.Issued - 1 },
		"no signature":      func(k *session.Token, _ *session.Use) { k.Signature = nil },
		"no key":            func(k *session.Token, _ *session.Use) { k.Key = nil },
		"short nonce":       func(k *session.Token, _ *session.Use) { k.Grant.Nonce = nil },
	} {
		t.Run(name, func(t *testing.T) {
			token, u := good, use
			change(&token, &u)
			if err := token.Check(u); !errors.Is(err, session.ErrToken) {
				t.Errorf("it is %v", err)
			}
		})
	}
	for _, life := range []time.Duration{0, -1, session.LifeMax + 1} {
		if _, err := session.Issue(tenant, grant, now(), life, nil); err == nil {
			t.Errorf("a token for %s", life)
		}
	}
}

func FuzzToken(f *testing.F) {
	tenant := newAccount(f)
	token, err := session.Issue(tenant, session.Grant{ChainID: "net", Scopes: []session.Scope{session.ScopeLogs}}, now(), time.Minute, nil)
	if err != nil {
		f.Fatal(err)
	}
	text, err := json.Marshal(token)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"grant":{"scopes":[]},"key":"AA==","signature":"AA=="}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		token, err := session.DecodeToken(text)
		if err != nil {
			return
		}
		// Not one of the tenant's lease: whatever it says, it is not allowed.
		if token.Check(session.Use{ChainID: "net", Lease: "zz", Tenant: tenant.address(), Scope: session.ScopeLogs, Now: now()}) == nil && token.Grant.Lease != "zz" {
			t.Fatal("allowed")
		}
	})
}
