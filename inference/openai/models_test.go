package openai_test

import (
	"testing"
	"time"

	"ayni.example/inference/engine"
	"ayni.example/inference/openai"
)

func TestModels(t *testing.T) {
	model := openai.Listed{Model: engine.Model{Name: "m"}, Owner: "local", Created: time.Unix(7, 0)}
	one, err := openai.Model(model)
	if want := `{"id":"m","object":"model","created":7,"owned_by":"local"}`; err != nil || string(one) != want {
		t.Errorf("%s, %v", one, err)
	}
	none, err := openai.Models(nil)
	if want := `{"object":"list","data":[]}`; err != nil || string(none) != want {
		t.Errorf("%s, %v", none, err)
	}
}

func TestErrors(t *testing.T) {
	kinds := map[engine.ErrorKind]struct {
		status int
		code   string
	}{
		engine.Invalid:      {400, "null"},
		engine.Unauthorised: {401, `"invalid_api_key"`},
		engine.Unpaid:       {402, `"insufficient_quota"`},
		engine.Forbidden:    {403, `"forbidden"`},
		engine.NotFound:     {404, `"model_not_found"`},
		engine.TooLarge:     {413, `"context_length_exceeded"`},
		engine.Busy:         {429, `"rate_limit_exceeded"`},
		engine.Unsupported:  {400, `"unsupported"`},
		engine.Unavailable:  {503, `"unavailable"`},
		engine.Internal:     {500, `"internal_error"`},
	}
	types := map[int]string{402: "insufficient_quota", 429: "rate_limit_error", 503: "server_error", 500: "server_error"}
	for kind, want := range kinds {
		kindOf := types[want.status]
		if kindOf == "" {
			kindOf = "invalid_request_error"
		}
		status, body := openai.Error(engine.Errorf(kind, "cause").WithHint("hint"))
		text := `{"error":{"message":"cause (hint)","type":"` + kindOf + `","param":null,"code":` + want.code + `}}`
		if status != want.status || string(body) != text {
			t.Errorf("%s: %d %s, want %d %s", kind, status, body, want.status, text)
		}
	}
}
