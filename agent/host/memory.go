package host

import (
	"context"
	"fmt"
	"strings"

	"ayni.example/artifact"
	"ayni.example/internal/canon"
)

// Memory is what one wake-up leaves to the next.
type Memory struct {
	Format uint32   `json:"format"` // 1
	Notes  []string `json:"notes,omitempty"`
	Turns  []Past   `json:"turns,omitempty"`
}

// Past is a wake-up in short.
type Past struct {
	Wake uint64 `json:"wake"`
	Came string `json:"came"` // why, in the words that the model saw
	Said string `json:"said"`
}

const (
	pastMax = 4 << 10 // bytes of one text of a past wake-up
	noteMax = 2 << 10
)

// remembered fetches and opens a memory.
func (h *Host) remembered(ctx context.Context, d artifact.Digest) (Memory, error) {
	sealed, err := h.cfg.Artifacts.Fetch(ctx, d, sealedMax, "memory of an agent")
	if err != nil {
		return Memory{}, err
	}
	var m Memory
	return m, Open(sealed, &m, h.cfg.Key)
}

// tell is the memory in words for the model.
func (m Memory) tell() string {
	var b strings.Builder
	for _, n := range m.Notes {
		fmt.Fprintf(&b, "You noted: %s\n", n)
	}
	for _, t := range m.Turns {
		fmt.Fprintf(&b, "Earlier. %s\nYou answered: %s\n", t.Came, t.Said)
	}
	return b.String()
}

// after is the memory with what this wake-up adds, cut to the charter's bounds: the oldest goes first, turns before notes.
func (m Memory) after(notes []string, p Past, bytes, turns uint32) (Memory, error) {
	p.Came, p.Said = cut(p.Came, pastMax), cut(p.Said, pastMax)
	m = Memory{Format: 1, Notes: append(append([]string(nil), m.Notes...), notes...), Turns: append(append([]Past(nil), m.Turns...), p)}
	if over := len(m.Turns) - int(turns); over > 0 {
		m.Turns = m.Turns[over:]
	}
	for {
		if len(m.Turns) == 0 {
			m.Turns = nil // of one encoding
		}
		if len(m.Notes) == 0 {
			m.Notes = nil
		}
		text, err := canon.Marshal(m)
		switch {
		case err != nil:
			return Memory{}, err
		case len(text) <= int(bytes):
			return m, nil
		case len(m.Turns) > 0:
			m.Turns = m.Turns[1:]
		case len(m.Notes) > 0:
			m.Notes = m.Notes[1:]
		default:
			return m, nil
		}
	}
}

// cut shortens a text to whole characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + " […]"
}
