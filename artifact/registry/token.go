package registry

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

// authorised sends a request, and once more with a token when the registry wants one. Tokens are anonymous: no secret is sent.
func (c *Client) authorised(ctx context.Context, address, accept string, token *string, from int64) (*http.Response, error) {
	for {
		res, err := c.get(ctx, address, accept, *token, from)
		if err != nil || res.StatusCode != http.StatusUnauthorized || *token != "" {
			return res, err
		}
		challenge := res.Header.Get("WWW-Authenticate")
		refused := failed(res)
		if *token, err = c.token(ctx, challenge); err != nil {
			return nil, errors.Join(refused, err)
		}
	}
}

// token asks the server that a challenge names for a token that anybody gets.
func (c *Client) token(ctx context.Context, challenge string) (string, error) {
	fields, err := parseChallenge(challenge)
	if err != nil {
		return "", err
	}
	realm, err := url.Parse(fields["realm"])
	if err != nil || realm.Host == "" || realm.User != nil || realm.Scheme != "https" && (realm.Scheme != "http" || !c.cfg.Insecure) {
		return "", fmt.Errorf("the registry names no server for tokens that can be trusted: %.100q", fields["realm"])
	}
	query := realm.Query()
	for _, key := range []string{"service", "scope"} {
		if fields[key] != "" {
			query.Set(key, fields[key])
		}
	}
	realm.RawQuery = query.Encode()
	res, err := c.get(ctx, realm.String(), "application/json", "", 0)
	if err != nil {
		return "", fmt.Errorf("ask for a token: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("ask for a token: %w", failed(res))
	}
	defer res.Body.Close() //nolint:errcheck // only read
	var answer struct {
		Token  string `json:"token"`
		Access string `json:"access_token"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxMessage)).Decode(&answer); err != nil {
		return "", fmt.Errorf("ask for a token: %w", err)
	}
	if answer.Token == "" {
		answer.Token = answer.Access
	}
	if answer.Token == "" || strings.ContainsAny(answer.Token, "\r\n") {
		return "", errors.New("ask for a token: the answer has none")
	}
	return answer.Token, nil
}

// parseChallenge reads: Bearer realm="https://...",service="...",scope="...".
func parseChallenge(text string) (map[string]string, error) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, fmt.Errorf("the registry wants %.40q, which needs an account: only what anybody may pull is supported", scheme)
	}
	fields := make(map[string]string)
	for range 16 {
		rest = strings.TrimLeft(rest, " ,")
		key, tail, found := strings.Cut(rest, "=")
		if !found {
			break
		}
		var value string
		if quoted, ok := strings.CutPrefix(tail, `"`); ok {
			value, rest, found = strings.Cut(quoted, `"`)
			if !found {
				return nil, errors.New("the registry's challenge has an open quotation mark")
			}
		} else {
			value, rest, _ = strings.Cut(tail, ",")
		}
		fields[strings.ToLower(strings.TrimSpace(key))] = value
	}
	return fields, nil
}
