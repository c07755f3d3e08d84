package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"ayni.example/web/operator"
)

// receiptsShown is a page of receipts.
const receiptsShown = 50

// historyShown is a page of an account's history, activityShown the days of the network's.
const historyShown, activityShown = 25, 14

// verifyMax bounds what the playground sends back for verification.
const verifyMax = 4 << 20

type overviewData struct {
	Models    []operator.Model
	Providers []operator.Provider
	Receipts  []operator.Receipt
	Wallet    operator.Wallet
}

func (c *Console) overview(r *http.Request) (any, error) {
	var d overviewData
	var err error
	if d.Models, err = c.config.Operator.Models(r.Context()); err != nil {
		return d, err
	}
	if d.Providers, err = c.config.Operator.Providers(r.Context()); err != nil {
		return d, err
	}
	if d.Receipts, err = c.config.Operator.Receipts(r.Context(), operator.Page{Limit: 8}); err != nil {
		return d, err
	}
	d.Wallet, err = c.config.Operator.Wallet(r.Context())
	return d, err
}

type playgroundData struct {
	Models []operator.Model
	Chat   bool // a chat model is there, so the page opens in chat mode
}

func (c *Console) playground(r *http.Request) (any, error) {
	models, err := c.config.Operator.Models(r.Context())
	d := playgroundData{Models: models}
	for _, m := range models {
		d.Chat = d.Chat || m.Chat
	}
	return d, err
}

type machinesData struct {
	Providers []operator.Provider
	Local     []operator.Model
	Invite    operator.Invite
	Offer     operator.Offer
}

func (c *Console) machines(r *http.Request) (any, error) {
	var d machinesData
	models, err := c.config.Operator.Models(r.Context())
	if err != nil {
		return d, err
	}
	for _, m := range models {
		if m.Provider == "" {
			d.Local = append(d.Local, m)
		}
	}
	d.Providers, err = c.config.Operator.Providers(r.Context())
	return d, err
}

func (c *Console) invite(r *http.Request) (any, error) {
	loaded, err := c.machines(r)
	if err != nil {
		return loaded, err
	}
	d := loaded.(machinesData)
	d.Invite, err = c.config.Operator.Invite(r.Context(), operator.InviteRequest{Credits: r.FormValue("credits"), Expires: 24 * time.Hour})
	return d, err
}

func (c *Console) offer(r *http.Request) (any, error) {
	offer, err := c.config.Operator.Offer(r.Context(), operator.OfferRequest{
		Model: r.FormValue("model"), PriceInput: r.FormValue("price"), PriceOutput: r.FormValue("price"),
	})
	if err != nil {
		return nil, err
	}
	loaded, err := c.machines(r)
	d := loaded.(machinesData)
	d.Offer = offer
	return d, err
}

type networkData struct {
	Council  operator.Council
	Index    operator.IndexStatus
	Activity []operator.Activity
}

func (c *Console) network(r *http.Request) (any, error) {
	var d networkData
	var err error
	if d.Council, err = c.config.Operator.Council(r.Context()); err != nil {
		return d, err
	}
	if d.Index, err = c.config.Operator.Index(r.Context()); err != nil {
		return d, err
	}
	activity, err := c.config.Operator.Activity(r.Context(), activityShown)
	if err == nil { // otherwise the index says what it lacks
		d.Activity = activity
	}
	return d, nil
}

type receiptsData struct {
	Receipts []operator.Receipt
	Next     string
}

func (c *Console) receipts(r *http.Request) (any, error) {
	list, err := c.config.Operator.Receipts(r.Context(), operator.Page{Limit: receiptsShown, Before: r.FormValue("before")})
	d := receiptsData{Receipts: list}
	if len(list) == receiptsShown {
		d.Next = list[len(list)-1].ID
	}
	return d, err
}

type receiptData struct {
	ID      string
	File    string
	Verdict operator.Verdict
}

func (c *Console) receipt(r *http.Request) (any, error) {
	d := receiptData{ID: r.PathValue("id")}
	file, err := c.config.Operator.ReceiptFile(r.Context(), d.ID, true, false)
	if err != nil {
		return d, err
	}
	d.Verdict, err = c.config.Operator.Verify(r.Context(), file, nil, nil)
	if err != nil {
		return d, err
	}
	var pretty map[string]json.RawMessage
	if err := json.Unmarshal(file, &pretty); err != nil {
		return d, err
	}
	delete(pretty, "proofs") // long, and not for eyes
	text, err := json.MarshalIndent(pretty, "", "  ")
	d.File = string(text)
	return d, err
}

type walletData struct {
	Wallet   operator.Wallet
	Channels []operator.Channel
	Keys     []operator.Key
	Created  operator.Key
	History  []operator.Entry
	Older    string // cursor
	Unknown  string // why there is no history
}

func (c *Console) wallet(r *http.Request) (any, error) {
	var d walletData
	var err error
	if d.Wallet, err = c.config.Operator.Wallet(r.Context()); err != nil {
		return d, err
	}
	if d.Channels, err = c.config.Operator.Channels(r.Context()); err != nil {
		return d, err
	}
	history, failed := c.config.Operator.History(r.Context(), "", operator.Page{Limit: historyShown, Before: r.FormValue("before")})
	if failed != nil { // money does not wait for the index
		d.Unknown = failed.Error()
	}
	if d.History = history; len(history) == historyShown {
		d.Older = history[len(history)-1].Cursor
	}
	d.Keys, err = c.config.Operator.Keys(r.Context())
	return d, err
}

func (c *Console) createKey(r *http.Request) (any, error) {
	rate, err := strconv.Atoi("0" + r.FormValue("rate"))
	if err != nil {
		return nil, err
	}
	created, err := c.config.Operator.CreateKey(r.Context(), operator.KeyRequest{Name: r.FormValue("name"), Budget: r.FormValue("budget"), Rate: rate})
	if err != nil {
		return nil, err
	}
	loaded, err := c.wallet(r)
	d := loaded.(walletData)
	d.Created = created
	return d, err
}

func (c *Console) revokeKey(r *http.Request) (any, error) {
	if err := c.config.Operator.RevokeKey(r.Context(), r.PathValue("id")); err != nil {
		return nil, err
	}
	return c.wallet(r)
}

// verify checks what the playground shows: the receipt's file, and the request and answer as the browser holds them.
func (c *Console) verify(w http.ResponseWriter, r *http.Request) {
	var held struct {
		ID      string `json:"id"`
		Request []byte `json:"request"`
		Answer  []byte `json:"answer"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, verifyMax)).Decode(&held); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	file, err := c.config.Operator.ReceiptFile(r.Context(), held.ID, true, false)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	verdict, err := c.config.Operator.Verify(r.Context(), file, held.Request, held.Answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(verdict) // the browser is gone when this fails
}
