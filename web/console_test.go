package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"ayni.example/web"
	"ayni.example/web/operator"
)

// fixedOperator answers with a fixed state; calls that the pages do not make are absent.
type fixedOperator struct {
	operator.Operator
	fail    error
	noIndex bool
}

func (f fixedOperator) Status(context.Context) (operator.Status, error) {
	return operator.Status{ChainID: "ayni_1-1", Height: 7, URL: "http://127.0.0.1:7070", Serving: "serving 1 model", Version: "test"}, nil
}

func (f fixedOperator) Models(context.Context) ([]operator.Model, error) {
	return []operator.Model{{Name: "ayni/starter", Where: "this machine", Capabilities: []string{"completion"}, ReadableBy: []string{"this machine"}}}, f.fail
}

func (f fixedOperator) Providers(context.Context) ([]operator.Provider, error) {
	return []operator.Provider{{Name: "<script>alert(1)</script>", Address: "ayni1abcdefghijklmnopqrstuvwxyz", Status: "active", Bond: "10"}}, f.fail
}

func (f fixedOperator) Receipts(context.Context, operator.Page) ([]operator.Receipt, error) {
	return []operator.Receipt{{ID: "r-abcdefghijklmnopqrstuvwxyz", Time: time.Unix(1, 0), Model: "ayni/starter", Prompt: 3, Completion: 4, Total: "0.001"}}, f.fail
}

func (f fixedOperator) Wallet(context.Context) (operator.Wallet, error) {
	return operator.Wallet{Balance: "12.5"}, f.fail
}
func (f fixedOperator) Channels(context.Context) ([]operator.Channel, error) { return nil, f.fail }
func (f fixedOperator) Council(context.Context) (operator.Council, error) {
	return operator.Council{
		Seats:     []operator.Seat{{Name: "<script>alert(2)</script>", Status: "absent", Power: 31, AbsentSince: time.Unix(1, 0)}},
		Proposals: []operator.Proposal{{ID: 4, Summary: "<script>alert(3)</script>", Messages: []string{"ayni.council.v1.MsgAdmit"}}},
		Beacon:    &operator.Beacon{Round: 12},
	}, f.fail
}

func (f fixedOperator) Index(context.Context) (operator.IndexStatus, error) {
	return operator.IndexStatus{Height: 90, LagBlocks: 9, Cause: "<script>alert(4)</script>"}, nil
}

func (f fixedOperator) Activity(context.Context, int) ([]operator.Activity, error) {
	return []operator.Activity{{Day: "2026-11-23", Txs: 77}}, f.fail
}

func (f fixedOperator) History(context.Context, string, operator.Page) ([]operator.Entry, error) {
	if f.noIndex {
		return nil, errors.New("the index is stopped")
	}
	return []operator.Entry{{Height: 3, Net: "-1.25", Messages: []string{"ayni.credit.v1.MsgOpenChannel"}, Log: `"><script>alert(5)</script>`, Code: 5}}, nil
}

func (f fixedOperator) Keys(context.Context) ([]operator.Key, error) { return nil, f.fail }
func (f fixedOperator) Invite(context.Context, operator.InviteRequest) (operator.Invite, error) {
	return operator.Invite{Token: "ayni1token"}, f.fail
}

func (f fixedOperator) ReceiptFile(context.Context, string, bool, bool) (json.RawMessage, error) {
	return json.RawMessage(`{"receipt":{"id":"r-1"}}`), f.fail
}

func (f fixedOperator) Verify(_ context.Context, _, _, answer []byte) (operator.Verdict, error) {
	if string(answer) == "changed" {
		return operator.Verdict{Refused: "answer differs from the receipt"}, nil
	}
	return operator.Verdict{OK: true, Verdicts: []operator.Finding{{Name: "signed", Detail: "by its provider"}}}, nil
}

func console(t *testing.T, op operator.Operator) http.Handler {
	t.Helper()
	c, err := web.New(web.Config{Operator: op, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return c.Handler()
}

func get(h http.Handler, path, lang string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Language", lang)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPages(t *testing.T) {
	h := console(t, fixedOperator{})
	for path, want := range map[string]string{
		"/": "12.5", "/console/playground": "ayni/starter", "/console/machines": "&lt;script&gt;", "/console/receipts": "0.001",
		"/console/receipts/r-1": "by its provider", "/console/wallet": "-1.25", "/console/network": "MsgAdmit",
		"/console/asset/style.css": "prefers-color-scheme", "/console/asset/vendor/htmx.min.js": "htmx",
	} {
		w := get(h, path, "en")
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, without %q", path, w.Code, want)
		}
		if strings.Contains(w.Body.String(), "<script>alert") {
			t.Errorf("%s: a provider's name became markup", path)
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
	if body := get(h, "/", "es-PE,en;q=0.5").Body.String(); !strings.Contains(body, "Resumen") || !strings.Contains(body, `lang="es"`) {
		t.Error("the page is not in Spanish")
	}
}

func TestErrorIsShown(t *testing.T) {
	w := get(console(t, fixedOperator{fail: errors.New("ledger unreachable")}), "/console/wallet", "en")
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "ledger unreachable") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestWithoutIndex shows money although its history is not known.
func TestWithoutIndex(t *testing.T) {
	w := get(console(t, fixedOperator{noIndex: true}), "/console/wallet", "en")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "the index is stopped") || !strings.Contains(w.Body.String(), "12.5") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestVerify(t *testing.T) {
	h := console(t, fixedOperator{})
	for answer, ok := range map[string]bool{"same": true, "changed": false} {
		body, err := json.Marshal(map[string]any{"id": "r-1", "request": []byte("q"), "answer": []byte(answer)})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/console/verify", strings.NewReader(string(body))))
		var v operator.Verdict
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || v.OK != ok {
			t.Errorf("%s: %+v, %v", answer, v, err)
		}
	}
}

// TestLanguagesAgree keeps both languages complete.
func TestLanguagesAgree(t *testing.T) {
	read := func(lang string) map[string]string {
		text, err := os.ReadFile("text/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		w := map[string]string{}
		if err := json.Unmarshal(text, &w); err != nil {
			t.Fatal(err)
		}
		return w
	}
	en, es := read("en"), read("es")
	for key := range en {
		if es[key] == "" {
			t.Errorf("no Spanish for %s", key)
		}
	}
	for key := range es {
		if en[key] == "" {
			t.Errorf("no English for %s", key)
		}
	}
}
