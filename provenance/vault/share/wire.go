package share

import (
	"fmt"
	"time"

	"ayni.example/internal/canon"
	"ayni.example/internal/ethkey"
	"ayni.example/provenance/vault"
)

// Protocol is spoken on streams between peers.
const Protocol = "/ayni/vault/1"

// Bounds of a stream.
const (
	askMax   = 16 << 10
	replyMax = 4 << 20 // a wrap of many items
	talkTime = 30 * time.Second
	pieceMax = 64 << 10 // bytes of an age file at once
)

// hello begins a stream.
type hello struct {
	Challenge []byte `json:"challenge"`
}

// message is what the asking side sends: one of its fields.
type message struct {
	Ask   *signedAsk   `json:"ask,omitempty"`
	Read  *read        `json:"read,omitempty"`
	Erase *signedErase `json:"erase,omitempty"`
}

// Ask is a request to read, as its account signs it.
type Ask struct {
	ChainID   string `json:"chain_id"`
	Grant     string `json:"grant"`
	Owner     string `json:"owner"`
	To        string `json:"to"`         // peer id of the owner's machine
	From      string `json:"from"`       // peer id of the reader's
	Purpose   string `json:"purpose"`    // "" asks for the terms alone
	ReaderKey []byte `json:"reader_key"` // for which the wrap is made
	Challenge []byte `json:"challenge"`
}

type signedAsk struct {
	Ask       Ask    `json:"ask"`
	Key       []byte `json:"key"` // compressed secp256k1
	Signature []byte `json:"signature"`
}

type read struct {
	Capability string `json:"capability"`
	File       string `json:"file"`
}

// Erase is an owner's request to a replica.
type Erase struct {
	ChainID   string `json:"chain_id"`
	Digest    string `json:"digest"`
	To        string `json:"to"`
	From      string `json:"from"`
	Challenge []byte `json:"challenge"`
}

type signedErase struct {
	Erase     Erase  `json:"erase"`
	Key       []byte `json:"key"`
	Signature []byte `json:"signature"`
}

// Receipt is what a replica signs when it has erased.
type Receipt struct {
	ChainID   string `json:"chain_id"`
	Digest    string `json:"digest"`
	Owner     string `json:"owner"`
	Holder    string `json:"holder"` // account
	At        int64  `json:"at"`
	Key       []byte `json:"key"`
	Signature []byte `json:"signature"`
}

// reply is what the answering side sends: an error's word, or what was asked for. Each but that of a read brings the next challenge.
type reply struct {
	Error      string       `json:"error,omitempty"`
	Terms      *vault.Terms `json:"terms,omitempty"`
	Wrap       *vault.Wrap  `json:"wrap,omitempty"`
	Key        []byte       `json:"key,omitempty"`
	Signature  []byte       `json:"signature,omitempty"`
	Capability string       `json:"capability,omitempty"`
	Expires    int64        `json:"expires,omitempty"` // of the capability
	Size       int64        `json:"size,omitempty"`    // of the age file that follows
	Receipt    *Receipt     `json:"receipt,omitempty"`
	Challenge  []byte       `json:"challenge,omitempty"`
}

// What is signed, apart from each other and from transactions.
const (
	domainAsk     = "ayni/vault/ask/1\x00"
	domainWrap    = "ayni/vault/wrapped/1\x00"
	domainErase   = "ayni/vault/erase/1\x00"
	domainReceipt = "ayni/vault/erased/1\x00"
)

// Account signs with the key of this machine's account.
type Account interface {
	Sign(message []byte) (key, signature []byte, err error)
}

func sign(a Account, domain string, v any) (key, signature []byte, err error) {
	body, err := canon.Marshal(v)
	if err != nil {
		return nil, nil, err
	}
	return a.Sign(append([]byte(domain), body...))
}

// signer is the account whose key signed a value.
func signer(domain string, v any, key, signature []byte) (string, error) {
	body, err := canon.Marshal(v)
	if err != nil {
		return "", err
	}
	if len(key) != ethkey.PubKeySize || len(signature) != ethkey.SignatureSize {
		return "", ErrSignature
	}
	k := &ethkey.PubKey{Key: key}
	if !k.VerifySignature(append([]byte(domain), body...), signature) {
		return "", ErrSignature
	}
	address := ethkey.Format(k.Address())
	if address == "" {
		return "", fmt.Errorf("%w: its key is none", ErrSignature)
	}
	return address, nil
}

// Check says whose receipt it is, or why it is none.
func (r Receipt) Check() (holder string, err error) {
	bare := r
	bare.Key, bare.Signature = nil, nil
	holder, err = signer(domainReceipt, bare, r.Key, r.Signature)
	if err == nil && holder != r.Holder {
		err = fmt.Errorf("%w: another account than it names", ErrSignature)
	}
	return holder, err
}

func (r Receipt) bytes() ([]byte, error) { return canon.Marshal(r) }
