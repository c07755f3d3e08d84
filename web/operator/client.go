package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// answerMax bounds what a client reads.
const answerMax = 64 << 20

// Client calls the operator's API of a running process.
type Client struct {
	URL   string
	Token string
	HTTP  *http.Client
}

var _ Operator = (*Client)(nil)

// RemoteError is an error that the running process reported.
type RemoteError struct {
	Cause  string
	Advice string
}

func (e *RemoteError) Error() string { return e.Cause }

// Hint is the process's advice, or "".
func (e *RemoteError) Hint() string { return e.Advice }

func (c *Client) call(ctx context.Context, method, path string, body, answer any) error {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		reader = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+Prefix+path, reader) //nolint:gosec // the URL is the owner's own process
	if err != nil {
		return fmt.Errorf("call %s: %w", path, err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	res, err := c.HTTP.Do(req) //nolint:gosec // the same
	if err != nil {
		return fmt.Errorf("reach the running process: %w", err)
	}
	defer res.Body.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(io.LimitReader(res.Body, answerMax))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", path, err)
	}
	if res.StatusCode != http.StatusOK {
		var f failure
		if json.Unmarshal(text, &f) != nil || f.Error == "" {
			f.Error = fmt.Sprintf("%s answered %s", path, res.Status)
		}
		return &RemoteError{Cause: f.Error, Advice: f.Hint}
	}
	if raw, ok := answer.(*json.RawMessage); ok {
		*raw = text
		return nil
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("read the answer of %s: %w", path, err)
	}
	return nil
}

func ask[A any](ctx context.Context, c *Client, method, path string, body any) (A, error) {
	var answer A
	err := c.call(ctx, method, path, body, &answer)
	return answer, err
}

// Status implements Operator.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return ask[Status](ctx, c, http.MethodGet, "status", nil)
}

// Invite implements Operator.
func (c *Client) Invite(ctx context.Context, req InviteRequest) (Invite, error) {
	return ask[Invite](ctx, c, http.MethodPost, "invites", req)
}

// Models implements Operator.
func (c *Client) Models(ctx context.Context) ([]Model, error) {
	return ask[[]Model](ctx, c, http.MethodGet, "models", nil)
}

// Offer implements Operator.
func (c *Client) Offer(ctx context.Context, req OfferRequest) (Offer, error) {
	return ask[Offer](ctx, c, http.MethodPost, "offers", req)
}

// RemoveOffer implements Operator.
func (c *Client) RemoveOffer(ctx context.Context, model string) error {
	return c.call(ctx, http.MethodDelete, "offers/"+url.PathEscape(model), nil, nil)
}

// Providers implements Operator.
func (c *Client) Providers(ctx context.Context) ([]Provider, error) {
	return ask[[]Provider](ctx, c, http.MethodGet, "providers", nil)
}

// Receipts implements Operator.
func (c *Client) Receipts(ctx context.Context, page Page) ([]Receipt, error) {
	q := url.Values{"limit": {strconv.Itoa(page.Limit)}, "before": {page.Before}}
	if page.Earned {
		q.Set("earned", "1")
	}
	return ask[[]Receipt](ctx, c, http.MethodGet, "receipts?"+q.Encode(), nil)
}

// ReceiptFile implements Operator.
func (c *Client) ReceiptFile(ctx context.Context, id string, proofs, public bool) (json.RawMessage, error) {
	q := url.Values{}
	if proofs {
		q.Set("proofs", "1")
	}
	if public {
		q.Set("public", "1")
	}
	return ask[json.RawMessage](ctx, c, http.MethodGet, "receipts/"+url.PathEscape(id)+"?"+q.Encode(), nil)
}

// Upstream implements Operator.
func (c *Client) Upstream(ctx context.Context, id string) (Upstream, error) {
	return ask[Upstream](ctx, c, http.MethodGet, "receipts/"+url.PathEscape(id)+"/upstream", nil)
}

// Prove implements Operator.
func (c *Client) Prove(ctx context.Context, words []string) (json.RawMessage, error) {
	return ask[json.RawMessage](ctx, c, http.MethodGet, "proof?"+url.Values{"word": words}.Encode(), nil)
}

// Trail implements Operator.
func (c *Client) Trail(ctx context.Context) (json.RawMessage, error) {
	return ask[json.RawMessage](ctx, c, http.MethodGet, "trail", nil)
}

// SetTrail implements Operator.
func (c *Client) SetTrail(ctx context.Context, trail json.RawMessage) error {
	_, err := ask[struct{}](ctx, c, http.MethodPut, "trail", trail)
	return err
}

// Content implements Operator.
func (c *Client) Content(ctx context.Context, id string) (Content, error) {
	return ask[Content](ctx, c, http.MethodGet, "receipts/"+url.PathEscape(id)+"/content", nil)
}

// Replay implements Operator.
func (c *Client) Replay(ctx context.Context, id string, threads int) (Replay, error) {
	return ask[Replay](ctx, c, http.MethodPost, "receipts/"+url.PathEscape(id)+"/replay?threads="+strconv.Itoa(threads), nil)
}

// Verify implements Operator.
func (c *Client) Verify(ctx context.Context, file, request, answer []byte) (Verdict, error) {
	return ask[Verdict](ctx, c, http.MethodPost, "verify", verifyRequest{file, request, answer})
}

// Wallet implements Operator.
func (c *Client) Wallet(ctx context.Context) (Wallet, error) {
	return ask[Wallet](ctx, c, http.MethodGet, "wallet", nil)
}

// CreateKey implements Operator.
func (c *Client) CreateKey(ctx context.Context, req KeyRequest) (Key, error) {
	return ask[Key](ctx, c, http.MethodPost, "keys", req)
}

// Keys implements Operator.
func (c *Client) Keys(ctx context.Context) ([]Key, error) {
	return ask[[]Key](ctx, c, http.MethodGet, "keys", nil)
}

// RevokeKey implements Operator.
func (c *Client) RevokeKey(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "keys/"+url.PathEscape(id), nil, nil)
}

// Channels implements Operator.
func (c *Client) Channels(ctx context.Context) ([]Channel, error) {
	return ask[[]Channel](ctx, c, http.MethodGet, "channels", nil)
}

// CloseChannel implements Operator.
func (c *Client) CloseChannel(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "channels/"+url.PathEscape(id), nil, nil)
}

// Claim implements Operator.
func (c *Client) Claim(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "claims", nil, nil)
}

// FetchArtifact implements Operator.
func (c *Client) FetchArtifact(ctx context.Context, req ArtifactRequest) (ArtifactFetch, error) {
	return ask[ArtifactFetch](ctx, c, http.MethodPost, "artifacts/fetch", req)
}

// Audit implements Operator.
func (c *Client) Audit(ctx context.Context) (Audit, error) {
	return ask[Audit](ctx, c, http.MethodGet, "audit", nil)
}
