package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Chat asks a model through a gateway's chat API, so that the answer carries a receipt and is paid like any other.
type Chat struct {
	URL    string // of the gateway, without /v1
	Client *http.Client
	Key    string // "" where none is asked for
}

var _ Thinker = (*Chat)(nil)

type chatMessage struct {
	Role    string     `json:"role"`
	Content string     `json:"content"`
	Calls   []chatCall `json:"tool_calls,omitempty"`
	Answers string     `json:"tool_call_id,omitempty"`
}

type chatCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

type chatTool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description,omitempty"`
		Parameters  json.RawMessage `json:"parameters"`
	} `json:"function"`
}

type chatRequest struct {
	Model       string        `json:"model"`
	Messages    []chatMessage `json:"messages"`
	Tools       []chatTool    `json:"tools,omitempty"`
	Temperature float64       `json:"temperature"`
	TopP        float64       `json:"top_p,omitempty"`
	MaxTokens   uint32        `json:"max_tokens"`
	Seed        uint64        `json:"seed"`
	Assurance   string        `json:"assurance,omitempty"`
}

// ErrQuestion means that no model answers this question, however often it is asked: it is too long, malformed, or for a model that nobody
// serves.
var ErrQuestion = errors.New("the question cannot be answered")

// hopeless tells whether a status is about the question. What is about this machine's account, or about now, another host or another
// moment may mend.
func hopeless(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

const receiptHeader = "Ayni-Receipt"

// Think implements Thinker.
func (c *Chat) Think(ctx context.Context, r Request) (Thought, error) {
	body, err := json.Marshal(chatOf(r))
	if err != nil {
		return Thought{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.URL, "/")+"/v1/chat/completions", bytes.NewReader(body))
	if err != nil {
		return Thought{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	if c.Key != "" {
		request.Header.Set("Authorization", "Bearer "+c.Key)
	}
	answer, err := c.Client.Do(request)
	if err != nil {
		return Thought{}, err
	}
	defer answer.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(io.LimitReader(answer.Body, 2*thoughtMax))
	if err != nil {
		return Thought{}, err
	}
	if answer.StatusCode != http.StatusOK {
		err := fmt.Errorf("the gateway answers %s: %.300s", answer.Status, text)
		if hopeless(answer.StatusCode) {
			err = fmt.Errorf("%w: %w", ErrQuestion, err)
		}
		return Thought{}, err
	}
	var out struct {
		Choices []struct {
			Message chatMessage `json:"message"`
		} `json:"choices"`
	}
	if err := json.Unmarshal(text, &out); err != nil {
		return Thought{}, fmt.Errorf("the gateway's answer: %w", err)
	}
	if len(out.Choices) == 0 {
		return Thought{}, errors.New("the gateway's answer has no choice")
	}
	t := Thought{Text: out.Choices[0].Message.Content, Receipt: cut(answer.Header.Get(receiptHeader), 128)}
	for _, call := range out.Choices[0].Message.Calls {
		t.Calls = append(t.Calls, Call{ID: call.ID, Name: call.Function.Name, Arguments: call.Function.Arguments})
	}
	return t, nil
}

func chatOf(r Request) chatRequest {
	out := chatRequest{
		Model: r.Model.Name, Temperature: float64(r.Model.Temperature) / 1000, TopP: float64(r.Model.TopP) / 1000, MaxTokens: r.Model.MaxTokens,
		Seed: r.Seed, Assurance: r.Model.Assurance,
	}
	for _, m := range r.Messages {
		message := chatMessage{Role: m.Role, Content: m.Content, Answers: m.Answers}
		for _, call := range m.Calls {
			one := chatCall{ID: call.ID, Type: "function"}
			one.Function.Name, one.Function.Arguments = call.Name, call.Arguments
			message.Calls = append(message.Calls, one)
		}
		out.Messages = append(out.Messages, message)
	}
	for _, s := range r.Tools {
		one := chatTool{Type: "function"}
		one.Function.Name, one.Function.Description, one.Function.Parameters = s.Name, s.About, s.Parameters
		out.Tools = append(out.Tools, one)
	}
	return out
}
