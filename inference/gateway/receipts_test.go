package gateway_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
	"ayni.example/receipt"
)

func TestReceiptsArePaged(t *testing.T) {
	r := newRig(t, says("x"), nil)
	var want []string
	for range 5 {
		response, _ := r.post("/v1/chat/completions", chatBody)
		want = append([]string{response.Header.Get("Ayni-Receipt")}, want...)
	}
	var got []string
	path := "/receipts?limit=2"
	for pages := 0; path != ""; pages++ {
		if pages > 3 {
			t.Fatal("the pages do not end")
		}
		_, text := r.get(path)
		var page struct {
			Receipts []gateway.Entry
			Next     int64
		}
		if err := json.Unmarshal([]byte(text), &page); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for _, e := range page.Receipts {
			got = append(got, string(e.ID))
			if e.Model != "tiny" || e.Route != "local" || e.Endpoint != "/v1/chat/completions" || e.Prompt != 3 || e.Completion != 1 {
				t.Errorf("%+v", e)
			}
		}
		path = ""
		if page.Next > 0 {
			path = fmt.Sprintf("/receipts?limit=2&before=%d", page.Next)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%v\nwant %v", got, want)
	}
	for _, bad := range []string{"limit=0", "limit=501", "limit=x", "before=0", "before=x"} {
		if response, _ := r.get("/receipts?" + bad); response.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, response.StatusCode)
		}
	}
	for path, status := range map[string]int{"/receipts/nonsense": 400, "/receipts/r-" + strings.Repeat("a", 26): 404} {
		if response, _ := r.get(path); response.StatusCode != status {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
	}
}

func TestContentIsKeptOnlyIfTold(t *testing.T) {
	for _, keep := range []bool{false, true} {
		r := newRig(t, says("ANSWER"), func(c *gateway.Config) { c.KeepInput = keep })
		response, answer := r.post("/v1/chat/completions", chatStream)
		record, err := r.receipts.Record(t.Context(), response.Header.Get("Ayni-Receipt"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if keep && (string(record.Body) != chatStream || string(record.Answer) != answer) {
			t.Errorf("kept %s and %s", record.Body, record.Answer)
		}
		if !keep && (record.Body != nil || record.Answer != nil) {
			t.Error("content is kept though nobody asked for it")
		}
	}
}

func TestProofsComeFromOutside(t *testing.T) {
	var fail error
	r := newRig(t, says("x"), func(c *gateway.Config) {
		c.Evidence = func(context.Context, receipt.Receipt) (gateway.Proven, error) {
			return gateway.Proven{Proofs: receipt.Proofs{Registered: json.RawMessage(`{"height":7}`)}}, fail
		}
	})
	response, _ := r.post("/v1/chat/completions", chatBody)
	path := "/receipts/" + response.Header.Get("Ayni-Receipt")
	if _, plain := r.get(path); strings.Contains(plain, "proofs") {
		t.Errorf("%s", plain)
	}
	_, text := r.get(path + "?proofs=1")
	file, err := receipt.DecodeFile([]byte(text))
	if err != nil || string(file.Proofs.Registered) != `{"height":7}` {
		t.Fatalf("%s: %v", text, err)
	}
	fail = errors.New("ledger is not reachable")
	if response, text := r.get(path + "?proofs=1"); response.StatusCode != 503 || !strings.Contains(text, "ledger is not reachable") {
		t.Errorf("%d %s", response.StatusCode, text)
	}
}

func TestChangedAnswerIsFound(t *testing.T) {
	r := newRig(t, says("yes"), nil)
	response, answer := r.post("/v1/chat/completions", chatStream)
	_, text := r.get("/receipts/" + response.Header.Get("Ayni-Receipt"))
	file, err := receipt.DecodeFile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.Check(receipt.Held{Request: []byte(chatStream), Answer: []byte(strings.Replace(answer, "yes", "no!", 1))})
	if !errors.Is(err, receipt.ErrAnswer) {
		t.Errorf("answer: %v", err)
	}
	_, err = file.Check(receipt.Held{Request: []byte(strings.Replace(chatStream, "hi", "ho", 1)), Answer: []byte(answer)})
	if !errors.Is(err, receipt.ErrRequest) {
		t.Errorf("request: %v", err)
	}
	file.Delivery.Status = 500
	if _, err := file.Check(receipt.Held{}); !errors.Is(err, receipt.ErrSignature) {
		t.Errorf("delivery: %v", err)
	}
}

func TestOldReceiptsGo(t *testing.T) {
	db := openDB(t)
	receipts, err := gateway.OpenReceipts(t.Context(), gateway.ReceiptsConfig{DB: db, Random: rand.Reader, Most: 10})
	if err != nil {
		t.Fatal(err)
	}
	backend := newScripted(t, says("x"))
	for range 256 {
		id, err := receipt.NewID(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		outcome := backend.outcome(gateway.Job{RequestID: "q", PayerKey: receipt.Key{1}, Request: engine.Request{Model: "m"}}, id,
			script{}, "x", engine.Usage{}, receipt.Complete)
		if _, err := receipts.Add(t.Context(), gateway.Record{File: receipt.File{Receipt: outcome.Receipt}}); err != nil {
			t.Fatal(err)
		}
	}
	left, err := receipts.List(t.Context(), nil, 0, 500)
	if err != nil || len(left) != 10 {
		t.Fatalf("%d left, %v", len(left), err)
	}
}

func TestMetrics(t *testing.T) {
	r := newRig(t, func(job gateway.Job) script {
		if job.Route.Local {
			return script{chunks: words("a", "b")}
		}
		return script{chunks: words("a"), price: 250_000_000_000_000_000}
	}, nil)
	r.post("/v1/chat/completions", chatBody)
	r.post("/api/chat", strings.Replace(chatBody, "tiny", "far", 1))
	r.post("/v1/chat/completions", strings.Replace(chatBody, "tiny", "nope", 1))
	_, text := r.get("/metrics")
	for _, want := range []string{
		`ayni_gateway_requests_total{endpoint="/v1/chat/completions",route="local",status="200"} 1`,
		`ayni_gateway_requests_total{endpoint="/api/chat",route="network",status="200"} 1`,
		`ayni_gateway_requests_total{endpoint="/v1/chat/completions",route="none",status="404"} 1`,
		`ayni_gateway_tokens_total{direction="output",route="local"} 2`,
		`ayni_gateway_tokens_total{direction="input",route="network"} 3`,
		`ayni_gateway_spend_credits_total{route="network"} 1`,
		`ayni_gateway_in_flight 0`,
		`ayni_gateway_first_chunk_seconds_count{route="local"} 1`,
		`ayni_gateway_request_seconds_count{endpoint="/api/chat"} 1`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
}
