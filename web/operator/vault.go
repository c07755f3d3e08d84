package operator

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// Vaulting is the part of the API that is about personal data: what of a vault others may read, and what others let this machine read.
// What needs neither the ledger nor a peer the commands do on the folder itself.
type Vaulting interface {
	VaultGrant(ctx context.Context, req VaultGrantRequest) (VaultGrant, error)
	// VaultGrants lists what this machine granted, with what the ledger says of it.
	VaultGrants(ctx context.Context) ([]VaultGrant, error)
	VaultRevoke(ctx context.Context, grant string) (VaultGrant, error)
	VaultErase(ctx context.Context, object string) (VaultErasure, error)
	VaultErasures(ctx context.Context) ([]VaultErasure, error)
	// VaultTie says that an object is an asset, or went into one.
	VaultTie(ctx context.Context, req VaultTieRequest) (VaultTied, error)
	// VaultUses tells who used what, and what it brought.
	VaultUses(ctx context.Context) (VaultUses, error)
	// VaultConnect lets a program of the owner's read, over the Model Context Protocol.
	VaultConnect(ctx context.Context, req VaultConnectRequest) (VaultConnected, error)
	// VaultShare lets replicas hold the age files of an object.
	VaultShare(ctx context.Context, object string) (VaultShared, error)
	// VaultKeep makes this machine a replica of an age file.
	VaultKeep(ctx context.Context, req VaultKeepRequest) (VaultKept, error)
	// VaultGranted lists what others granted to this machine's account.
	VaultGranted(ctx context.Context) ([]VaultGrant, error)
	// VaultOpen asks a grant's owner, and says what there is to read.
	VaultOpen(ctx context.Context, req VaultReadRequest) (VaultOpened, error)
	// VaultRead writes one item. An error after the first byte says that what was written must not be used.
	VaultRead(ctx context.Context, req VaultReadRequest, to io.Writer) error
}

// VaultGrantRequest is what an owner grants.
type VaultGrantRequest struct {
	Object  string        `json:"object"` // id or name
	To      string        `json:"to"`
	Scope   []string      `json:"scope"`
	Purpose string        `json:"purpose"`
	Lasts   time.Duration `json:"lasts"`
}

// VaultGrant is one that was given or received.
type VaultGrant struct {
	ID      string    `json:"id"`
	Owner   string    `json:"owner"`
	Grantee string    `json:"grantee"`
	Object  string    `json:"object,omitempty"` // id; "" where it is not known yet
	Name    string    `json:"name,omitempty"`   // of the object, for its owner
	Scope   []string  `json:"scope,omitempty"`
	Purpose string    `json:"purpose,omitempty"`
	Expires time.Time `json:"expires"`
	State   string    `json:"state"` // making, stands, expired, revoking, revoked, erased
	Reads   int       `json:"reads"` // that the access log has, for its owner
}

// VaultConnectRequest is what a program may read: of an object, or what was granted to this account.
type VaultConnectRequest struct {
	Client  string        `json:"client,omitempty"` // what the owner calls it
	Object  string        `json:"object,omitempty"`
	Grant   string        `json:"grant,omitempty"` // received
	Scope   []string      `json:"scope,omitempty"`
	Purpose string        `json:"purpose,omitempty"`
	Lasts   time.Duration `json:"lasts,omitempty"`
}

// VaultConnected is what the program has to be told.
type VaultConnected struct {
	VaultGrant
	URL    string `json:"url"`
	Header string `json:"header"`
	Token  string `json:"token"`
}

// VaultReplica is a machine that was asked to erase.
type VaultReplica struct {
	Holder  string          `json:"holder"`
	Digest  string          `json:"digest"`
	Reply   string          `json:"reply"` // erased, refused, silent, promised, unproved
	Why     string          `json:"why,omitempty"`
	Receipt json.RawMessage `json:"receipt,omitempty"`
	Next    time.Time       `json:"next,omitzero"` // when it is asked again
}

// VaultErasure says how far an erasure is.
type VaultErasure struct {
	Object      string         `json:"object"`
	Begun       time.Time      `json:"begun"`
	Here        bool           `json:"here"`
	Ledger      bool           `json:"ledger"`
	Done        bool           `json:"done"`
	Grants      []string       `json:"grants"`
	Replicas    []VaultReplica `json:"replicas"`
	Descendants []string       `json:"descendants"`    // assets that may contain it, which the erasure does not reach
	Left        []string       `json:"left,omitempty"` // grants whose records do not open, and so stayed as they are
	Stale       bool           `json:"stale,omitempty"`
}

// VaultTieRequest names an object of the vault and an asset.
type VaultTieRequest struct {
	Object string `json:"object"`
	Asset  string `json:"asset"` // id, content, name of a model
}

// VaultTied is an object with what may contain it.
type VaultTied struct {
	Object      string   `json:"object"`
	Asset       string   `json:"asset"`
	Name        string   `json:"name"` // of the asset
	Descendants []string `json:"descendants"`
}

// VaultShared are the age files that replicas may hold.
type VaultShared struct {
	Object string        `json:"object"`
	Files  []VaultSealed `json:"files"`
}

// VaultSealed is one age file.
type VaultSealed struct {
	Item   string `json:"item"`
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

// VaultKeepRequest names an age file and whose it is.
type VaultKeepRequest struct {
	Digest string   `json:"digest"`
	Owner  string   `json:"owner"`
	From   []string `json:"from,omitempty"`
}

// VaultKept is what this machine holds for somebody.
type VaultKept struct {
	Digest string `json:"digest"`
	Owner  string `json:"owner"`
	Size   int64  `json:"size"`
}

// VaultReadRequest is what a grantee asks for.
type VaultReadRequest struct {
	Grant   string `json:"grant"`
	Item    string `json:"item,omitempty"`
	Purpose string `json:"purpose,omitempty"` // "" takes the grant's
	From    string `json:"from,omitempty"`    // address of the owner's machine, where the ledger has none
	Replica bool   `json:"replica,omitempty"` // with the wrap that was received before, from any machine that has the age file
}

// VaultItem is one part of what may be read.
type VaultItem struct {
	Name  string `json:"name"`
	Media string `json:"media"`
	Size  int64  `json:"size"`
}

// VaultOpened is a grant as its owner opened it.
type VaultOpened struct {
	VaultGrant
	Items []VaultItem `json:"items"`
}

// vaultFailed is the trailer in which a read that broke off says why.
const vaultFailed = "Ayni-Error"

func vaultRoutes(mux *http.ServeMux, o Operator) {
	route(mux, "POST vault/grants", with(o.VaultGrant))
	route(mux, "GET vault/grants", func(r *http.Request) (any, error) { return o.VaultGrants(r.Context()) })
	route(mux, "DELETE vault/grants/{id}", func(r *http.Request) (any, error) { return o.VaultRevoke(r.Context(), r.PathValue("id")) })
	route(mux, "GET vault/uses", func(r *http.Request) (any, error) { return o.VaultUses(r.Context()) })
	route(mux, "GET vault/granted", func(r *http.Request) (any, error) { return o.VaultGranted(r.Context()) })
	route(mux, "DELETE vault/objects/{id...}", func(r *http.Request) (any, error) { return o.VaultErase(r.Context(), r.PathValue("id")) })
	route(mux, "GET vault/erasures", func(r *http.Request) (any, error) { return o.VaultErasures(r.Context()) })
	route(mux, "POST vault/shared/{id...}", func(r *http.Request) (any, error) { return o.VaultShare(r.Context(), r.PathValue("id")) })
	route(mux, "POST vault/kept", with(o.VaultKeep))
	route(mux, "POST vault/ties", with(o.VaultTie))
	route(mux, "POST vault/open", with(o.VaultOpen))
	route(mux, "POST vault/clients", with(o.VaultConnect))
	mux.HandleFunc("POST "+Prefix+"vault/read", func(w http.ResponseWriter, r *http.Request) {
		var req VaultReadRequest
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			writeError(w, http.StatusUnprocessableEntity, err)
			return
		}
		w.Header().Set("Trailer", vaultFailed)
		body := &late{w: w}
		err := o.VaultRead(r.Context(), req, body)
		switch {
		case err != nil && !body.begun:
			w.Header().Del("Trailer")
			writeError(w, http.StatusUnprocessableEntity, err)
		case err != nil:
			w.Header().Set(vaultFailed, "broke off") // a trailer
		default:
			w.Header().Set(vaultFailed, "none")
		}
	})
}

// late knows whether something was written.
type late struct {
	w     http.ResponseWriter
	begun bool
}

func (l *late) Write(b []byte) (int, error) {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "application/octet-stream")
	}
	return l.w.Write(b)
}
