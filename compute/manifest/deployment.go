package manifest

import "log/slog"

// Kind is how a deployment ends.
type Kind string

// The kinds.
const (
	KindService Kind = "service" // runs until it is closed
	KindBatch   Kind = "batch"   // an array of tasks, each of which ends
)

// Deployment is one lease: services that run together at one provider. docs/guide/deploy.md describes the files that it comes from.
type Deployment struct {
	Name      string    `json:"name"`
	Kind      Kind      `json:"kind"`
	Services  []Service `json:"services"` // a service stands behind those that it depends on
	Place     Placement `json:"place"`
	Price     uint64    `json:"price,string"`         // acredit per second for all of it, or per task, at most
	Standing  bool      `json:"standing,omitempty"`   // ordered again when the provider is lost
	UntilExit bool      `json:"until_exit,omitempty"` // ends when the one service exits with 0
	Reclaim   uint64    `json:"reclaim,omitempty"`    // seconds of notice before a provider may take its machine back, at least
	Batch     *Batch    `json:"batch,omitempty"`      // of KindBatch
	Salt      string    `json:"salt,omitempty"`       // 32 hexadecimal digits, from a random source
}

// Service is one container, or several alike.
type Service struct {
	Name       string            `json:"name"`
	Image      string            `json:"image"`             // NAME@sha256:HEX
	Command    []string          `json:"command,omitempty"` // in place of the image's entry point
	Args       []string          `json:"args,omitempty"`    // behind the command, or behind the image's entry point
	Env        map[string]string `json:"env,omitempty"`
	Secrets    map[string]Secret `json:"secrets,omitempty"`  // environment variables that are never shown
	Registry   *Registry         `json:"registry,omitempty"` // who may fetch the image
	Resources  Resources         `json:"resources"`          // of one replica
	Count      int               `json:"count"`              // replicas
	Expose     []Expose          `json:"expose,omitempty"`
	DependsOn  []string          `json:"depends_on,omitempty"` // services that start first
	Checkpoint *Checkpoint       `json:"checkpoint,omitempty"`
}

// Checkpoint is a folder in a persistent volume that is kept outside of the provider, so that a later lease goes on from it.
type Checkpoint struct {
	Folder   string `json:"folder"`
	Every    uint64 `json:"every"`     // seconds
	MaxBytes uint64 `json:"max_bytes"` // a larger folder is not kept
}

// Secret is a value that goes to the provider alone.
type Secret string

const hidden = "[secret]"

// String, GoString and LogValue hide the secret; only Encode writes it.
func (s Secret) String() string { return hidden }

// GoString hides the secret.
func (s Secret) GoString() string { return hidden }

// LogValue hides the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// Registry is an account at a registry of images.
type Registry struct {
	Host     string `json:"host"`
	Username string `json:"username"`
	Password Secret `json:"password"`
	Email    string `json:"email,omitempty"`
}

// Resources are what one replica gets.
type Resources struct {
	MilliCPU uint64   `json:"milli_cpu"`
	Arch     string   `json:"arch,omitempty"` // amd64 or arm64; "" is any
	Memory   uint64   `json:"memory"`         // bytes
	Disk     uint64   `json:"disk"`           // bytes of scratch, lost with the lease
	Volumes  []Volume `json:"volumes,omitempty"`
	GPU      *GPU     `json:"gpu,omitempty"`
}

// Class is what a volume lies on.
type Class string

// The classes. Volumes of ClassRAM are lost with the replica and count as memory; the others outlive it.
const (
	ClassAny  Class = ""
	ClassHDD  Class = "hdd"
	ClassSSD  Class = "ssd"
	ClassNVMe Class = "nvme"
	ClassRAM  Class = "ram"
)

// Volume is a folder of its own at a path in the container.
type Volume struct {
	Name     string `json:"name"`
	Size     uint64 `json:"size"` // bytes
	Class    Class  `json:"class,omitempty"`
	Mount    string `json:"mount"`
	ReadOnly bool   `json:"read_only,omitempty"`
}

// GPU is a number of cards, each of any one of the models.
type GPU struct {
	Count  uint64     `json:"count"`
	Vendor string     `json:"vendor"`           // nvidia or amd
	Models []GPUModel `json:"models,omitempty"` // none: any
}

// GPUModel is one acceptable kind of card.
type GPUModel struct {
	Name      string `json:"name,omitempty"`
	Memory    uint64 `json:"memory,omitempty"`    // bytes, at least
	Interface string `json:"interface,omitempty"` // pcie or sxm
}

// Expose is a TCP port of a service.
type Expose struct {
	Port   int      `json:"port"`             // in the container
	As     int      `json:"as"`               // where others reach it
	Global bool     `json:"global,omitempty"` // from outside of the lease
	To     []string `json:"to,omitempty"`     // services of the lease; none and not global: all of them
}

// Placement is what a provider must be to bid.
type Placement struct {
	Attributes map[string]string `json:"attributes,omitempty"` // each must be so
	Providers  []string          `json:"providers,omitempty"`  // accounts, the only ones; none: all
	Excluded   []string          `json:"excluded,omitempty"`   // accounts
	FlopsCore  uint64            `json:"flops_core,omitempty"` // operations a second of one core, as benchmarked, at least
	FlopsAll   uint64            `json:"flops_all,omitempty"`  // of all cores
}

// Batch is an array of tasks. Each runs the one service with its own variables.
type Batch struct {
	Tasks   []Task `json:"tasks"`
	Retries int    `json:"retries"`           // of one task
	Timeout uint64 `json:"timeout,omitempty"` // seconds of one try; 0: none
	Review  uint64 `json:"review"`            // seconds in which a result can be rejected; then it is paid
}

// Task is the environment variables of one task, on top of the service's. AYNI_TASK, its number from 0, is always set.
type Task map[string]string
