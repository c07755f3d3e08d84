package registry_test

import (
	"strings"
	"testing"

	"ayni.example/artifact/registry"
)

// FuzzChallenge reads what a registry says about tokens.
func FuzzChallenge(f *testing.F) {
	f.Add(`Bearer realm="https://a/token",service="s",scope="repository:a/b:pull"`)
	f.Add(`bearer realm=x, scope="`)
	f.Add(`Basic realm="x"`)
	f.Fuzz(func(t *testing.T, text string) {
		fields, err := registry.ParseChallenge(text)
		if err == nil && !strings.EqualFold(strings.Fields(text)[0], "Bearer") {
			t.Errorf("%q was read as %v", text, fields)
		}
	})
}

// FuzzRange takes no part but the one that was asked for.
func FuzzRange(f *testing.F) {
	f.Add("bytes 5-9/10")
	f.Add("bytes 5-9/*")
	f.Add("bytes 05-")
	f.Fuzz(func(t *testing.T, text string) {
		if err := registry.CheckRange(text, 5, 10); err == nil && !strings.HasPrefix(text, "bytes ") {
			t.Errorf("%q was taken", text)
		}
	})
}
