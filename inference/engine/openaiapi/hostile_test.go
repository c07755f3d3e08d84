package openaiapi_test

import (
	"net/http"
	"testing"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/enginetest"
	"ayni.example/inference/engine/openaiapi"
)

func hostile(tb testing.TB) enginetest.Hostile {
	tb.Helper()
	return enginetest.Hostile{
		Type:  "text/event-stream",
		Piece: `data: {"choices":[{"delta":{"content":"Once"},"text":""}]}` + "\n\n",
		New: func(url string, client *http.Client) engine.Engine {
			e, err := openaiapi.New(openaiapi.Config{URL: url, HTTP: client})
			if err != nil {
				tb.Fatal(err)
			}
			return e
		},
	}
}

func TestHostileBackend(t *testing.T) { enginetest.RunHostile(t, hostile(t)) }

func FuzzStream(f *testing.F) {
	enginetest.Fuzz(
		f, hostile(f),
		`data: {"choices":[{"text":"a","logprobs":{"tokens":["bytes:\\xe4"],"token_logprobs":[-1],"top_logprobs":[{"a":-1}]}}]}`+"\n\ndata: [DONE]\n\n",
		`data: {"choices":[{"delta":{"tool_calls":[{"index":3,"function":{"name":"f"}}]},"finish_reason":"tool_calls"}]}`+"\ndata:[DONE]",
		`data: {"choices":[{"delta":{"reasoning":"a"},"logprobs":{"content":[{"token":"a","bytes":[256],"top_logprobs":[{}]}]},"finish_reason":"x"}],"usage":{}}`+"\ndata:[DONE]",
		"data: {\"error\":{\"message\":\"no\"}}\n", ": comment\nevent: x\ndata: {\"usage\":{\"prompt_tokens\":-1}}",
	)
}
