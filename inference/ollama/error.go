package ollama

import (
	"net/http"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

type errorBody struct {
	Error string `json:"error"`
}

// Error gives the status and body of a failed request.
func Error(err error) (int, []byte) {
	typed := engine.AsError(err)
	body, encodeErr := jsonbody.Encode(errorBody{Error: typed.Error()})
	if encodeErr != nil { // strings always encode
		body = []byte(`{"error":"internal error"}`)
	}
	status := typed.Kind.Status()
	if typed.Kind == engine.Unsupported {
		status = http.StatusBadRequest // as Ollama has it
	}
	return status, body
}
