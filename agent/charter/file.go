package charter

import (
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// text is one value as it is written: a number that is read as such would lose digits.
type text string

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (t *text) UnmarshalYAML(n ast.Node) error {
	for range 8 {
		switch v := n.(type) {
		case *ast.StringNode:
			*t = text(v.Value)
			return nil
		case *ast.IntegerNode, *ast.FloatNode:
			*t = text(v.GetToken().Value)
			return nil
		case *ast.NullNode:
			return nil
		case *ast.AnchorNode:
			n = v.Value
			continue
		}
		break
	}
	return &yaml.SyntaxError{Message: "want one value", Token: n.GetToken()}
}

// file is a charter as people write it. Every value that has a unit is text, so that it is read exactly and told with its place.
type file struct {
	Name   string    `yaml:"name"`
	Label  string    `yaml:"label"`
	Prompt string    `yaml:"prompt"`
	Model  modelPart `yaml:"model"`
	Steps  text      `yaml:"steps"`
	Memory struct {
		Bytes text `yaml:"bytes"`
		Turns text `yaml:"turns"`
	} `yaml:"memory"`
	Readers []string   `yaml:"readers"`
	Tools   []toolPart `yaml:"tools"`

	Actions []string   `yaml:"actions"`
	Limits  limitsPart `yaml:"limits"`
	Payees  []string   `yaml:"payees"`
	First   struct {
		Wait   text `yaml:"wait"`
		Blocks text `yaml:"blocks"`
	} `yaml:"first_payment"`
	Wake struct {
		Every     text     `yaml:"every"`
		OnDeposit bool     `yaml:"on_deposit"`
		Who       []string `yaml:"who"`
		Price     text     `yaml:"price"`
	} `yaml:"wake"`
	Hosts []string `yaml:"hosts"`
	Lease struct {
		Blocks text `yaml:"blocks"`
		Time   text `yaml:"time"`
	} `yaml:"lease"`
	Appraisal *appraisalPart `yaml:"appraisal"`
	Timelock  text           `yaml:"timelock"`
	Expires   text           `yaml:"expires"`
}

type modelPart struct {
	Name        string `yaml:"name"`
	Digest      string `yaml:"digest"`
	Temperature text   `yaml:"temperature"`
	TopP        text   `yaml:"top_p"`
	MaxTokens   text   `yaml:"max_tokens"`
	Assurance   string `yaml:"assurance"`
	Calls       string `yaml:"calls"`
}

type toolPart struct {
	Name      string   `yaml:"name"`
	About     string   `yaml:"about"`
	MCP       string   `yaml:"mcp"`
	Tool      string   `yaml:"tool"`
	Pin       string   `yaml:"pin"`
	Arguments any      `yaml:"arguments"`
	HTTP      []string `yaml:"http"`
	Methods   []string `yaml:"methods"`
	WASM      string   `yaml:"wasm"`
	Fuel      text     `yaml:"fuel"`
	Ledger    string   `yaml:"ledger"`
	Price     text     `yaml:"price"`
	Bytes     text     `yaml:"bytes"`
	Time      text     `yaml:"time"`
}

type limitsPart struct {
	PerAction     text `yaml:"per_action"`
	PerWake       text `yaml:"per_wake"`
	PerHour       text `yaml:"per_hour"`
	PerDay        text `yaml:"per_day"`
	Lifetime      text `yaml:"lifetime"`
	PerPayee      text `yaml:"per_payee"`
	PerWakeCost   text `yaml:"per_wake_cost"`
	ApprovalAbove text `yaml:"approval_above"`
	ApprovalTime  text `yaml:"approval_time"`
	Actions       text `yaml:"actions"`
}

type appraisalPart struct {
	Model     string `yaml:"model"`
	Submitter string `yaml:"submitter"`
	Input     string `yaml:"input"`
	Blocks    text   `yaml:"blocks"`
	Time      text   `yaml:"time"`
	PerUnit   text   `yaml:"per_unit"`
	Index     text   `yaml:"index"`
}
