package enginetest

import (
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"ayni.example/inference/engine"
)

const prompt = "Once upon a time there was a little"

func (s suite) completion(t *testing.T) {
	out := s.ask(t, s.complete(prompt, 12))
	if out.text == "" || out.chunks < 2 {
		t.Errorf("text %q in %d chunks, want some in several", out.text, out.chunks)
	}
}

func (s suite) chat(t *testing.T) {
	req := s.converse(
		12,
		engine.Message{Role: "system", Content: "You tell stories."},
		engine.Message{Role: "user", Content: "Once upon a time"},
		engine.Message{Role: "assistant", Content: "there was a cat."},
		engine.Message{Role: "user", Content: "And then"},
	)
	if !s.can("chat") {
		_, err := s.try(t, req)
		wantKind(t, err, engine.Unsupported)
		return
	}
	if out := s.ask(t, req); out.text == "" {
		t.Error("the answer is empty")
	}
}

func (s suite) limits(t *testing.T) {
	for _, most := range []int{1, 5} {
		out := s.ask(t, s.complete(prompt, most))
		if used := out.result.Usage.Completion; used > most {
			t.Errorf("%d tokens, asked for at most %d", used, most)
		}
		if out.result.Usage.Completion == most && out.result.Finish != "length" {
			t.Errorf("finish is %q after all %d tokens", out.result.Finish, most)
		}
	}
}

func (s suite) stop(t *testing.T) {
	whole := s.ask(t, s.complete(prompt, 16)).text
	half := len(whole) / 2
	for half < len(whole) && !utf8.RuneStart(whole[half]) {
		half++
	}
	word, _ := utf8.DecodeRuneInString(whole[half:])
	req := s.complete(prompt, 16)
	req.Options.Stop = []string{string(word), "\x00never"}
	out := s.ask(t, req)
	want, _, _ := strings.Cut(whole, string(word))
	if out.text != want {
		t.Errorf("stopped at %q the text is %q, want %q", word, out.text, want)
	}
	if out.result.Finish != "stop" {
		t.Errorf("finish is %q, want stop", out.result.Finish)
	}
}

func (s suite) seed(t *testing.T) {
	seed, hot := uint64(7), 1.0
	req := s.complete(prompt, 16)
	req.Options.Temperature, req.Options.Seed = &hot, &seed
	first := s.ask(t, req)
	if s.Seeded {
		if second := s.ask(t, req); second.text != first.text {
			t.Errorf("seed %d gave %q and then %q", seed, first.text, second.text)
		}
		if first.result.Seed != seed {
			t.Errorf("the result names seed %d, asked for %d", first.result.Seed, seed)
		}
	}
	texts := map[string]bool{first.text: true}
	for i := range uint64(4) {
		other := 1000 + i
		req.Options.Seed = &other
		texts[s.ask(t, req).text] = true
	}
	if len(texts) < 2 {
		t.Errorf("five seeds at temperature 1 gave one text, %q", first.text)
	}
}

func (s suite) count(t *testing.T) {
	req := s.complete(prompt, 1)
	tokens, ok, err := s.Engine.Count(t.Context(), req)
	if err != nil || ok != s.Counts {
		t.Fatalf("count is %d, %v, %v; known should be %v", tokens, ok, err, s.Counts)
	}
	if used := s.ask(t, req).result.Usage.Prompt; ok && used != tokens {
		t.Errorf("counted %d tokens, the answer used %d", tokens, used)
	}
}

func (s suite) logprobs(t *testing.T) {
	req := s.complete(prompt, 4)
	req.Options.Logprobs, req.Options.TopLogprobs = true, 3
	if !s.can("logprobs") {
		t.Skip("the model gives no log-probabilities")
	}
	out := s.ask(t, req)
	if len(out.tokens) == 0 {
		t.Fatal("no tokens with log-probabilities")
	}
	var text strings.Builder
	for i, token := range out.tokens {
		text.WriteString(token.Text)
		if !(token.Logprob <= 0) || len(token.Top) != 3 {
			t.Errorf("token %d is %+v, want a log-probability and 3 alternatives", i, token)
			continue
		}
		if token.Top[0].Logprob < token.Logprob {
			t.Errorf("token %d: the likeliest has %v, the chosen one %v", i, token.Top[0].Logprob, token.Logprob)
		}
	}
	if !strings.HasPrefix(text.String(), out.text) && utf8.ValidString(text.String()) {
		t.Errorf("the tokens spell %q, the text is %q", text.String(), out.text)
	}
}

func (s suite) unicode(t *testing.T) {
	for _, prompt := range []string{"Grüße, 世界! ñandú 🙂", "\u202eright to left", "a\x00b", "bad \xff\xfe bytes"} {
		out, err := s.try(t, s.complete(prompt, 6))
		if err != nil {
			if !engine.IsKind(err, engine.Invalid) {
				t.Errorf("%q: %v", prompt, err)
			}
			continue
		}
		if !utf8.ValidString(out.text) {
			t.Errorf("%q: the text is not UTF-8: %q", prompt, out.text)
		}
	}
}

func (s suite) concurrent(t *testing.T) {
	want := s.ask(t, s.complete(prompt, 8)).text
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			out, err := s.try(t, s.complete(prompt, 8))
			if err != nil {
				t.Errorf("one of six: %v", err)
			}
			if s.Seeded && out.text != want {
				t.Errorf("one of six greedy answers is %q, alone it was %q", out.text, want)
			}
		})
	}
	group.Wait()
}
