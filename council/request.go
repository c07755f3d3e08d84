package council

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"ayni.example/chain"
	"ayni.example/internal/canon"
	"ayni.example/internal/ethkey"
	"ayni.example/x/council"
)

// What speaks against a request. A signature covers every field, so that a changed one shows as a wrong signature unless it
// names itself first.
var (
	ErrForm      = errors.New("not a seat request")
	ErrNetwork   = errors.New("the request is for another network")
	ErrName      = errors.New("a seat's name has 1 to 64 bytes of printable text, without space at its ends")
	ErrOperator  = errors.New("the operator's address is not that of the account's key")
	ErrConsensus = errors.New("the consensus key is not an Ed25519 key")
	ErrPeer      = errors.New("a seat's node is ID@HOST:PORT, as others reach it")
	ErrAccount   = errors.New("the account's signature does not fit the request: it was changed, or signed by another key")
	ErrProof     = errors.New("the consensus key did not sign for this operator and network")
)

const (
	requestForm   = "ayni/seat-request/1"
	requestDomain = "ayni/seat-request/1"
	nameMax       = 64
	peerMax       = 160
	requestMax    = 4 << 10
)

// Request asks for a seat: one organisation's account, the key with which it signs blocks, and where its node is reached.
type Request struct {
	Form      string `json:"form"`
	Network   string `json:"network"`  // chain id
	Name      string `json:"name"`     // of the organisation
	Operator  string `json:"operator"` // address of its account
	Account   []byte `json:"account"`  // public key of the account, compressed
	Consensus []byte `json:"consensus"`
	Peer      string `json:"peer"`      // ID@HOST:PORT of its ledger node
	Proof     []byte `json:"proof"`     // the consensus key's signature for this operator and network
	Signature []byte `json:"signature"` // the account's over all of the above
}

// Ask is what an organisation says of itself.
type Ask struct {
	Network string
	Name    string
	Peer    string
	Account *ethkey.PrivKey
	// Consensus signs with the consensus key.
	Consensus Prover
}

// Prover shows that a consensus key is at hand. The key itself stays where it signs blocks.
type Prover interface {
	Key() ed25519.PublicKey
	Prove(digest [32]byte) ([]byte, error)
}

// Sign makes a request with both signatures.
func Sign(ask Ask) (Request, error) {
	account := ask.Account.PubKey()
	r := Request{
		Form: requestForm, Network: ask.Network, Name: ask.Name, Operator: ethkey.Format(account.Address()),
		Account: account.Bytes(), Consensus: ask.Consensus.Key(), Peer: ask.Peer,
	}
	if err := r.check(); err != nil {
		return Request{}, err
	}
	var err error
	if r.Proof, err = Prove(r.Network, account.Address(), ask.Consensus); err != nil {
		return Request{}, err
	}
	digest, err := r.digest()
	if err != nil {
		return Request{}, err
	}
	if r.Signature, err = ask.Account.Sign(digest[:]); err != nil {
		return Request{}, fmt.Errorf("sign the seat request: %w", err)
	}
	return r, nil
}

// Prove shows that the holder of a consensus key wants it to be the operator's, as x/council asks.
func Prove(network string, operator []byte, key Prover) ([]byte, error) {
	proof, err := key.Prove([32]byte(council.Possession(network, operator, key.Key())))
	if err != nil {
		return nil, fmt.Errorf("prove the consensus key: %w", err)
	}
	return proof, nil
}

// Decode reads a request and checks both signatures. A line's end behind it is no fault.
func Decode(raw []byte) (Request, error) {
	var r Request
	if err := canon.Unmarshal(bytes.TrimSuffix(raw, []byte("\n")), &r, canon.Limits{Bytes: requestMax, Depth: 2}); err != nil {
		return Request{}, fmt.Errorf("%w: %w", ErrForm, err)
	}
	return r, r.Verify(r.Network)
}

// Encode writes a request as a file.
func (r Request) Encode() ([]byte, error) {
	raw, err := canon.Marshal(r)
	return append(raw, '\n'), err
}

// Verify checks a request for the given network.
func (r Request) Verify(network string) error {
	if r.Network != network {
		return fmt.Errorf("%w: %s instead of %s", ErrNetwork, r.Network, network)
	}
	if err := r.check(); err != nil {
		return err
	}
	account := &ethkey.PubKey{Key: r.Account}
	address := account.Address()
	if len(address) == 0 || ethkey.Format(address) != r.Operator {
		return fmt.Errorf("%w: %s", ErrOperator, r.Operator)
	}
	digest, err := r.digest()
	if err != nil {
		return err
	}
	if len(r.Signature) != ethkey.SignatureSize || !account.VerifySignature(digest[:], r.Signature) {
		return ErrAccount
	}
	if err := council.CheckProof(r.Network, address, r.Consensus, r.Proof); err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	return nil
}

// Address is HOST:PORT of the seat's node.
func (r Request) Address() string {
	_, address, _ := strings.Cut(r.Peer, "@")
	return address
}

// digest is what the account signs: the request without its signature.
func (r Request) digest() ([32]byte, error) {
	r.Signature = nil
	raw, err := canon.Marshal(r)
	if err != nil {
		return [32]byte{}, fmt.Errorf("encode seat request: %w", err)
	}
	return canon.Sum(requestDomain, raw), nil
}

// check looks at everything but the signatures.
func (r Request) check() error {
	if r.Form != requestForm {
		return fmt.Errorf("%w: form %q instead of %q", ErrForm, r.Form, requestForm)
	}
	if err := chain.CheckID(r.Network); err != nil {
		return fmt.Errorf("%w: %w", ErrForm, err)
	}
	if !printable(r.Name) {
		return fmt.Errorf("%w: %q", ErrName, r.Name)
	}
	if len(r.Consensus) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: %d bytes", ErrConsensus, len(r.Consensus))
	}
	return checkPeer(r.Peer)
}

func printable(name string) bool {
	return name != "" && len(name) <= nameMax && utf8.ValidString(name) && strings.TrimSpace(name) == name &&
		!slices.ContainsFunc([]rune(name), func(r rune) bool { return !unicode.IsPrint(r) })
}

func checkPeer(peer string) error {
	if err := chain.CheckPeer(peer); err != nil || len(peer) > peerMax {
		return fmt.Errorf("%w: %q", ErrPeer, peer)
	}
	_, address, _ := strings.Cut(peer, "@")
	return CheckAddress(address)
}

// CheckAddress tells whether HOST:PORT is one that others can dial.
func CheckAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPeer, err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	ip := net.ParseIP(host)
	if err != nil || number == 0 || host == "" || ip != nil && ip.IsUnspecified() {
		return fmt.Errorf("%w: %q", ErrPeer, address)
	}
	return nil
}
