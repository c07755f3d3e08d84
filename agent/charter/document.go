package charter

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"ayni.example/internal/canon"
)

// ErrDocument refuses bytes that are no charter.
var ErrDocument = errors.New("no charter")

// Bounds of a document.
const (
	DocumentMax  = 32 << 10 // bytes
	ToolsMax     = 32
	StepsMax     = 64
	MemoryMax    = 1 << 20 // bytes of memory, before it is sealed
	AnswerMax    = 1 << 20 // bytes of one tool's answer
	readersMax   = 16
	listMax      = 32 // hosts, methods of one tool
	nameMax      = 64
	textMax      = 24 << 10 // bytes of the prompt
	tokensMost   = 1 << 16
	secondsMost  = 600
	milliTempMax = 2000
)

// Document is what hosts follow.
type Document struct {
	Format  uint32   `json:"format"` // 1
	Name    string   `json:"name"`
	Prompt  string   `json:"prompt"`
	Model   Model    `json:"model"`
	Tools   []Tool   `json:"tools,omitempty"`
	Steps   uint32   `json:"steps"` // calls of the model in one wake-up
	Memory  Memory   `json:"memory"`
	Readers []string `json:"readers,omitempty"` // age recipients besides the hosts, such as the owner's, to whom memory and answers are sealed
}

// Model is who thinks, and how. Temperature and top_p are in thousandths.
type Model struct {
	Name        string `json:"name"`
	Temperature uint32 `json:"temperature"`
	TopP        uint32 `json:"top_p,omitempty"` // 0: 1
	MaxTokens   uint32 `json:"max_tokens"`
	Assurance   string `json:"assurance,omitempty"` // what its answers must carry, such as exact
	Calls       string `json:"calls,omitempty"`     // how it calls tools: CallsNative or CallsText
}

// How a model calls tools.
const (
	CallsNative = ""     // in the chat API's own form
	CallsText   = "text" // a JSON object as its answer, for models that know no tools
)

// Memory bounds what a wake-up leaves to the next.
type Memory struct {
	Bytes uint32 `json:"bytes"`           // of notes and turns; the oldest go first
	Turns uint32 `json:"turns,omitempty"` // earlier wake-ups that the model is shown
}

// Tool is one thing that the model may call. Which of its fields mean something depends on Kind.
type Tool struct {
	Name      string          `json:"name"`
	Kind      Kind            `json:"kind"`
	About     string          `json:"about,omitempty"`     // told to the model; an mcp tool tells about itself
	URL       string          `json:"url,omitempty"`       // mcp: the server
	Remote    string          `json:"remote,omitempty"`    // mcp: its name there
	Pin       string          `json:"pin,omitempty"`       // mcp: SHA-256 of name, description and schema, as `sha256:…`
	Arguments json.RawMessage `json:"arguments,omitempty"` // a JSON Schema that arguments must meet besides the tool's own
	Origins   []string        `json:"origins,omitempty"`   // http: scheme, host and beginning of the path that may be asked
	Methods   []string        `json:"methods,omitempty"`   // http: GET when there is none
	Module    string          `json:"module,omitempty"`    // wasm: the artifact
	Fuel      uint64          `json:"fuel,omitempty"`      // wasm
	View      string          `json:"view,omitempty"`      // ledger: ViewBalance or ViewLog
	Price     string          `json:"price,omitempty"`     // acredit at most for one call; none: it never pays
	Bytes     uint32          `json:"bytes"`               // of an answer; more is cut, and the model is told
	Seconds   uint32          `json:"seconds"`             // for one call
}

// Kind is how a tool is called.
type Kind string

// The kinds.
const (
	MCP    Kind = "mcp"
	HTTP   Kind = "http"
	WASM   Kind = "wasm"
	Ledger Kind = "ledger"
)

// What a ledger tool shows.
const (
	ViewBalance = "balance"
	ViewLog     = "log"
)

func documentLimits() canon.Limits { return canon.Limits{Bytes: DocumentMax, Depth: 24} }

// Encode is the one encoding of a document that can be used.
func Encode(d Document) ([]byte, error) {
	if faults := d.check(); len(faults) > 0 {
		return nil, fmt.Errorf("%w: %w", ErrDocument, faults[0])
	}
	text, err := canon.Marshal(d)
	if err != nil {
		return nil, err
	}
	if len(text) > DocumentMax {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrDocument, len(text), DocumentMax)
	}
	return text, nil
}

// Decode reads a document that anybody may have written.
func Decode(text []byte) (Document, error) {
	var d Document
	if err := canon.Unmarshal(text, &d, documentLimits()); err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	if faults := d.check(); len(faults) > 0 {
		return Document{}, fmt.Errorf("%w: %w", ErrDocument, faults[0])
	}
	return d, nil
}

// Digest is what the ledger holds of a document.
func Digest(encoded []byte) [sha256.Size]byte { return sha256.Sum256(encoded) }

// Pin is the digest that a tool of an MCP server is pinned by: a server that tells the model something else has another.
func Pin(name, description string, schema json.RawMessage) (string, error) {
	var value any
	if err := json.Unmarshal(schema, &value); err != nil {
		return "", fmt.Errorf("schema of %s: %w", name, err)
	}
	body, err := canon.Marshal(value)
	if err != nil {
		return "", err
	}
	sum := canon.Sum("ayni-tool/1", []byte(name), []byte(description), body)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}
