package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Employing is the part of the API that is about agents. An agent is named by its label, its id, or the beginning of one.
type Employing interface {
	// CreateAgent enters an agent on the ledger, owned by this machine's account.
	CreateAgent(ctx context.Context, req AgentRequest) (Agent, error)
	// AmendAgent gives it another charter: at once where it is tighter on every field, else after the timelock.
	AmendAgent(ctx context.Context, req AgentRequest) (Agent, error)
	// Agents lists this account's, or those of everybody.
	Agents(ctx context.Context, all bool) ([]Agent, error)
	Agent(ctx context.Context, name string) (Agent, error)
	FundAgent(ctx context.Context, req AgentMoney) (Agent, error)
	// WithdrawAgent takes money back after the timelock.
	WithdrawAgent(ctx context.Context, req AgentMoney) (Agent, error)
	// OrderAgent pauses, resumes or kills.
	OrderAgent(ctx context.Context, req AgentOrder) (Agent, error)
	// DecideAgent approves or refuses an action that waits, or vetoes a change.
	DecideAgent(ctx context.Context, req AgentDecision) (Agent, error)
	// TalkAgent wakes it with a message.
	TalkAgent(ctx context.Context, req AgentMessage) (AgentWake, error)
	// AgentWake is one wake-up, with the answer where it is there and this home may read it.
	AgentWake(ctx context.Context, name string, wake uint64) (AgentWake, error)
	// AgentLog lists wake-ups that are over, newest first.
	AgentLog(ctx context.Context, name string) ([]AgentWake, error)
	// ReplayAgent asks the models of a wake-up again and compares.
	ReplayAgent(ctx context.Context, name string, wake uint64) (AgentReplay, error)
	// ExportAgent is all that the ledger and this home have of it.
	ExportAgent(ctx context.Context, name string) (AgentExport, error)
	// HostAgents has this machine run agents for a price a wake-up in credits.
	HostAgents(ctx context.Context, req AgentHosting) (AgentHosting, error)
}

// AgentRequest is a charter as people write it.
type AgentRequest struct {
	Agent    string `json:"agent,omitempty"` // which one is amended
	File     string `json:"file"`            // name for messages
	Charter  []byte `json:"charter"`         // YAML
	Label    string `json:"label"`           // in place of the file's
	Guardian string `json:"guardian"`        // address that may pause, kill and veto
	Deposit  string `json:"deposit"`         // credits
}

// Agent is an agent as it stands. What is below Charter is there when one is asked for.
type Agent struct {
	ID        string         `json:"id"`
	Label     string         `json:"label"`
	Owner     string         `json:"owner"`
	Guardian  string         `json:"guardian,omitempty"`
	Treasury  string         `json:"treasury"`
	State     string         `json:"state"`           // running, paused or killed
	Sleep     string         `json:"sleep,omitempty"` // why it does not wake: money, caps or spent
	Balance   string         `json:"balance"`         // credits
	Held      string         `json:"held"`            // credits, for what is under way
	Version   uint32         `json:"version"`         // of the charter
	Wakes     uint64         `json:"wakes"`           // that are over
	Queued    uint64         `json:"queued"`          // that wait
	Missed    uint64         `json:"missed"`
	Lapsed    uint64         `json:"lapsed"`
	Self      bool           `json:"self"`              // this machine's account owns it
	Guards    bool           `json:"guards,omitempty"`  // this machine's account is its guardian
	Guarded   bool           `json:"guarded,omitempty"` // its guardian paused it, and only the guardian lets it go on
	Made      time.Time      `json:"made"`
	Charter   *AgentCharter  `json:"charter,omitempty"`
	Caps      []AgentCap     `json:"caps,omitempty"`
	Waiting   []AgentWaiting `json:"waiting,omitempty"`
	Changes   []AgentChange  `json:"changes,omitempty"`
	Working   string         `json:"working,omitempty"` // who has the wake-up that is open
	WorkingOn uint64         `json:"working_on,omitempty"`

	Reservations []AgentReservation `json:"reservations,omitempty"`
	Known        []AgentPayee       `json:"known,omitempty"`
}

// AgentCharter is what the ledger enforces of a charter, in words, and of the document what is here.
type AgentCharter struct {
	Document string   `json:"document"`       // digest
	Name     string   `json:"name,omitempty"` // of the document, as the three below; all empty where this home does not have it
	Prompt   string   `json:"prompt,omitempty"`
	Model    string   `json:"model,omitempty"`
	Tools    []string `json:"tools,omitempty"`
	Actions  []string `json:"actions"`
	Payees   []string `json:"payees"` // none: anyone
	Hosts    []string `json:"hosts"`  // none: every one
	Approval string   `json:"approval_above"`
	Cost     string   `json:"per_wake_cost"`
	Every    string   `json:"every,omitempty"`
	Deposit  bool     `json:"on_deposit,omitempty"` // money that comes in wakes it
	Wakers   []string `json:"wakers,omitempty"`     // who may wake it besides the owner; "any" with a price
	Price    string   `json:"wake_price,omitempty"`
	Timelock string   `json:"timelock"`
	Delay    string   `json:"payee_delay"`
	Expires  string   `json:"expires,omitempty"`
}

// AgentCap is a limit and how much of it is used. Amounts are credits.
type AgentCap struct {
	Name  string `json:"name"` // per_action, per_wake, per_hour, per_day, lifetime, per_payee
	Limit string `json:"limit"`
	Used  string `json:"used,omitempty"` // of those that add up over time; of per_wake while one is open
	PPM   uint32 `json:"ppm"`            // used, of a million
}

// AgentWaiting is an action that waits for the owner, or for time.
type AgentWaiting struct {
	Number   uint64    `json:"number"`
	Wake     uint64    `json:"wake"`
	What     string    `json:"what"`
	Payee    string    `json:"payee,omitempty"`
	Amount   string    `json:"amount"`
	Approval bool      `json:"approval"` // it lapses unless the owner approves; otherwise it is done when due
	Due      time.Time `json:"due"`
}

// AgentReservation is money held for a payment outside, until it is taken or given back.
type AgentReservation struct {
	Payment string    `json:"payment"` // id
	Wake    uint64    `json:"wake"`
	Payee   string    `json:"payee"`
	Amount  string    `json:"amount"` // credits
	Due     time.Time `json:"due"`
}

// AgentPayee is somebody whom the agent has paid or may soon pay.
type AgentPayee struct {
	Address string `json:"address"`
	Paid    string `json:"paid"`  // credits, paid or held for it
	PPM     uint32 `json:"ppm"`   // of the cap per_payee, of a million
	Known   bool   `json:"known"` // the first payment has waited
}

// AgentChange waits for the timelock.
type AgentChange struct {
	Number uint64    `json:"number"`
	What   string    `json:"what"` // charter, withdraw or owner
	Amount string    `json:"amount,omitempty"`
	Owner  string    `json:"owner,omitempty"` // who would own it
	Due    time.Time `json:"due"`
}

// AgentMoney goes in or out.
type AgentMoney struct {
	Agent  string `json:"agent"`
	Amount string `json:"amount"` // credits
}

// AgentOrder is one word to an agent.
type AgentOrder struct {
	Agent string `json:"agent"`
	Order string `json:"order"` // pause, resume or kill
}

// AgentDecision answers what waits.
type AgentDecision struct {
	Agent   string `json:"agent"`
	Number  uint64 `json:"number"`
	Approve bool   `json:"approve"`
}

// AgentMessage is what somebody says to an agent.
type AgentMessage struct {
	Agent string `json:"agent"`
	Text  string `json:"text"`
}

// AgentWake is one wake-up.
type AgentWake struct {
	Agent    string        `json:"agent"`
	Wake     uint64        `json:"wake"`
	State    string        `json:"state"` // queued, open or over
	Cause    string        `json:"cause,omitempty"`
	Sender   string        `json:"sender,omitempty"`
	Host     string        `json:"host,omitempty"`
	Cost     string        `json:"cost,omitempty"` // credits
	Actions  []AgentAction `json:"actions,omitempty"`
	Answer   string        `json:"answer,omitempty"`
	Sealed   string        `json:"sealed,omitempty"` // why the answer cannot be read here
	Receipts []string      `json:"receipts,omitempty"`
	Notes    []string      `json:"notes,omitempty"`
	Decision string        `json:"decision,omitempty"`
	Head     string        `json:"head,omitempty"`
	At       time.Time     `json:"at,omitzero"`
}

// AgentAction is what came of one.
type AgentAction struct {
	What    string `json:"what"`
	Payee   string `json:"payee,omitempty"`
	Amount  string `json:"amount,omitempty"` // credits
	Outcome string `json:"outcome"`          // done, waiting or refused
	Reason  string `json:"reason,omitempty"`
}

// AgentReplay is what came of asking the models again.
type AgentReplay struct {
	Wake      uint64         `json:"wake"`
	OK        bool           `json:"ok"`
	Thoughts  []AgentThought `json:"thoughts"`
	Unchecked []string       `json:"unchecked,omitempty"`
}

// AgentThought is one call of a model, asked again.
type AgentThought struct {
	Same bool   `json:"same"`
	Why  string `json:"why,omitempty"`
}

// AgentExport is an agent for an archive or an auditor.
type AgentExport struct {
	ChainID  string          `json:"chain_id"`
	Height   int64           `json:"height"`
	Agent    Agent           `json:"agent"`
	Document json.RawMessage `json:"document,omitempty"`
	Log      []AgentWake     `json:"log"`     // oldest first
	Chained  bool            `json:"chained"` // each entry follows from the one before it
}

// AgentHosting is the price of a wake-up here.
type AgentHosting struct {
	Price string `json:"price"` // credits
}

func employingRoutes(mux *http.ServeMux, e Employing) {
	route(mux, "POST agents", with(e.CreateAgent))
	route(mux, "POST agents/amend", with(e.AmendAgent))
	route(mux, "GET agents", func(r *http.Request) (any, error) { return e.Agents(r.Context(), r.URL.Query().Get("all") == "1") })
	route(mux, "GET agents/{agent}", func(r *http.Request) (any, error) { return e.Agent(r.Context(), r.PathValue("agent")) })
	route(mux, "POST agents/fund", with(e.FundAgent))
	route(mux, "POST agents/withdraw", with(e.WithdrawAgent))
	route(mux, "POST agents/order", with(e.OrderAgent))
	route(mux, "POST agents/decide", with(e.DecideAgent))
	route(mux, "POST agents/talk", with(e.TalkAgent))
	route(mux, "POST agents/host", with(e.HostAgents))
	route(mux, "GET agents/{agent}/log", func(r *http.Request) (any, error) { return e.AgentLog(r.Context(), r.PathValue("agent")) })
	route(mux, "GET agents/{agent}/export", func(r *http.Request) (any, error) { return e.ExportAgent(r.Context(), r.PathValue("agent")) })
	wake := func(call func(context.Context, string, uint64) (any, error)) func(*http.Request) (any, error) {
		return func(r *http.Request) (any, error) {
			var n uint64
			if _, err := fmt.Sscan(r.PathValue("wake"), &n); err != nil {
				return nil, fmt.Errorf("wake-up %.20q: want a number", r.PathValue("wake"))
			}
			return call(r.Context(), r.PathValue("agent"), n)
		}
	}
	route(mux, "GET agents/{agent}/wakes/{wake}", wake(func(ctx context.Context, a string, n uint64) (any, error) { return e.AgentWake(ctx, a, n) }))
	route(mux, "GET agents/{agent}/wakes/{wake}/replay", wake(func(ctx context.Context, a string, n uint64) (any, error) { return e.ReplayAgent(ctx, a, n) }))
}
