package openai

import (
	"net/http"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

type errorBody struct {
	Error errorDetail `json:"error"`
}

type errorDetail struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

// Error gives the status and body of a failed request.
func Error(err error) (int, []byte) {
	typed := engine.AsError(err)
	body, encodeErr := jsonbody.Encode(errorOf(typed))
	if encodeErr != nil { // strings always encode
		body = []byte(`{"error":{"message":"internal error","type":"server_error","param":null,"code":null}}`)
	}
	return statusOf(typed.Kind), body
}

// statusOf gives 400 where a backend cannot do what is asked: OpenAI's clients repeat a request after 501.
func statusOf(kind engine.ErrorKind) int {
	if kind == engine.Unsupported {
		return http.StatusBadRequest
	}
	return kind.Status()
}

func errorOf(err *engine.Error) errorBody {
	detail := errorDetail{Message: err.Error(), Type: "server_error"}
	code := ""
	switch err.Kind {
	case engine.Invalid:
		detail.Type = "invalid_request_error"
	case engine.Unauthorised:
		detail.Type, code = "invalid_request_error", "invalid_api_key"
	case engine.Unpaid:
		detail.Type, code = "insufficient_quota", "insufficient_quota"
	case engine.Forbidden:
		detail.Type, code = "invalid_request_error", "forbidden"
	case engine.NotFound:
		detail.Type, code = "invalid_request_error", "model_not_found"
		if err.Param == "url" {
			code = "unknown_url"
		}
	case engine.TooLarge:
		detail.Type, code = "invalid_request_error", "context_length_exceeded"
	case engine.Busy:
		detail.Type, code = "rate_limit_error", "rate_limit_exceeded"
	case engine.Unsupported:
		detail.Type, code = "invalid_request_error", "unsupported"
	case engine.Unavailable:
		code = "unavailable"
	default:
		code = "internal_error"
	}
	if code != "" {
		detail.Code = &code
	}
	if err.Param != "" {
		detail.Param = &err.Param
	}
	return errorBody{Error: detail}
}
