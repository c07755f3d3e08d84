package operator

import (
	"context"
	"net/http"
	"time"
)

// VaultUses tells who used what of a vault, and what it brought.
type VaultUses struct {
	Objects  []VaultObject `json:"objects"`
	Accesses []VaultAccess `json:"accesses"` // the newest, newest first
	Income   []VaultIncome `json:"income"`
	Earned   string        `json:"earned"` // credits, paid or owed to this account for data of its own
}

// VaultObject is one of the owner's, with where it went.
type VaultObject struct {
	ID    string      `json:"id"`
	Name  string      `json:"name"`
	Kind  string      `json:"kind"`
	Size  int64       `json:"size"`
	Added time.Time   `json:"added"`
	Into  []VaultInto `json:"into"`
}

// VaultInto is an asset that an object is or went into.
type VaultInto struct {
	Asset        string `json:"asset"`
	Name         string `json:"name"`
	Kind         string `json:"kind"`
	Contribution string `json:"contribution,omitempty"`
	Made         int    `json:"made"` // assets that may contain it since
}

// VaultAccess is an entry of the access log.
type VaultAccess struct {
	Time    time.Time `json:"time"`
	Object  string    `json:"object"`
	Name    string    `json:"name,omitempty"`
	Reader  string    `json:"reader"` // account, or client: and a program's name
	Grant   string    `json:"grant,omitempty"`
	Action  string    `json:"action"`
	Bytes   int64     `json:"bytes,omitempty"`
	Refused string    `json:"refused,omitempty"` // why
}

// VaultIncome is what one asset brought to a pool or asset in which this account has a part.
type VaultIncome struct {
	From     string `json:"from"` // asset that was paid for
	FromName string `json:"from_name"`
	To       string `json:"to"`
	ToName   string `json:"to_name"`
	Credits  string `json:"credits"`
	Points   string `json:"points,omitempty"` // this account's in a pool
	All      string `json:"all,omitempty"`    // everybody's
}

// VaultUses implements Operator.
func (c *Client) VaultUses(ctx context.Context) (VaultUses, error) {
	return ask[VaultUses](ctx, c, http.MethodGet, "vault/uses", nil)
}
