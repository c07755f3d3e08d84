package gateway

import (
	"context"
	"net/http"
	"strings"

	"ayni.example/inference/engine"
)

// need says what a path asks of its caller.
type need int

const (
	needKey   need = iota // anybody who may ask for answers
	needAdmin             // the owner, or a key that is an admin's
	needNone              // anybody
)

// needOf knows the paths that are not for everybody with a key: what is not named here is the console.
func needOf(path string) need {
	switch {
	case path == "/healthz" || path == "/readyz" || path == "/topup/webhook" || strings.HasPrefix(path, "/x402/"):
		return needNone
	case strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, "/api/"):
		return needKey
	case path == "/mcp" || strings.HasPrefix(path, "/mcp/"): // of which the vault asks for a token of its own
		return needKey
	case path == "/receipts" || strings.HasPrefix(path, "/receipts/"):
		return needKey
	default:
		return needAdmin
	}
}

type callerKey struct{}

// callerOf is who sent the request; the guard put it there.
func callerOf(r *http.Request) caller {
	c, _ := r.Context().Value(callerKey{}).(caller)
	return c
}

// wrap lets through what may pass and answers the rest in the dialect of the path.
func (g *Guard) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		own, err := g.checkHost(r)
		if err != nil {
			writeError(w, r.URL.Path, err)
			return
		}
		h.Add("Vary", "Origin")
		cors, err := g.checkOrigin(r)
		if err != nil {
			writeError(w, r.URL.Path, err)
			return
		}
		if cors != "" {
			h.Set("Access-Control-Allow-Origin", cors)
			h.Set("Access-Control-Expose-Headers", "Ayni-Receipt, Ayni-Request, Ayni-Quality, Mcp-Session-Id, Retry-After, Payment-Required, Payment-Response")
			h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		}
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			preflight(w, r, cors)
			return
		}
		who, err := g.permit(r, own)
		if err != nil {
			challenge(w, r)
			writeError(w, r.URL.Path, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, who)))
	})
}

func (g *Guard) permit(r *http.Request, own bool) (caller, error) {
	want := needOf(r.URL.Path)
	if want == needNone {
		return caller{}, nil
	}
	// A price is for everybody without a key, this machine's owner too: which of the programs here asks is not known.
	if want == needKey && g.priced != nil && !strings.HasPrefix(credentials(r), KeyPrefix) && g.priced(r) {
		return caller{payer: unpaid}, nil
	}
	who, err := g.identify(r, own)
	if err != nil {
		return caller{}, err
	}
	if want == needAdmin && !who.admin() {
		return caller{}, engine.Errorf(engine.Forbidden, "api key %s may ask for answers only", who.id()).
			WithHint("the console is for the owner of this machine and for keys of admins")
	}
	return who, nil
}

// preflight answers a browser that asks before it calls from an allowed origin.
func preflight(w http.ResponseWriter, r *http.Request, cors string) {
	if cors != "" {
		h := w.Header()
		h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS")
		h.Set("Access-Control-Allow-Headers", allowedHeaders(r))
		h.Set("Access-Control-Max-Age", "600")
		if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
			h.Set("Access-Control-Allow-Private-Network", "true")
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// allowedHeaders lists what clients send; OpenAI's client and those of the Model Context Protocol add headers of their own under a prefix.
func allowedHeaders(r *http.Request) string {
	allowed := []string{"Authorization", "Content-Type", "Idempotency-Key", "Last-Event-Id", "X-Api-Key", "Ayni-Provider", "Payment-Signature"}
	for asked := range strings.SplitSeq(r.Header.Get("Access-Control-Request-Headers"), ",") {
		if name := strings.ToLower(strings.TrimSpace(asked)); (strings.HasPrefix(name, "x-stainless-") || strings.HasPrefix(name, "mcp-")) && len(name) < 64 {
			allowed = append(allowed, name)
		}
	}
	return strings.Join(allowed, ", ")
}

// challenge tells clients how to say who they are: a browser that wants the console asks its user.
func challenge(w http.ResponseWriter, r *http.Request) {
	if needOf(r.URL.Path) == needAdmin {
		w.Header().Set("WWW-Authenticate", `Basic realm="ayni", charset="UTF-8"`)
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="ayni"`)
}
