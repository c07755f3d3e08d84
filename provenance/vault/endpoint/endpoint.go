// Package endpoint lets a program that speaks the Model Context Protocol read what its owner let it read of a vault: two tools and the
// items as resources. Each request shows a token in the header Ayni-Vault, which stands for one grant; without it there is nothing.
//
// [New] is the handler; [Own] is what a program may read of its own owner's vault.
package endpoint

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"ayni.example/provenance/vault"
)

// Header carries the token.
const Header = "Ayni-Vault"

// Bounds of an answer.
const (
	pieceMax     = 256 << 10
	pieceDefault = 64 << 10
	resourcesMax = 500
	wholeMax     = 1 << 20
	bodyMax      = 1 << 20
)

// Source is what one token lets read. Each read is logged by it.
type Source interface {
	Terms() vault.Terms
	Items(ctx context.Context) ([]vault.Item, error)
	Read(ctx context.Context, to io.Writer, item vault.Item) error
}

// Config of the endpoint.
type Config struct {
	Open    func(ctx context.Context, token string) (Source, error)
	Version string
}

type sourceKey struct{}

// New returns the handler. Host and Origin are for the server that mounts it to check: it knows under which names it is reached.
func New(cfg Config) (http.Handler, error) {
	if cfg.Open == nil {
		return nil, errors.New("endpoint of the vault: want a way to open tokens")
	}
	inner := mcp.NewStreamableHTTPHandler(func(r *http.Request) *mcp.Server {
		s, ok := r.Context().Value(sourceKey{}).(Source)
		if !ok {
			return nil
		}
		return server(r.Context(), s, cfg.Version)
	}, &mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true, MaxRequestBodyBytes: bodyMax, DisableLocalhostProtection: true})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := cfg.Open(r.Context(), r.Header.Get(Header))
		if err != nil {
			http.Error(w, err.Error()+"; show a token of `ayni vault connect` in the header "+Header, http.StatusForbidden)
			return
		}
		inner.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sourceKey{}, s)))
	}), nil
}

// server is what one request talks to.
func server(ctx context.Context, s Source, version string) *mcp.Server {
	srv := mcp.NewServer(&mcp.Implementation{Name: "ayni-vault", Version: version}, &mcp.ServerOptions{
		Instructions: "Personal data that its owner lets you read for this purpose alone: " + s.Terms().Purpose,
	})
	mcp.AddTool(srv, &mcp.Tool{Name: "vault_list", Description: "List the items that may be read, and for which purpose."},
		func(ctx context.Context, _ *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, listing, error) {
			l, err := list(ctx, s)
			return nil, l, err
		})
	mcp.AddTool(srv, &mcp.Tool{Name: "vault_read", Description: "Read an item, or a part of it. Each read is logged for the owner."},
		func(ctx context.Context, _ *mcp.CallToolRequest, in reading) (*mcp.CallToolResult, piece, error) {
			p, err := readPiece(ctx, s, in)
			return nil, p, err
		})
	items, err := s.Items(ctx)
	if err != nil {
		return srv // the tools say why
	}
	for _, i := range items[:min(len(items), resourcesMax)] {
		uri := "ayni-vault:///" + s.Terms().ID() + "/" + url.PathEscape(i.Name)
		srv.AddResource(&mcp.Resource{URI: uri, Name: i.Name, MIMEType: i.Media, Size: i.Size},
			func(ctx context.Context, _ *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
				c, err := whole(ctx, s, i, uri)
				return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{c}}, err
			})
	}
	return srv
}

// listing is the answer of vault_list.
type listing struct {
	Purpose string   `json:"purpose"`
	Expires int64    `json:"expires" jsonschema:"seconds of Unix time"`
	Items   []listed `json:"items"`
}

type listed struct {
	Name  string `json:"name"`
	Media string `json:"media"`
	Size  int64  `json:"size"`
}

func list(ctx context.Context, s Source) (listing, error) {
	l := listing{Purpose: s.Terms().Purpose, Expires: s.Terms().Expires, Items: []listed{}}
	items, err := s.Items(ctx)
	for _, i := range items {
		l.Items = append(l.Items, listed{i.Name, i.Media, i.Size})
	}
	return l, err
}

// reading asks for a part of an item.
type reading struct {
	Item   string `json:"item" jsonschema:"name of an item, as vault_list tells"`
	Offset int64  `json:"offset,omitempty" jsonschema:"first byte, 0 when left out"`
	Length int64  `json:"length,omitempty" jsonschema:"bytes, at most 262144"`
}

// piece is the answer of vault_read: text, or base64 where it is none.
type piece struct {
	Item   string `json:"item"`
	Media  string `json:"media"`
	Size   int64  `json:"size"`
	Text   string `json:"text,omitempty"`
	Base64 string `json:"base64,omitempty"`
	Next   int64  `json:"next" jsonschema:"offset to go on from; the size when all was read"`
}

func readPiece(ctx context.Context, s Source, in reading) (piece, error) {
	items, err := s.Items(ctx)
	if err != nil {
		return piece{}, err
	}
	if in.Length <= 0 {
		in.Length = pieceDefault
	}
	if in.Offset < 0 || in.Length > pieceMax {
		return piece{}, fmt.Errorf("offset %d, length %d: want at most %d bytes from 0 on", in.Offset, in.Length, pieceMax)
	}
	for _, i := range items {
		if i.Name != in.Item {
			continue
		}
		part := &window{skip: in.Offset, left: in.Length}
		if err := s.Read(ctx, part, i); err != nil && !errors.Is(err, errEnough) {
			return piece{}, err
		}
		p := piece{Item: i.Name, Media: i.Media, Size: i.Size, Next: in.Offset + int64(part.got.Len())}
		if utf8.Valid(part.got.Bytes()) {
			p.Text = part.got.String()
		} else {
			p.Base64 = base64.StdEncoding.EncodeToString(part.got.Bytes())
		}
		return p, nil
	}
	return piece{}, fmt.Errorf("%w: %.60q", vault.ErrScope, in.Item)
}

func whole(ctx context.Context, s Source, i vault.Item, uri string) (*mcp.ResourceContents, error) {
	if i.Size > wholeMax {
		return nil, fmt.Errorf("it has %d bytes: read it in parts by the tool vault_read", i.Size)
	}
	var b bytes.Buffer
	if err := s.Read(ctx, &b, i); err != nil {
		return nil, err
	}
	c := &mcp.ResourceContents{URI: uri, MIMEType: i.Media}
	if utf8.Valid(b.Bytes()) {
		c.Text = b.String()
	} else {
		c.Blob = b.Bytes()
	}
	return c, nil
}

// errEnough ends a read of which no more is wanted.
var errEnough = errors.New("that is enough")

// window keeps a part of what is written to it.
type window struct {
	skip, left int64
	got        bytes.Buffer
}

func (w *window) Write(b []byte) (int, error) {
	n := len(b)
	if drop := min(w.skip, int64(len(b))); drop > 0 {
		w.skip -= drop
		b = b[drop:]
	}
	take := min(w.left, int64(len(b)))
	w.got.Write(b[:take])
	if w.left -= take; w.left == 0 {
		return n, errEnough
	}
	return n, nil
}
