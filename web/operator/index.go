package operator

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"ayni.example/index"
)

// Searcher is the part of the API that the index answers.
type Searcher interface {
	Index(ctx context.Context) (IndexStatus, error)
	// CheckIndex derives the index's rows from the ledger again and compares; heights are 0 for the first and the last.
	CheckIndex(ctx context.Context, from, to int64) (IndexReport, error)
	// RebuildIndex empties the index, which reads the ledger anew; force gives up what the ledger no longer holds.
	RebuildIndex(ctx context.Context, force bool) error
	// Events lists events of all modules, newest first.
	Events(ctx context.Context, filter EventFilter, page Page) ([]Event, error)
	// History lists what concerned an account, "" for this machine's, newest first.
	History(ctx context.Context, account string, page Page) ([]Entry, error)
	// Activity counts the network's blocks, transactions and events by day, newest first.
	Activity(ctx context.Context, days int) ([]Activity, error)
	// Usage adds up an account's credits by day and reason.
	Usage(ctx context.Context, account string, days int) ([]Used, error)
}

type (
	// IndexStatus tells how far the index is.
	IndexStatus = index.Status
	// IndexReport is what a check of it found.
	IndexReport = index.Report
	// EventFilter narrows a list of events.
	EventFilter = index.EventFilter
	// Event is one event of a module.
	Event = index.Event
	// Activity is one day of the network.
	Activity = index.Activity
)

// Entry is a transaction, or what a block did by itself, as it concerns an account.
type Entry struct {
	Height    int64      `json:"height"`
	Time      time.Time  `json:"time"`
	Hash      string     `json:"hash,omitempty"` // of the transaction; none: the block itself
	Sender    string     `json:"sender,omitempty"`
	Code      int64      `json:"code"` // 0: it took effect
	Log       string     `json:"log,omitempty"`
	Messages  []string   `json:"messages"`
	Net       string     `json:"net"` // credits, with the fee
	Movements []Movement `json:"movements"`
	Events    []Event    `json:"events"`
	Cursor    string     `json:"cursor"`
}

// Movement is a change of a balance.
type Movement struct {
	Amount string `json:"amount"` // credits, negative when spent
	Peer   string `json:"peer,omitempty"`
	Reason string `json:"reason"` // type of the message, or fee, or block
}

// Used is what an account's credits did on one day for one reason.
type Used struct {
	Day       string `json:"day"` // UTC
	Reason    string `json:"reason"`
	Movements int64  `json:"movements"`
	Received  string `json:"received"` // credits
	Spent     string `json:"spent"`    // credits
}

// routeIndex mounts the calls that the index answers.
func routeIndex(mux *http.ServeMux, o Operator) {
	route(mux, "GET index", func(r *http.Request) (any, error) { return o.Index(r.Context()) })
	route(mux, "GET index/check", func(r *http.Request) (any, error) {
		from, to, err := span(r)
		if err != nil {
			return nil, err
		}
		return o.CheckIndex(r.Context(), from, to)
	})
	route(mux, "POST index/rebuild", func(r *http.Request) (any, error) {
		return struct{}{}, o.RebuildIndex(r.Context(), r.FormValue("force") != "")
	})
	route(mux, "GET events", func(r *http.Request) (any, error) {
		from, to, err := span(r)
		if err != nil {
			return nil, err
		}
		page, err := pageOf(r)
		if err != nil {
			return nil, err
		}
		return o.Events(r.Context(), EventFilter{Type: r.FormValue("type"), Subject: r.FormValue("subject"), From: from, To: to}, page)
	})
	route(mux, "GET history", func(r *http.Request) (any, error) {
		page, err := pageOf(r)
		if err != nil {
			return nil, err
		}
		return o.History(r.Context(), r.FormValue("account"), page)
	})
	route(mux, "GET activity", func(r *http.Request) (any, error) {
		days, err := number(r, "days")
		if err != nil {
			return nil, err
		}
		return o.Activity(r.Context(), int(days))
	})
	route(mux, "GET usage", func(r *http.Request) (any, error) {
		days, err := number(r, "days")
		if err != nil {
			return nil, err
		}
		return o.Usage(r.Context(), r.FormValue("account"), int(days))
	})
}

// number is a parameter, 0 when it is absent. Whoever mistypes one learns it, and gets no answer to another question.
func number(r *http.Request, name string) (int64, error) {
	text := r.FormValue(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s %q: want a whole number from 0 to %d", name, text, math.MaxInt32)
	}
	return n, nil
}

// span is the heights of the first and the last block that are meant.
func span(r *http.Request) (from, to int64, err error) {
	if from, err = number(r, "from"); err != nil {
		return 0, 0, err
	}
	to, err = number(r, "to")
	return from, to, err
}

func pageOf(r *http.Request) (Page, error) {
	limit, err := number(r, "limit")
	return Page{Limit: int(limit), Before: r.FormValue("before"), Earned: r.FormValue("earned") != ""}, err
}

func (p Page) values() url.Values {
	return url.Values{"limit": {strconv.Itoa(p.Limit)}, "before": {p.Before}}
}

// Index implements Operator.
func (c *Client) Index(ctx context.Context) (IndexStatus, error) {
	return ask[IndexStatus](ctx, c, http.MethodGet, "index", nil)
}

// CheckIndex implements Operator.
func (c *Client) CheckIndex(ctx context.Context, from, to int64) (IndexReport, error) {
	q := url.Values{"from": {strconv.FormatInt(from, 10)}, "to": {strconv.FormatInt(to, 10)}}
	return ask[IndexReport](ctx, c, http.MethodGet, "index/check?"+q.Encode(), nil)
}

// RebuildIndex implements Operator.
func (c *Client) RebuildIndex(ctx context.Context, force bool) error {
	path := "index/rebuild"
	if force {
		path += "?force=1"
	}
	return c.call(ctx, http.MethodPost, path, nil, nil)
}

// Events implements Operator.
func (c *Client) Events(ctx context.Context, filter EventFilter, page Page) ([]Event, error) {
	q := page.values()
	q.Set("type", filter.Type)
	q.Set("subject", filter.Subject)
	q.Set("from", strconv.FormatInt(filter.From, 10))
	q.Set("to", strconv.FormatInt(filter.To, 10))
	return ask[[]Event](ctx, c, http.MethodGet, "events?"+q.Encode(), nil)
}

// History implements Operator.
func (c *Client) History(ctx context.Context, account string, page Page) ([]Entry, error) {
	q := page.values()
	q.Set("account", account)
	return ask[[]Entry](ctx, c, http.MethodGet, "history?"+q.Encode(), nil)
}

// Activity implements Operator.
func (c *Client) Activity(ctx context.Context, days int) ([]Activity, error) {
	return ask[[]Activity](ctx, c, http.MethodGet, "activity?days="+strconv.Itoa(days), nil)
}

// Usage implements Operator.
func (c *Client) Usage(ctx context.Context, account string, days int) ([]Used, error) {
	q := url.Values{"account": {account}, "days": {strconv.Itoa(days)}}
	return ask[[]Used](ctx, c, http.MethodGet, "usage?"+q.Encode(), nil)
}
