package main

import (
	"bytes"
	"io"
	"maps"
	"net/http"
)

// bodyMax bounds a request that the proxy passes on.
const bodyMax = 1 << 20

// proxy is about the least that a gateway written with Go's standard library costs: it reads a request, passes it on, and copies
// the answer as it comes. It looks at nothing and keeps nothing.
func proxy(target string) http.Handler {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyMax))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		onward, err := http.NewRequestWithContext(r.Context(), r.Method, target+r.URL.Path, bytes.NewReader(body))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		onward.Header = r.Header.Clone()
		response, err := client.Do(onward)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer response.Body.Close() //nolint:errcheck // nothing was written
		maps.Copy(w.Header(), response.Header)
		w.WriteHeader(response.StatusCode)
		relay(w, response.Body)
	})
}

// relay passes on what it reads at once.
func relay(w http.ResponseWriter, r io.Reader) {
	flusher := http.NewResponseController(w)
	buffer := make([]byte, 32<<10)
	for {
		n, err := r.Read(buffer)
		if n > 0 {
			if _, failed := w.Write(buffer[:n]); failed != nil {
				return
			}
			_ = flusher.Flush()
		}
		if err != nil {
			return
		}
	}
}
