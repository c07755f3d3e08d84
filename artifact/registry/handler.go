package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/model"
	"ayni.example/internal/clock"
)

// slowest is the rate, in bytes a second, below which a client's download is cut.
const slowest = 16 << 10

// HandlerConfig says what a registry shows.
type HandlerConfig struct {
	Store   *model.Store
	Builtin []model.Builtin // models that are in the program, not on the disk
	Now     clock.Clock
	Logger  *slog.Logger
}

// handler is the read-only side of a registry, as Ollama's clients expect it under /v2/.
type handler struct {
	HandlerConfig
	mux *http.ServeMux
}

// NewHandler serves the models that were made on this machine, under NAMESPACE/MODEL:TAG; "library" stands for no namespace.
// Who may ask is decided before.
func NewHandler(cfg HandlerConfig) (http.Handler, error) {
	if cfg.Store == nil || cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("registry handler: it needs a store, a clock and a logger")
	}
	h := &handler{HandlerConfig: cfg, mux: http.NewServeMux()}
	h.mux.HandleFunc("GET /v2/{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}\n") })
	h.mux.HandleFunc("GET /v2/{namespace}/{model}/manifests/{tag}", h.manifest)
	h.mux.HandleFunc("GET /v2/{namespace}/{model}/blobs/{digest}", h.blob)
	h.mux.HandleFunc("/v2/", func(w http.ResponseWriter, _ *http.Request) {
		h.refuse(w, http.StatusMethodNotAllowed, "UNSUPPORTED", "this registry only gives models away")
	})
	return h, nil
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// repository is the name that a path spells, with a tag of the caller's.
func repository(r *http.Request, tag string) (model.Name, error) {
	return model.ParseName(r.PathValue("namespace") + "/" + r.PathValue("model") + ":" + tag)
}

func (h *handler) manifest(w http.ResponseWriter, r *http.Request) {
	name, err := repository(r, r.PathValue("tag"))
	if err != nil {
		h.refuse(w, http.StatusBadRequest, "NAME_INVALID", err.Error())
		return
	}
	raw, err := h.raw(name)
	switch {
	case errors.Is(err, model.ErrNotFound):
		h.refuse(w, http.StatusNotFound, "MANIFEST_UNKNOWN", err.Error())
		return
	case err != nil:
		h.Logger.Error("manifest not read", "model", name.String(), "error", err.Error())
		h.refuse(w, http.StatusInternalServerError, "UNKNOWN", "the model cannot be read")
		return
	}
	w.Header().Set("Content-Type", model.TypeManifest)
	w.Header().Set("Docker-Content-Digest", string(artifact.DigestOf(raw)))
	h.serve(w, r, bytes.NewReader(raw), int64(len(raw)))
}

func (h *handler) raw(name model.Name) ([]byte, error) {
	raw, err := h.Store.Raw(name)
	if !errors.Is(err, model.ErrNotFound) {
		return raw, err
	}
	for _, b := range h.Builtin {
		if b.Name == name {
			return b.Manifest, nil
		}
	}
	return nil, err
}

// blob gives what a model of the repository needs, and nothing else of the store.
func (h *handler) blob(w http.ResponseWriter, r *http.Request) {
	name, err := repository(r, model.DefaultTag)
	var d artifact.Digest
	if err == nil {
		d, err = artifact.ParseDigest(r.PathValue("digest"))
	}
	if err != nil {
		h.refuse(w, http.StatusBadRequest, "DIGEST_INVALID", err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Docker-Content-Digest", string(d))
	// Ollama's client asks where a blob is to be had and wants a Location even when it is here.
	w.Header().Set("Location", r.URL.EscapedPath())
	for _, b := range h.Builtin {
		if body, ok := b.Blobs[d]; ok && sameRepository(b.Name, name) {
			h.serve(w, r, bytes.NewReader(body), int64(len(body)))
			return
		}
	}
	if !h.needs(name, d) {
		w.Header().Del("Location")
		h.refuse(w, http.StatusNotFound, "BLOB_UNKNOWN", "no model of this name has the blob")
		return
	}
	file, err := h.Store.Blobs().Open(d)
	if err != nil {
		h.Logger.Error("blob not read", "digest", string(d), "error", err.Error())
		h.refuse(w, http.StatusInternalServerError, "UNKNOWN", "the blob cannot be read")
		return
	}
	defer file.Close() //nolint:errcheck // only read
	stat, err := file.Stat()
	if err != nil {
		h.refuse(w, http.StatusInternalServerError, "UNKNOWN", "the blob cannot be read")
		return
	}
	h.serve(w, r, file, stat.Size())
}

// needs tells whether a model of the repository, under any tag, has a blob. A damaged model beside it does not matter.
func (h *handler) needs(name model.Name, d artifact.Digest) bool {
	entries, err := h.Store.List()
	if err != nil {
		h.Logger.Debug("models on disk not all read", "error", err.Error())
	}
	for _, e := range entries {
		if !sameRepository(e.Name, name) {
			continue
		}
		for _, l := range e.Manifest.Blobs() {
			if l.Digest == d {
				return true
			}
		}
	}
	return false
}

func sameRepository(a, b model.Name) bool {
	a.Tag, b.Tag = "", ""
	return a == b
}

// serve answers GET and HEAD with ranges, in a time that even a slow network keeps.
func (h *handler) serve(w http.ResponseWriter, r *http.Request, body io.ReadSeeker, size int64) {
	limit := time.Minute + time.Duration(size/slowest)*time.Second
	_ = http.NewResponseController(w).SetWriteDeadline(h.Now().Add(limit)) // not every writer has deadlines
	http.ServeContent(w, r, "", time.Time{}, body)
}

// refuse writes an error as registries do.
func (h *handler) refuse(w http.ResponseWriter, status int, code, message string) {
	type entry struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	body, _ := json.Marshal(map[string][]entry{"errors": {{code, message}}}) // strings only
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
