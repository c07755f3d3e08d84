package home

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"cosmossdk.io/math"
)

// arenasMost bounds what the ledger is asked again and again.
const arenasMost = 16

// Config is what the owner may set. A flag beats an environment variable, which beats the file, which beats the default.
type Config struct {
	// Name is shown to others on the ledger.
	Name string `yaml:"name"`
	// Listen is the address of the gateway and the console.
	Listen string `yaml:"listen"`
	// Hosts are further names under which clients may reach the gateway.
	Hosts []string `yaml:"hosts"`
	// Origins may call the gateway from a browser.
	Origins []string `yaml:"origins"`
	// TLS names certificate and key files, needed when Listen is not loopback.
	TLS TLS `yaml:"tls"`
	// Peer is the IP address at which other machines reach this one.
	Peer string `yaml:"peer"`
	// PeerPort and LedgerPort are TCP ports of the peer-to-peer network and of the ledger; 0 picks and keeps a free one.
	PeerPort   int `yaml:"peer_port"`
	LedgerPort int `yaml:"ledger_port"`
	// LedgerListen is HOST:PORT where the ledger's network listens; "" is Peer and LedgerPort, or the address of this machine's seat.
	LedgerListen string `yaml:"ledger_listen"`
	// LedgerAddress is HOST:PORT at which others dial this machine's ledger node; "" is the address of its seat, or LedgerListen.
	LedgerAddress string `yaml:"ledger_address"`
	// LedgerRPC is HOST:PORT of the ledger's RPC for other programs; "" serves none.
	LedgerRPC string `yaml:"ledger_rpc"`
	// GasPriceMax is the most acredit per gas that a transaction of this machine may cost; "" leaves it to the ledger's ceiling.
	GasPriceMax string `yaml:"gas_price_max"`
	// SnapshotBlocks is how many blocks lie between snapshots of the ledger's state for others; 0 for 1,000, below 0 for none.
	SnapshotBlocks int64 `yaml:"snapshot_blocks"`
	// RetainBlocks is how many blocks are kept at least; 0 for 1,000,000, below 0 for all.
	RetainBlocks int64 `yaml:"retain_blocks"`
	// Ollama is the address of a local Ollama, "" looks at its usual port, "off" does not look.
	Ollama string `yaml:"ollama"`
	// Servers are OpenAI-compatible servers of the owner.
	Servers []Server `yaml:"servers"`
	// Aliases point names that clients use at models that are offered.
	Aliases map[string]string `yaml:"aliases"`
	// Arenas are trusted to tell how good providers are: OWNER/LABEL or id, each with =MODEL behind it where it is about one model alone.
	Arenas []string `yaml:"arenas"`
	// Threads of the exact engine, 0 for all but one.
	Threads int `yaml:"threads"`
	// ModelMemoryMiB bounds the weights that are loaded from disk at once, 0 for half of the machine's memory.
	ModelMemoryMiB int `yaml:"model_memory_mib"`
	// ModelKeepMinutes is how long a loaded model stays in memory when nobody asks it, 0 for 5.
	ModelKeepMinutes int `yaml:"model_keep_minutes"`
	// Deposit is what a payment channel opens with, in credits.
	Deposit string `yaml:"deposit"`
	// Index is the address of a PostgreSQL database for the index of the ledger, "" for a file in the home.
	Index string `yaml:"index"`
	// KeepContent stores requests and answers beside receipts, so that they can be replayed.
	KeepContent bool `yaml:"keep_content"`
	// ArtifactQuotaMiB bounds what HOME/artifacts holds, 0 leaves it to the disk.
	ArtifactQuotaMiB int `yaml:"artifact_quota_mib"`
	// ArtifactRateMiB bounds what each peer may fetch from this machine in a second, 0 for no bound.
	ArtifactRateMiB int `yaml:"artifact_rate_mib"`
	// ArtifactKeepDays is how long a fetched artifact stays that nobody has pinned, 0 for 30.
	ArtifactKeepDays int `yaml:"artifact_keep_days"`
	// ShareModels lets other machines fetch the files of models on this disk by their digests.
	ShareModels bool `yaml:"share_models"`
	// HostAgents runs agents of others and of this home here, for a price each wake-up.
	HostAgents bool `yaml:"host_agents"`
	// Log is debug, info, warn or error.
	Log string `yaml:"log"`
	// EmptyBlockSeconds is the longest time without a block.
	EmptyBlockSeconds int `yaml:"empty_block_seconds"`
	// BlockWorkers run a block's transactions at once, 0 for one after the other. The ledger's state is the same.
	BlockWorkers int `yaml:"block_workers"`
}

// TLS names the files of a certificate.
type TLS struct {
	Cert  string `yaml:"cert"`
	Key   string `yaml:"key"`
	Proxy bool   `yaml:"behind_proxy"` // a reverse proxy on this machine ends TLS
}

// Server is an OpenAI-compatible server: vLLM, llama-server, LM Studio.
type Server struct {
	Name    string `yaml:"name"`
	URL     string `yaml:"url"`
	KeyFile string `yaml:"key_file"` // holds the API key, if the server wants one
}

// DefaultConfig works on one machine without any setting.
func DefaultConfig() Config {
	host, err := os.Hostname()
	if err != nil {
		host = "ayni"
	}
	return Config{
		Name: host, Listen: "127.0.0.1:7070", Peer: "127.0.0.1", Deposit: "1", Log: "info", EmptyBlockSeconds: 60,
	}
}

// LoadConfig reads the file over the defaults; an absent file is no error, an unknown field is.
func (h *Home) LoadConfig() (Config, error) {
	c := DefaultConfig()
	text, err := os.ReadFile(h.Config())
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("read config: %w", err)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return c, nil
	}
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		// Without the lines around it, since one of them may hold a password.
		return c, fmt.Errorf("config %s: %s", h.Config(), strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	return c, nil
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("listen %q: want HOST:PORT: %w", c.Listen, err)
	}
	if ip := net.ParseIP(c.Peer); ip == nil || ip.IsUnspecified() {
		return fmt.Errorf("peer %q: want the IP address at which other machines reach this one", c.Peer)
	}
	for _, port := range []int{c.PeerPort, c.LedgerPort} {
		if port < 0 || port > 65535 {
			return fmt.Errorf("port %d: want 0 to 65535", port)
		}
	}
	for name, address := range map[string]string{"ledger_listen": c.LedgerListen, "ledger_address": c.LedgerAddress, "ledger_rpc": c.LedgerRPC} {
		if _, _, err := net.SplitHostPort(address); address != "" && err != nil {
			return fmt.Errorf("%s %q: want HOST:PORT: %w", name, address, err)
		}
	}
	if price, err := strconv.ParseUint(c.GasPriceMax, 10, 63); c.GasPriceMax != "" && (err != nil || price == 0) {
		return fmt.Errorf("gas_price_max %q: want a number of acredit above 0", c.GasPriceMax)
	}
	for i, s := range c.Servers {
		if s.Name == "" || !strings.HasPrefix(s.URL, "http://") && !strings.HasPrefix(s.URL, "https://") {
			return fmt.Errorf("servers[%d]: want a name and an http or https url", i)
		}
	}
	if len(c.Arenas) > arenasMost {
		return fmt.Errorf("arenas: %d, more than %d", len(c.Arenas), arenasMost)
	}
	if c.ModelMemoryMiB < 0 || c.ModelMemoryMiB > 1<<30 || c.ModelKeepMinutes < 0 || c.ModelKeepMinutes > 1<<20 {
		return fmt.Errorf("model_memory_mib %d, model_keep_minutes %d: out of range", c.ModelMemoryMiB, c.ModelKeepMinutes)
	}
	for _, n := range []int{c.ArtifactQuotaMiB, c.ArtifactRateMiB, c.ArtifactKeepDays} {
		if n < 0 || n > 1<<30 {
			return fmt.Errorf("artifact_quota_mib %d, artifact_rate_mib %d, artifact_keep_days %d: out of range",
				c.ArtifactQuotaMiB, c.ArtifactRateMiB, c.ArtifactKeepDays)
		}
	}
	if c.BlockWorkers < 0 || c.BlockWorkers > 256 {
		return fmt.Errorf("block_workers %d: want 0 to 256", c.BlockWorkers)
	}
	if c.EmptyBlockSeconds < 1 || c.EmptyBlockSeconds > 3600 {
		return fmt.Errorf("empty_block_seconds %d: want 1 to 3600", c.EmptyBlockSeconds)
	}
	if _, err := Credits(c.Deposit); err != nil {
		return fmt.Errorf("deposit: %w", err)
	}
	return nil
}

// CreditDigits is the number of decimals of a credit: 1 credit is 10^18 acredit.
const CreditDigits = 18

// Credits reads an amount such as "1.5" credits as acredit, exactly.
func Credits(s string) (math.Int, error) {
	whole, fraction, _ := strings.Cut(s, ".")
	if len(fraction) > CreditDigits || len(whole) > 40 || whole == "" {
		return math.Int{}, fmt.Errorf("%q is no amount of credits: want digits with at most %d decimals", s, CreditDigits)
	}
	digits := whole + fraction + strings.Repeat("0", CreditDigits-len(fraction))
	if strings.Trim(digits, "0123456789") != "" {
		return math.Int{}, fmt.Errorf("%q is no amount of credits: want digits with at most %d decimals", s, CreditDigits)
	}
	amount, ok := math.NewIntFromString(strings.TrimLeft(digits[:len(digits)-1], "0") + digits[len(digits)-1:]) // a leading zero means octal there
	if !ok {
		return math.Int{}, fmt.Errorf("%q is no amount of credits", s)
	}
	return amount, nil
}

// FormatCredits writes acredit as credits without trailing zeros, exactly.
func FormatCredits(amount math.Int) string {
	if amount.IsNil() {
		return "0"
	}
	digits := amount.Abs().String()
	if pad := CreditDigits + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	whole, fraction := digits[:len(digits)-CreditDigits], strings.TrimRight(digits[len(digits)-CreditDigits:], "0")
	if fraction != "" {
		whole += "." + fraction
	}
	if amount.IsNegative() {
		return "-" + whole
	}
	return whole
}
