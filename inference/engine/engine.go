package engine

import (
	"context"
	"encoding/json"
)

// Engine answers requests with the models it has. Implementations are safe for concurrent use and hold to the conformance
// suite in enginetest.
type Engine interface {
	// Name is a short word for logs and receipts: "ayni-exact", "ollama", "openai".
	Name() string
	// Models lists what the engine can serve now; an unreachable backend is an *Error of kind Unavailable.
	Models(ctx context.Context) ([]Model, error)
	// Count returns the prompt's length in tokens, or ok=false when the backend cannot tell before it answers.
	Count(ctx context.Context, req Request) (tokens int, ok bool, err error)
	// Generate answers a completion or chat request; emit is called in order, from one goroutine, and its error stops the work.
	Generate(ctx context.Context, req Request, emit func(Chunk) error) (Result, error)
	// Embed returns one vector for each input.
	Embed(ctx context.Context, req Request) (Embedding, error)
}

// Model describes one model of an engine.
type Model struct {
	Name         string   `json:"name"`   // as the engine calls it
	Digest       string   `json:"digest"` // SHA-256 of weights or manifest, hex; "" when the backend does not say
	Opaque       bool     `json:"opaque"` // nobody but the backend has seen the weights
	Family       string   `json:"family"`
	Format       string   `json:"format"`
	Quantisation string   `json:"quantisation"`
	License      string   `json:"license"`
	Parameters   uint64   `json:"parameters"`
	SizeBytes    uint64   `json:"size_bytes"`
	Context      uint32   `json:"context"`
	Embedding    uint32   `json:"embedding_length"` // width of embeddings, 0 when unknown
	Capabilities []string `json:"capabilities"`     // of: completion chat embedding prediction tools vision json_schema logprobs
	Build        string   `json:"build"`            // engine build or numerics profile
	Template     string   `json:"template"`         // chat template, "" when none or unknown
	Private      bool     `json:"private"`          // not offered to the network unless its owner says so
}

// Kind tells what a request wants.
type Kind string

// The kinds of request.
const (
	Completion Kind = "completion"
	Chat       Kind = "chat"
	Embeddings Kind = "embedding"
	Prediction Kind = "prediction" // of a model whose answers are proved; the prompt is prediction.Question
)

// Request is the one internal form that every dialect is translated to.
type Request struct {
	Kind     Kind
	Model    string // the engine's own name of the model
	Prompt   string // completion, prediction
	Suffix   string // completion: fill in the middle, where the backend can
	Raw      bool   // completion: no template even where the backend would add one
	Messages []Message
	Input    []string // embedding
	System   string   // completion through a template (Ollama)

	Tools      json.RawMessage // OpenAI's form, passed through
	ToolChoice json.RawMessage
	Format     json.RawMessage // JSON schema object, or the string "json"
	Think      json.RawMessage // Ollama's think switch, passed through
	Images     [][]byte        // completion with images

	// Scope is whose requests may share what an engine keeps of prompts: a payer's account. Engines pass it on to nobody.
	Scope string `json:"-"`

	Options Options
	Stream  bool
	Form    Form
}

// Form says how the caller wants the answer written; engines do not look at it.
type Form struct {
	StreamUsage bool // a last stream event with the usage (OpenAI's stream_options.include_usage)
	Base64      bool // vectors as base64 of little-endian float32 (OpenAI's encoding_format)
}

// Options steer the sampling; a nil pointer means the engine's default.
type Options struct {
	MaxTokens        *int
	Temperature      *float64
	TopP             *float64
	MinP             *float64
	TopK             *int
	Seed             *uint64
	RepeatPenalty    *float64
	FrequencyPenalty *float64
	PresencePenalty  *float64
	Stop             []string
	Logprobs         bool
	TopLogprobs      int // 0 to 20
	Dimensions       int // embedding width asked for, 0 for the model's own
	ContextLength    int // Ollama's num_ctx, 0 for the model's own
}

// Message is one turn of a chat.
type Message struct {
	Role       string          `json:"role"` // system user assistant tool
	Content    string          `json:"content"`
	Images     [][]byte        `json:"images,omitempty"`
	ToolCalls  json.RawMessage `json:"tool_calls,omitempty"` // OpenAI's form
	ToolCallID string          `json:"tool_call_id,omitempty"`
	Name       string          `json:"name,omitempty"`
}

// Chunk is a piece of an answer, in order. Its wire form is its JSON.
type Chunk struct {
	Text      string          `json:"text,omitempty"`
	Thinking  string          `json:"thinking,omitempty"`
	ToolCalls json.RawMessage `json:"tool_calls,omitempty"` // OpenAI's delta form
	Tokens    []Token         `json:"tokens,omitempty"`     // the tokens behind Text, where the engine knows them
}

// Token is one generated token.
type Token struct {
	ID      int32   `json:"id"` // -1 when only its text is known
	Text    string  `json:"text"`
	Logprob float32 `json:"logprob"` // natural log
	Top     []Alt   `json:"top,omitempty"`
}

// Alt is an alternative at a token's place.
type Alt struct {
	ID      int32   `json:"id"`
	Text    string  `json:"text"`
	Logprob float32 `json:"logprob"`
}

// Usage is what an answer took, in tokens.
type Usage struct {
	Prompt     int `json:"prompt"`
	Completion int `json:"completion"`
	Cached     int `json:"cached,omitempty"` // of the prompt, what an earlier request's work was used for; priced as the rest
}

// Result ends an answer.
type Result struct {
	Finish  string  `json:"finish"` // stop length tool_calls cancelled
	Usage   Usage   `json:"usage"`
	Metered string  `json:"metered"` // "tokens": ids were shown; "reported": the backend's word
	Seed    uint64  `json:"seed"`    // the seed used, when the engine samples itself
	Tokens  []int32 `json:"tokens,omitempty"`
}

// Embedding is the answer to an embedding request.
type Embedding struct {
	Vectors [][]float32 `json:"vectors"`
	Usage   Usage       `json:"usage"`
}
