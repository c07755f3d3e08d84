package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ayni.example/web/operator"
)

func (f fixedOperator) VaultUses(context.Context) (operator.VaultUses, error) {
	return operator.VaultUses{
		Earned:  "0.06",
		Objects: []operator.VaultObject{{ID: "0ff1", Name: "<script>alert(21)</script>", Kind: "mail", Into: []operator.VaultInto{{Asset: "0bb8", Name: "verses", Kind: "pool", Made: 3}}}},
		Accesses: []operator.VaultAccess{
			{Time: time.Unix(9, 0), Name: "diary", Reader: "0x07", Action: "read", Bytes: 42},
			{Time: time.Unix(8, 0), Name: "diary", Reader: "client:<b>my</b>", Action: "open", Refused: "purpose"},
		},
		Income: []operator.VaultIncome{{From: "0aa7", FromName: "poet", To: "0bb8", ToName: "verses", Credits: "0.18", Points: "10", All: "30"}},
	}, f.fail
}

func (f fixedOperator) VaultGrants(context.Context) ([]operator.VaultGrant, error) {
	return []operator.VaultGrant{
		{ID: "0ee1", Name: "diary", Grantee: "0x07", Purpose: "<i>sleep</i>", Scope: []string{"2026-*"}, State: "stands", Reads: 4},
		{ID: "0ee2", Name: "diary", Grantee: "0x08", Purpose: "ads", Scope: []string{"*"}, State: "revoked"},
	}, f.fail
}

func (f fixedOperator) VaultRevoke(_ context.Context, id string) (operator.VaultGrant, error) {
	if id != "0ee1" {
		return operator.VaultGrant{}, errors.New("the vault has no such <grant>")
	}
	return operator.VaultGrant{ID: id, Name: "diary", Grantee: "0x07", State: "revoked", Reads: 4}, f.fail
}

func (f fixedOperator) VaultErasures(context.Context) ([]operator.VaultErasure, error) {
	return []operator.VaultErasure{{
		Object: "0ff2", Here: true, Descendants: []string{"0aa7"},
		Replicas: []operator.VaultReplica{
			{Holder: "0x05", Reply: "promised", Why: "its pledge binds it", Next: time.Unix(1_800_000_000, 0)}, {Holder: "0x06", Reply: "unproved", Why: "it does not answer, 30 times"},
		},
	}}, f.fail
}

// TestData shows grants with one button for each that stands, accesses, income and erasures, and nothing of it as markup.
func TestData(t *testing.T) {
	h := console(t, fixedOperator{})
	body := get(h, "/console/data", "en").Body.String()
	for _, want := range []string{
		"My data", "0.06", "verses", "10 / 30", "0.18", "&lt;i&gt;sleep", "2026-*", "refused: purpose", "read</td>", "bound, erases later", "2027-01-15", "unproved",
		"goes on by itself", "asset=0aa7", `action="/console/data/grants/0ee1/revoke"`, "cannot be unread", "made of it since: 3",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, no := range []string{"<script>alert", "<b>my", "grants/0ee2/revoke", "data.state", "data.reply", "data.did", `id="revoked"`} {
		if strings.Contains(body, no) {
			t.Errorf("the page has %q", no)
		}
	}
	if body := get(h, "/console/data", "es").Body.String(); !strings.Contains(body, "Mis datos") || !strings.Contains(body, "Revocar") || strings.Contains(body, "data.") {
		t.Error("the page is not in Spanish")
	}
}

// TestRevoke ends a grant by its button, and says what it could not do.
func TestRevoke(t *testing.T) {
	h := console(t, fixedOperator{})
	post := func(id string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/console/data/grants/"+id+"/revoke", nil))
		return w
	}
	if w := post("0ee1"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `id="revoked"`) || !strings.Contains(w.Body.String(), "Reads before: 4") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := post("0ee9"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "no such &lt;grant&gt;") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := get(h, "/console/data/grants/0ee1/revoke", "en"); w.Code == http.StatusOK {
		t.Error("a link revokes")
	}
}
