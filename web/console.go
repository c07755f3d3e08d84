package web

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"ayni.example/web/operator"
)

//go:embed page/*.html
var pageFiles embed.FS

//go:embed asset
var assetFiles embed.FS

// policy lets a page load what this process serves, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Config is what a console needs. Who may see the pages is for the server that mounts them to decide.
type Config struct {
	Operator operator.Operator
	Log      *slog.Logger
}

// Console is the pages.
type Console struct {
	config Config
	pages  map[string]*template.Template
	words  map[string]words

	checking chan struct{} // holds one: the check of an uploaded proof
	curves   curves
}

// New parses the pages and the strings.
func New(config Config) (*Console, error) {
	if config.Operator == nil || config.Log == nil {
		return nil, errors.New("console: operator and log are required")
	}
	words, err := loadWords()
	if err != nil {
		return nil, err
	}
	c := &Console{config: config, words: words, pages: map[string]*template.Template{}, checking: make(chan struct{}, 1)}
	names, err := fs.Glob(pageFiles, "page/*.html")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		page := strings.TrimSuffix(strings.TrimPrefix(name, "page/"), ".html")
		if page == "layout" {
			continue
		}
		t, err := template.New("layout.html").Funcs(functions()).ParseFS(pageFiles, "page/layout.html", name)
		if err != nil {
			return nil, err
		}
		c.pages[page] = t
	}
	return c, nil
}

// Handler serves the console at / and below /console/.
func (c *Console) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /console/asset/", http.StripPrefix("/console/", http.FileServerFS(assetFiles)))
	mux.HandleFunc("POST /console/language", c.language)
	c.page(mux, "GET /{$}", "overview", c.overview)
	c.page(mux, "GET /console/playground", "playground", c.playground)
	c.page(mux, "GET /console/machines", "machines", c.machines)
	c.page(mux, "POST /console/machines", "machines", c.invite)
	c.page(mux, "POST /console/offers", "machines", c.offer)
	c.page(mux, "GET /console/network", "network", c.network)
	c.page(mux, "GET /console/compute", "compute", c.compute)
	c.page(mux, "GET /console/proofs", "proofs", c.proofs)
	c.page(mux, "POST /console/proofs/verify", "proofs", c.checkProof)
	c.page(mux, "POST /console/proofs/{id}/cost", "proofs", c.proofCost)
	c.page(mux, "GET /console/provenance", "provenance", c.provenance)
	c.page(mux, "GET /console/data", "data", c.data)
	c.page(mux, "POST /console/data/grants/{id}/revoke", "data", c.revokeGrant)
	c.page(mux, "GET /console/agents", "agents", c.agents)
	c.page(mux, "GET /console/agents/{agent}", "agent", c.agent)
	mux.HandleFunc("POST /console/agents/{agent}/{deed}", c.tellAgent)
	c.page(mux, "GET /console/receipts", "receipts", c.receipts)
	c.page(mux, "GET /console/receipts/{id}", "receipt", c.receipt)
	c.page(mux, "GET /console/wallet", "wallet", c.wallet)
	c.page(mux, "POST /console/keys", "wallet", c.createKey)
	c.page(mux, "POST /console/keys/{id}/revoke", "wallet", c.revokeKey)
	mux.HandleFunc("POST /console/verify", c.verify)
	return headers(mux)
}

// view is what every page gets.
type view struct {
	Page   string
	Lang   string
	Words  words
	Status operator.Status
	Error  string
	Hint   string
	Data   any
}

// T is the string of a key in the view's language.
func (v view) T(key string) string { return v.Words.text(key) }

// page mounts one page: load gives its data; an error is shown on the page itself.
func (c *Console) page(mux *http.ServeMux, pattern, name string, load func(*http.Request) (any, error)) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { c.show(w, r, name, load) })
}

func (c *Console) show(w http.ResponseWriter, r *http.Request, name string, load func(*http.Request) (any, error)) {
	lang := language(r)
	v := view{Page: name, Lang: lang, Words: c.words[lang]}
	status, err := c.config.Operator.Status(r.Context())
	v.Status = status
	if err == nil {
		v.Data, err = load(r)
	}
	code := http.StatusOK
	if err != nil {
		code = http.StatusUnprocessableEntity
		v.Error = err.Error()
		var h operator.Hinter
		if errors.As(err, &h) {
			v.Hint = h.Hint()
		}
	}
	c.render(w, code, name, v)
}

func (c *Console) render(w http.ResponseWriter, code int, name string, v view) {
	var body bytes.Buffer
	if err := c.pages[name].Execute(&body, v); err != nil {
		c.config.Log.Error("page not rendered", "page", name, "error", err)
		http.Error(w, "the page could not be rendered", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = body.WriteTo(w) // the browser is gone when this fails
}

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin") // with no-referrer a form would send Origin: null, which the guard refuses
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// language changes the language of the console and goes back to where the user was.
func (c *Console) language(w http.ResponseWriter, r *http.Request) {
	if _, known := c.words[r.FormValue("lang")]; known {
		//nolint:gosec // no secret, and loopback has no TLS
		http.SetCookie(w, &http.Cookie{Name: "ayni_lang", Value: r.FormValue("lang"), Path: "/", MaxAge: 31536000, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	}
	back := "/"
	from, err := url.Parse(r.Header.Get("Referer"))
	for _, page := range []string{"playground", "machines", "network", "compute", "proofs", "provenance", "data", "agents", "receipts", "wallet"} {
		if err == nil && from.Path == "/console/"+page {
			back = "/console/" + page
		}
	}
	if err == nil && strings.HasPrefix(from.Path, agentsPath) {
		name, _, _ := strings.Cut(strings.TrimPrefix(from.Path, agentsPath), "/")
		back = agentsPath + url.PathEscape(name)
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}
