package vault

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// clientMark begins the grantee of a grant to a program on the owner's side: it reads through this machine, and the ledger knows nothing
// of it.
const clientMark = "client:"

// tokenMark begins a token.
const tokenMark = "vt-"

// ForClient tells that a grant is for a program and not for an account.
func (t Terms) ForClient() bool { return strings.HasPrefix(t.Grantee, clientMark) }

// Connect grants to a program. The token that Token makes of it is all that the program needs.
func (v *Vault) Connect(ctx context.Context, name string, t Terms) (Grant, error) {
	if name == "" || len(name) > 40 || !isText(name) {
		return Grant{}, fmt.Errorf("%w: client %.40q", ErrName, name)
	}
	t.Grantee = clientMark + name
	g, err := v.Grant(ctx, t)
	if err != nil {
		return g, err
	}
	g.State = Stands
	return g, v.SetState(ctx, g.Terms.ID(), Stands)
}

// Token stands for a grant, to a program or received from somebody: who shows it may read under it, at this vault.
func (v *Vault) Token(grant string) string {
	return tokenMark + grant + "-" + hex.EncodeToString(v.tokenSum(grant))
}

func (v *Vault) tokenSum(grant string) []byte {
	h := hmac.New(sha256.New, v.keys.tokens)
	h.Write([]byte(grant))
	return h.Sum(nil)[:16]
}

// TokenGrant is the grant of a token; ErrNoGrant for what this vault did not make.
func (v *Vault) TokenGrant(token string) (string, error) {
	rest, ours := strings.CutPrefix(token, tokenMark)
	grant, sum, _ := strings.Cut(rest, "-")
	given, err := hex.DecodeString(sum)
	if !ours || err != nil || !isID(grant, 64) || !hmac.Equal(given, v.tokenSum(grant)) {
		return "", fmt.Errorf("%w under this token", ErrNoGrant)
	}
	return grant, nil
}
