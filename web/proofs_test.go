package web_test

import (
	"bytes"
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ayni.example/web/operator"
	"ayni.example/zk/answer"
)

const proofID = "c0ffee"

func (f fixedOperator) ProofModels(context.Context) ([]operator.ProofModel, error) {
	return []operator.ProofModel{{ID: proofID, Name: "<script>alert(6)</script>", Price: "0.25"}}, f.fail
}

func (f fixedOperator) ProofModel(_ context.Context, id string) (operator.ProofModelDetail, error) {
	if id != proofID {
		return operator.ProofModelDetail{}, errors.New("no such model")
	}
	return operator.ProofModelDetail{ProofModel: operator.ProofModel{ID: id, Name: "forest"}, Quote: operator.ProofQuote{Fee: "0.031", Gas: 77, Bytes: 150_000}}, nil
}

func (fixedOperator) VerifiedValues(context.Context, string) ([]operator.VerifiedValue, error) {
	return []operator.VerifiedValue{{Context: "<script>alert(7)</script>", Output: []int32{1, -2, 3, 4, 5, 6, 7, 8, 9}, Height: 12}}, nil
}

func (fixedOperator) MeasureProof(_ context.Context, id string) (operator.ProofCost, error) {
	if id != proofID {
		return operator.ProofCost{}, errors.New("no weights here")
	}
	return operator.ProofCost{Infer: 0.0005, Prove: 0.005, Verify: 0.0012, Bytes: 98_765}, nil
}

// judging reads what is uploaded as the machine does, and counts.
type judging struct {
	fixedOperator
	seen *[]int
}

func (j judging) Verify(_ context.Context, file, _, _ []byte) (operator.Verdict, error) {
	*j.seen = append(*j.seen, len(file))
	if string(file) == "good" {
		return operator.Verdict{OK: true, Kind: "answer", ID: proofID, Verdicts: []operator.Finding{{Name: "proved", Detail: "it holds"}}}, nil
	}
	v := operator.Verdict{Kind: "answer"}
	if _, err := answer.Decode(file); err != nil {
		v.Refused = err.Error() + string(file[:min(40, len(file))])
	}
	return v, nil
}

func post(h http.Handler, path, kind string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// form is one with the given fields, in order.
func form(t *testing.T, fields ...[2]string) (kind string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, f := range fields {
		part, err := m.CreateFormFile(f[0], "a.proof")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write([]byte(f[1]))
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return m.FormDataContentType(), b.Bytes()
}

// TestProofs shows models, values, quotes and measured costs, with nothing of theirs as markup.
func TestProofs(t *testing.T) {
	h := console(t, fixedOperator{})
	for path, want := range map[string][]string{
		"/console/proofs":                  {"0.25", "&lt;script&gt;", `enctype="multipart/form-data"`},
		"/console/proofs?model=" + proofID: {"0.031", "77 gas", "150.0 kB", "1 -2 3 4 5 6 7 8 … (9)", `hx-select="#live"`, `action="/console/proofs/c0ffee/cost"`},
	} {
		w := get(h, path, "en")
		for _, text := range want {
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s: %d, without %q", path, w.Code, text)
			}
		}
		if strings.Contains(w.Body.String(), "<script>alert") || strings.Contains(w.Header().Get("Content-Security-Policy"), "unsafe") {
			t.Errorf("%s: markup of a stranger, or a weak policy", path)
		}
	}
	if w := get(h, "/console/proofs?model=beef", "es"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "no such model") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	body := post(h, "/console/proofs/"+proofID+"/cost", "application/x-www-form-urlencoded", nil).Body.String()
	for _, text := range []string{"0.5 ms", "5 ms", "10.0×", "1.2 ms", "98.8 kB"} {
		if !strings.Contains(body, text) {
			t.Errorf("the cost is without %q", text)
		}
	}
	if w := post(h, "/console/proofs/beef/cost", "", nil); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("the cost of an unknown model: %d", w.Code)
	}
}

// TestUpload checks files, and refuses what is none without reading more than it must.
func TestUpload(t *testing.T) {
	var seen []int
	h := console(t, judging{seen: &seen})
	kind, body := form(t, [2]string{"other", "x"}, [2]string{"proof", "good"})
	w := post(h, "/console/proofs/verify", kind, body)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "it holds") || !strings.Contains(w.Body.String(), "on this ledger as") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	kind, body = form(t, [2]string{"proof", "<script>alert(8)</script>"})
	w = post(h, "/console/proofs/verify", kind, body)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Refused:") || strings.Contains(w.Body.String(), "<script>alert") {
		t.Errorf("garbage: %d %s", w.Code, w.Body)
	}
	read := len(seen)
	huge := strings.Repeat("a", 17<<20)
	for name, fields := range map[string][][2]string{
		"nothing": nil, "another field": {{"other", "good"}}, "empty": {{"proof", ""}}, "too long": {{"proof", huge}},
		"behind something long": {{"other", huge}, {"proof", "good"}},
	} {
		kind, body := form(t, fields...)
		if w := post(h, "/console/proofs/verify", kind, body); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `role="alert"`) {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	for name, kind := range map[string]string{"no form": "application/octet-stream", "no boundary": "multipart/form-data", "another boundary": "multipart/form-data; boundary=x"} {
		if w := post(h, "/console/proofs/verify", kind, body); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := post(h, "/console/proofs/verify", kind, body[:len(body)/2]); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("torn: %d", w.Code)
	}
	if len(seen) != read {
		t.Errorf("%d refused uploads were judged: %v", len(seen)-read, seen)
	}
}
