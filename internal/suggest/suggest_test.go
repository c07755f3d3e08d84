package suggest_test

import (
	"testing"

	"ayni.example/internal/suggest"
)

func TestName(t *testing.T) {
	known := []string{"services", "profiles", "deployment", "endpoints"}
	for name, want := range map[string]string{
		"servces":     "did you mean services?",
		"profile":     "did you mean profiles?",
		"deployments": "did you mean deployment?",
		"end":         "did you mean endpoints?",
		"x":           "here are: deployment, endpoints, profiles, services",
	} {
		if got := suggest.Name(name, known); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
