package engine

import (
	"encoding/json"
	"unicode/utf8"
)

// A token may be part of a character, which JSON text cannot hold: its bytes then travel beside it.

type tokenWire struct {
	ID      int32   `json:"id"`
	Text    string  `json:"text"`
	Raw     []byte  `json:"raw,omitempty"`
	Logprob float32 `json:"logprob"`
	Top     []Alt   `json:"top,omitempty"`
}

// MarshalJSON keeps text that is not UTF-8.
func (t Token) MarshalJSON() ([]byte, error) {
	return json.Marshal(tokenWire{ID: t.ID, Text: t.Text, Raw: rawOf(t.Text), Logprob: t.Logprob, Top: t.Top})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Token) UnmarshalJSON(data []byte) error {
	var wire tokenWire
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*t = Token{ID: wire.ID, Text: wire.Text, Logprob: wire.Logprob, Top: wire.Top}
	if len(wire.Raw) > 0 {
		t.Text = string(wire.Raw)
	}
	return nil
}

// MarshalJSON keeps text that is not UTF-8.
func (a Alt) MarshalJSON() ([]byte, error) {
	return Token{ID: a.ID, Text: a.Text, Logprob: a.Logprob}.MarshalJSON()
}

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Alt) UnmarshalJSON(data []byte) error {
	var token Token
	if err := token.UnmarshalJSON(data); err != nil {
		return err
	}
	*a = Alt{ID: token.ID, Text: token.Text, Logprob: token.Logprob}
	return nil
}

func rawOf(text string) []byte {
	if utf8.ValidString(text) {
		return nil
	}
	return []byte(text)
}
