package machine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cosmossdk.io/math"

	"ayni.example/agent/mcp"
	"ayni.example/credit/x402"
	"ayni.example/inference/gateway"
	"ayni.example/internal/daemon"
	"ayni.example/receipt"
	"ayni.example/web/operator"
)

// insideMax bounds an answer that the gateway gives to this process.
const insideMax = 64 << 20

// mcpServers are the endpoints at which programs that speak the Model Context Protocol use the network and its agents.
type mcpServers struct {
	m               *Machine
	network, agents *mcp.Endpoint
	payments        *x402.Server // set once it is open
}

func (m *Machine) openMCP() (*mcpServers, error) {
	cfg := mcp.ServerConfig{
		Network: mcpNetwork{m}, Agents: mcpAgents{m, make(chan struct{}, talksMax)}, Version: m.config.Version,
	}
	network, err := mcp.NewNetwork(cfg)
	if err != nil {
		return nil, err
	}
	agents, err := mcp.NewAgents(cfg)
	if err != nil {
		return nil, err
	}
	s := &mcpServers{m: m}
	if s.network, err = mcp.NewEndpoint(mcp.EndpointConfig{Server: network, Caller: callerID, Logger: m.config.Log}); err != nil {
		return nil, err
	}
	s.agents, err = mcp.NewEndpoint(mcp.EndpointConfig{
		Server: agents, Logger: m.config.Log, // a session is with one agent
		Caller: func(ctx context.Context) string { return callerID(ctx) + " of " + mcp.AgentOf(ctx) },
	})
	return s, err
}

// ServeHTTP is the network's server, or that of the agent that the path names.
func (s *mcpServers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if x402.PaidBy(ctx) != nil {
		w, ctx = owing(w, ctx)
	}
	name := r.PathValue("id")
	if name == "" {
		s.network.ServeHTTP(w, r.WithContext(ctx))
		return
	}
	id, err := s.m.knownAgent(r.Context(), name)
	if err != nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": told(err).Error()})
		return
	}
	s.agents.ServeHTTP(w, r.WithContext(mcp.WithAgent(ctx, id)))
}

// unsold tells why nobody should pay for waking an agent now.
func (s *mcpServers) unsold(r *http.Request) error {
	tool := "talk"
	name, ok := strings.CutPrefix(r.URL.Path, "/mcp/agents/")
	if !ok {
		if tool = "hire"; r.URL.Path != "/mcp" {
			return nil
		}
		if name, ok = hired(r); !ok {
			return nil
		}
	}
	asked, sold := s.payments.ToolPrice(r.URL.Path, tool)
	if tool == "hire" && !sold {
		return nil // it takes a key
	}
	id, err := s.m.agentID(r.Context(), name)
	if err != nil {
		return err
	}
	got, price, err := s.m.awake(r.Context(), id)
	if err != nil {
		return err
	}
	least := math.MaxInt(price, got.Charter.PerWakeCost)
	if sold && asked.LT(least) {
		return fmt.Errorf("a wake-up costs %s credits and the price here is %s: its owner has to raise the price", credits(least), credits(asked))
	}
	return nil
}

// hiredMax bounds how much of a request is looked at before it is paid for: a message and what stands around it.
const hiredMax = 256 << 10

// hired is the agent that a request is to wake, where it calls the tool for that. The request can be read as if nobody had.
func hired(r *http.Request) (agent string, ok bool) {
	head, err := io.ReadAll(io.LimitReader(r.Body, hiredMax))
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), r.Body), r.Body}
	var call struct {
		Method string `json:"method"`
		Params struct {
			Name      string `json:"name"`
			Arguments struct {
				Agent  string `json:"agent"`
				Ticket string `json:"ticket"`
			} `json:"arguments"`
		} `json:"params"`
	}
	if err != nil || json.Unmarshal(head, &call) != nil || call.Method != "tools/call" || call.Params.Name != "hire" {
		return "", false
	}
	return call.Params.Arguments.Agent, call.Params.Arguments.Ticket == ""
}

// Run ends all sessions when ctx ends.
func (s *mcpServers) Run(ctx context.Context) error {
	return daemon.Run(ctx, s.m.config.Log, daemon.Service{Name: "mcp of the network", Run: s.network.Run}, daemon.Service{Name: "mcp of agents", Run: s.agents.Run})
}

// callerID is who sent a request to the gateway.
func callerID(ctx context.Context) string {
	who, _ := gateway.CallerOf(ctx)
	if who.Paying {
		return "nobody" // a session goes on before and after a payment
	}
	return who.ID
}

// onlyAdmin refuses keys that may ask for answers only.
func onlyAdmin(ctx context.Context, what string) error {
	if who, ok := gateway.CallerOf(ctx); !ok || !who.Admin {
		return fmt.Errorf("%s is for the owner of this machine and for keys of admins", what)
	}
	return nil
}

// mcpNetwork does what the tools of a network do, through the gateway, so that a key reaches no further than it does there.
type mcpNetwork struct{ m *Machine }

// Ask implements mcp.Network.
func (n mcpNetwork) Ask(ctx context.Context, q mcp.Question) (mcp.Answer, error) {
	if who, _ := gateway.CallerOf(ctx); who.Paying {
		if err := paidFor(ctx, "ask", math.ZeroInt()); err != nil {
			return mcp.Answer{}, err
		}
	}
	if q.Model == "" {
		var err error
		if q.Model, err = n.m.chatModel(ctx); err != nil {
			return mcp.Answer{}, err
		}
	}
	ask := chatRequest{Model: q.Model, MaxTokens: q.MaxTokens, Temperature: q.Temperature, Seed: q.Seed, Assurance: q.Assurance}
	if q.System != "" {
		ask.Messages = append(ask.Messages, chatMessage{"system", q.System})
	}
	ask.Messages = append(ask.Messages, chatMessage{"user", q.Prompt})
	body, err := json.Marshal(ask)
	if err != nil {
		return mcp.Answer{}, err
	}
	header, text, err := n.m.inside(ctx, http.MethodPost, "/v1/chat/completions", body)
	if err != nil {
		return mcp.Answer{}, err
	}
	var got chatAnswer
	if err := json.Unmarshal(text, &got); err != nil {
		return mcp.Answer{}, err
	}
	if len(got.Choices) == 0 {
		return mcp.Answer{}, errors.New("the model gave no answer")
	}
	c := got.Choices[0]
	return mcp.Answer{
		Text: c.Message.Content, Model: got.Model, Receipt: header.Get(gateway.ReceiptHeader), Prompt: got.Usage.Prompt,
		Completion: got.Usage.Completion, Finish: c.Finish,
	}, nil
}

// Receipt implements mcp.Network.
func (n mcpNetwork) Receipt(ctx context.Context, id string) (mcp.Checked, error) {
	parsed, err := receipt.ParseID(id)
	if err != nil {
		return mcp.Checked{}, fmt.Errorf("receipt id: %w", err)
	}
	path := "/receipts/" + url.PathEscape(string(parsed))
	_, raw, err := n.m.inside(ctx, http.MethodGet, path+"?proofs=1", nil)
	if err != nil {
		_, raw, err = n.m.inside(ctx, http.MethodGet, path, nil) // the ledger has no proofs yet
	}
	if err != nil {
		return mcp.Checked{}, err
	}
	file, err := receipt.DecodeFile(raw)
	if err != nil {
		return mcp.Checked{}, err
	}
	v, err := n.m.Verify(ctx, raw, nil, nil)
	if err != nil {
		return mcp.Checked{}, err
	}
	line := lineOf(file.Receipt)
	out := mcp.Checked{
		ID: line.ID, Model: line.Model, Provider: line.Provider, Status: line.Status, Assurance: line.Assurance, Total: line.Total,
		Prompt: line.Prompt, Completion: line.Completion, Finished: line.Time.UTC(), OK: v.OK, Findings: []mcp.Finding{},
		NotChecked: append([]string{}, v.NotChecked...), Refused: v.Refused,
	}
	for _, f := range v.Verdicts {
		out.Findings = append(out.Findings, mcp.Finding(f))
	}
	return out, nil
}

// Trainings implements mcp.Network.
func (n mcpNetwork) Trainings(ctx context.Context, order string) ([]mcp.Training, error) {
	if err := onlyAdmin(ctx, "what this machine trains"); err != nil {
		return nil, err
	}
	var list []operator.ComputeOrder
	if order == "" {
		all, err := n.m.ComputeOrders(ctx, false)
		if err != nil {
			return nil, err
		}
		list = all
	} else {
		one, err := n.m.ComputeOrder(ctx, order)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	out := []mcp.Training{}
	for _, o := range list {
		if o.Unit != "step" || len(out) == listMax {
			continue
		}
		t := mcp.Training{Order: o.ID, Name: o.Name, State: o.State, Reason: o.Reason, Price: o.Price, Paid: o.Paid, Escrow: o.Escrow}
		if order == "" {
			detail, err := n.m.ComputeOrder(ctx, o.ID)
			if err != nil {
				return nil, err
			}
			o = detail
		}
		if p := o.Training; p != nil {
			t.Steps, t.Accepted = p.Steps, min(p.Steps, p.Stand*p.Segment)
			t.Waiting = min(p.Steps, p.Committed*p.Segment) - t.Accepted
		}
		out = append(out, t)
	}
	return out, nil
}

// chatModel is what to ask when nothing else is said: made for chat rather than able to, and of this machine rather than of another.
func (m *Machine) chatModel(ctx context.Context) (string, error) {
	list, err := m.Models(ctx)
	if err != nil {
		return "", err
	}
	found, best := "", 0
	for _, model := range list {
		rank := 0
		if slices.Contains(model.Capabilities, "chat") {
			rank = 1
		}
		if model.Chat {
			rank += 2
		}
		if rank > 0 && model.Provider == "" {
			rank += 4
		}
		if rank > best {
			found, best = model.Name, rank
		}
	}
	if found == "" {
		return "", errors.New("nobody offers a model for chat: name one, or add one with `ayni models pull`")
	}
	return found, nil
}

// inside sends a request to this machine's own gateway, as the caller that ctx carries.
func (m *Machine) inside(ctx context.Context, method, path string, body []byte) (http.Header, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := m.gateway.Inside().RoundTrip(r)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, insideMax))
	if err != nil {
		return nil, nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, nil, refusedInside(res.StatusCode, text)
	}
	return res.Header, text, nil
}

// refusedInside is an error that the gateway wrote, as one again.
func refusedInside(status int, text []byte) error {
	var e struct {
		Error json.RawMessage `json:"error"`
	}
	var detail struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(text, &e) == nil {
		if json.Unmarshal(e.Error, &detail) == nil && detail.Message != "" {
			return errors.New(detail.Message)
		}
		var words string
		if json.Unmarshal(e.Error, &words) == nil && words != "" {
			return errors.New(words)
		}
	}
	return fmt.Errorf("the gateway answered %d: %.200s", status, bytes.TrimSpace(text))
}

// chatRequest and chatAnswer are the parts of OpenAI's form that are used here.
type chatRequest struct {
	Model       string        `json:"model"`
	Messages    []chatMessage `json:"messages"`
	MaxTokens   int           `json:"max_tokens,omitempty"`
	Temperature *float64      `json:"temperature,omitempty"`
	Seed        *uint64       `json:"seed,omitempty"`
	Assurance   string        `json:"assurance,omitempty"`
}

type chatMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type chatAnswer struct {
	Model   string `json:"model"`
	Choices []struct {
		Message chatMessage `json:"message"`
		Finish  string      `json:"finish_reason"`
	} `json:"choices"`
	Usage struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
	} `json:"usage"`
}
