package operator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// VaultGrant implements Operator.
func (c *Client) VaultGrant(ctx context.Context, req VaultGrantRequest) (VaultGrant, error) {
	return ask[VaultGrant](ctx, c, http.MethodPost, "vault/grants", req)
}

// VaultGrants implements Operator.
func (c *Client) VaultGrants(ctx context.Context) ([]VaultGrant, error) {
	return ask[[]VaultGrant](ctx, c, http.MethodGet, "vault/grants", nil)
}

// VaultGranted implements Operator.
func (c *Client) VaultGranted(ctx context.Context) ([]VaultGrant, error) {
	return ask[[]VaultGrant](ctx, c, http.MethodGet, "vault/granted", nil)
}

// VaultRevoke implements Operator.
func (c *Client) VaultRevoke(ctx context.Context, grant string) (VaultGrant, error) {
	return ask[VaultGrant](ctx, c, http.MethodDelete, "vault/grants/"+url.PathEscape(grant), nil)
}

// VaultErase implements Operator.
func (c *Client) VaultErase(ctx context.Context, object string) (VaultErasure, error) {
	return ask[VaultErasure](ctx, c, http.MethodDelete, "vault/objects/"+url.PathEscape(object), nil)
}

// VaultErasures implements Operator.
func (c *Client) VaultErasures(ctx context.Context) ([]VaultErasure, error) {
	return ask[[]VaultErasure](ctx, c, http.MethodGet, "vault/erasures", nil)
}

// VaultConnect implements Operator.
func (c *Client) VaultConnect(ctx context.Context, req VaultConnectRequest) (VaultConnected, error) {
	return ask[VaultConnected](ctx, c, http.MethodPost, "vault/clients", req)
}

// VaultTie implements Operator.
func (c *Client) VaultTie(ctx context.Context, req VaultTieRequest) (VaultTied, error) {
	return ask[VaultTied](ctx, c, http.MethodPost, "vault/ties", req)
}

// VaultShare implements Operator.
func (c *Client) VaultShare(ctx context.Context, object string) (VaultShared, error) {
	return ask[VaultShared](ctx, c, http.MethodPost, "vault/shared/"+url.PathEscape(object), nil)
}

// VaultKeep implements Operator.
func (c *Client) VaultKeep(ctx context.Context, req VaultKeepRequest) (VaultKept, error) {
	return ask[VaultKept](ctx, c, http.MethodPost, "vault/kept", req)
}

// VaultOpen implements Operator.
func (c *Client) VaultOpen(ctx context.Context, req VaultReadRequest) (VaultOpened, error) {
	return ask[VaultOpened](ctx, c, http.MethodPost, "vault/open", req)
}

// VaultRead implements Operator.
func (c *Client) VaultRead(ctx context.Context, req VaultReadRequest, to io.Writer) error {
	text, err := json.Marshal(req)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.URL, "/")+Prefix+"vault/read", strings.NewReader(string(text))) //nolint:gosec // the URL is the owner's own process
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.Token)
	client := *c.HTTP
	client.Timeout = 0       // as long as bytes come: peers have timeouts of their own
	res, err := client.Do(r) //nolint:gosec // the same
	if err != nil {
		return fmt.Errorf("reach the running process: %w", err)
	}
	defer res.Body.Close() //nolint:errcheck // nothing was written
	if res.StatusCode != http.StatusOK {
		var f failure
		if err := json.NewDecoder(io.LimitReader(res.Body, answerMax)).Decode(&f); err != nil || f.Error == "" {
			f.Error = "the running process answered " + res.Status
		}
		return &RemoteError{Cause: f.Error, Advice: f.Hint}
	}
	if _, err := io.Copy(to, res.Body); err != nil {
		return fmt.Errorf("read from the running process: %w", err)
	}
	if res.Trailer.Get(vaultFailed) != "none" {
		return errors.New("it broke off: what was written is not all of it and must not be used")
	}
	return nil
}
