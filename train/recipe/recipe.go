package recipe

import "strings"

// Mode is what a run starts from and which weights it changes.
type Mode string

// The modes.
const (
	Pretrain Mode = "pretrain" // new weights
	Continue Mode = "continue" // all weights of a given model, on more text
	Full     Mode = "full"     // all weights of a given model, towards a task
	LoRA     Mode = "lora"     // low-rank adapters beside the frozen weights of a given model
)

// Recipe is one training run. docs/guide/train.md describes every field.
type Recipe struct {
	Name        string     `yaml:"name"`
	Description string     `yaml:"description"`
	Licence     string     `yaml:"licence"`
	Mode        Mode       `yaml:"mode"`
	Seed        uint64     `yaml:"seed"`
	Model       Model      `yaml:"model"`
	Tokenizer   Tokenizer  `yaml:"tokenizer"`
	Data        Data       `yaml:"data"`
	Schedule    Schedule   `yaml:"schedule"`
	Optimiser   Optimiser  `yaml:"optimiser"`
	Batch       Batch      `yaml:"batch"`
	Budget      Budget     `yaml:"budget"`
	LoRA        Adapter    `yaml:"lora"`
	Evaluate    Evaluate   `yaml:"evaluate"`
	Checkpoint  Checkpoint `yaml:"checkpoint"`
	Export      Export     `yaml:"export"`
	Terms       Terms      `yaml:"terms"`

	dir      string // of the recipe; relative paths start there
	*located        // where its fields are
}

// Model is the shape of new weights, or where given ones come from.
type Model struct {
	From     string  `yaml:"from"` // GGUF or safetensors file, or the name of a model on this machine
	Layers   int     `yaml:"layers"`
	Width    int     `yaml:"width"`
	Heads    int     `yaml:"heads"`
	KVHeads  int     `yaml:"kv_heads"`
	HeadSize int     `yaml:"head_size"`
	Inner    int     `yaml:"inner"`
	Context  int     `yaml:"context"`
	RopeBase float64 `yaml:"rope_base"`
	Epsilon  float64 `yaml:"epsilon"`
}

// Tokenizer is trained on the training text, or taken from a GGUF file.
type Tokenizer struct {
	Vocabulary int    `yaml:"vocabulary"`
	Splitter   string `yaml:"splitter"`
	From       string `yaml:"from"`
}

// Data is a folder with globs, or a list of files with their digests.
type Data struct {
	Folder    string   `yaml:"folder"` // or pool:NAME, what a pool has accepted
	Include   []string `yaml:"include"`
	Exclude   []string `yaml:"exclude"`
	List      string   `yaml:"list"`      // "DIGEST [train|held] PATH" a line, paths below Folder
	HeldOut   int      `yaml:"held_out"`  // one file in so many is held out, by the digest of its path; 0: none
	MaxBytes  int64    `yaml:"max_bytes"` // larger files are left out
	Copyright string   `yaml:"copyright"` // keep, or strip a leading comment that holds the word
}

// Schedule is the learning rate by step.
type Schedule struct {
	Rate   float64 `yaml:"rate"`
	Least  float64 `yaml:"least"`
	WarmUp int     `yaml:"warm_up"` // steps
	Shape  string  `yaml:"shape"`   // cosine, linear or constant
}

// Optimiser is AdamW.
type Optimiser struct {
	Beta1   float64 `yaml:"beta1"`
	Beta2   float64 `yaml:"beta2"`
	Epsilon float64 `yaml:"epsilon"`
	Decay   float64 `yaml:"decay"` // on matrices
	Clip    float64 `yaml:"clip"`  // norm of the gradient
}

// Batch is what one step sees.
type Batch struct {
	Windows int `yaml:"windows"`
	Length  int `yaml:"length"` // tokens of a window
	Micro   int `yaml:"micro"`  // windows computed at once; changes memory, never the result
}

// Budget is how long the run is; one of the two.
type Budget struct {
	Tokens int64 `yaml:"tokens"`
	Steps  int   `yaml:"steps"`
}

// Adapter is the shape of low-rank adapters.
type Adapter struct {
	Rank    int      `yaml:"rank"`
	Alpha   float64  `yaml:"alpha"`
	Targets []string `yaml:"targets"`
}

// Evaluate is how often held-out text is scored, and on how many windows.
type Evaluate struct {
	Every   int `yaml:"every"`
	Windows int `yaml:"windows"`
}

// Checkpoint is how often the state is saved.
type Checkpoint struct {
	Every int `yaml:"every"`
}

// Export is what is written at the end.
type Export struct {
	Types       []string `yaml:"types"` // of the matrices of GGUF files, one file each
	Safetensors bool     `yaml:"safetensors"`
	Template    string   `yaml:"template"` // file with a chat template
	Merged      bool     `yaml:"merged"`   // mode lora: also the base with the adapters added to its weights
}

// Terms are what the owner of the result asks of those who use it. They change nothing of the result.
type Terms struct {
	Share       float64 `yaml:"share"` // percent of what each descendant earns, and of what it earns itself at another's
	Ceiling     string  `yaml:"ceiling"`
	Price       string  `yaml:"price"` // for one training
	Commercial  bool    `yaml:"commercial"`
	Derivatives bool    `yaml:"derivatives"`
	Reciprocal  bool    `yaml:"reciprocal"`
}

// OwnTerms are those that the recipe asks, if it does.
func (r *Recipe) OwnTerms() (Terms, bool) { return r.Terms, r.located != nil && r.has("terms") }

// Fault is a mistake that shows only when a field is used.
func (r *Recipe) Fault(field, hint string, cause error) error {
	e := r.errorf(field, hint, "%v", cause)
	e.err = cause
	return e
}

// Pool is the name of the pool that the texts come from, if they do.
func (r *Recipe) Pool() (name string, is bool) { return strings.CutPrefix(r.Data.Folder, "pool:") }

// Steps is the length of the run in steps.
func (r *Recipe) Steps() int {
	if r.Budget.Steps > 0 {
		return r.Budget.Steps
	}
	per := int64(r.Batch.Windows) * int64(r.Batch.Length)
	return int((r.Budget.Tokens + per - 1) / per)
}
