package chain

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ayni.example/internal/ethkey"
	"ayni.example/internal/vrf"
	"ayni.example/x/beacon"
)

// beaconKeyType names the file's form.
const beaconKeyType = "ayni/beacon/1"

type beaconKeyFile struct {
	Type string `json:"type"`
	Seed []byte `json:"seed"`
}

// BeaconKey is the key with which the seat of this home contributes to the beacon; it is made at the first call. It is no other
// key's, and who has it foretells this seat's part of each round.
func BeaconKey(home string) (ed25519.PrivateKey, error) {
	cfg := NodeConfig{Home: home}
	if err := cfg.makeFolders(); err != nil {
		return nil, err
	}
	path := filepath.Join(cfg.root(), "config", "beacon_key.json")
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeBeaconKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read beacon key: %w", err)
	}
	var file beaconKeyFile
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, fmt.Errorf("beacon key %s is damaged; restore it from a backup, or remove it to register another: %w", path, err)
	}
	if file.Type != beaconKeyType || len(file.Seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("beacon key %s is damaged; restore it from a backup, or remove it to register another", path)
	}
	return ed25519.NewKeyFromSeed(file.Seed), nil
}

// makeBeaconKey writes the file whole or not at all.
func makeBeaconKey(path string) (ed25519.PrivateKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := rand.Read(seed); err != nil {
		return nil, fmt.Errorf("draw beacon key: %w", err)
	}
	raw, err := json.Marshal(beaconKeyFile{Type: beaconKeyType, Seed: seed})
	if err != nil {
		return nil, fmt.Errorf("encode beacon key: %w", err)
	}
	if err := os.WriteFile(path+".new", raw, 0o600); err != nil {
		return nil, fmt.Errorf("keep beacon key: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return nil, fmt.Errorf("keep beacon key: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// RegisterBeaconKey is the message by which an operator enters its seat's key.
func RegisterBeaconKey(chainID, operator string, key ed25519.PrivateKey) (*beacon.MsgRegisterKey, error) {
	address, err := ethkey.AddressCodec{}.StringToBytes(operator)
	if err != nil {
		return nil, fmt.Errorf("operator %q: %w", operator, err)
	}
	_, proof, err := vrf.Prove(key, beacon.Possession(chainID, address))
	if err != nil {
		return nil, fmt.Errorf("prove possession of the beacon key: %w", err)
	}
	return &beacon.MsgRegisterKey{
		Operator: ethkey.Format(address), Key: key.Public().(ed25519.PublicKey), Proof: proof,
	}, nil
}

// BeaconRegistration is the message that this node's operator should send now, so that its seat takes part in the beacon; nil
// where there is none to send. A network of one needs no key before somebody asks for a round.
func (n *Node) BeaconRegistration(operator string) (*beacon.MsgRegisterKey, error) {
	ctx, err := n.app.latest()
	if err != nil || !n.app.runs(beacon.ModuleName) {
		return nil, err
	}
	address, err := ethkey.AddressCodec{}.StringToBytes(operator)
	if err != nil {
		return nil, fmt.Errorf("operator %q: %w", operator, err)
	}
	due, err := n.app.Keepers.Beacon.MayRegister(ctx, address, n.app.beaconKey.Public().(ed25519.PublicKey))
	if err != nil || !due {
		return nil, err
	}
	return RegisterBeaconKey(n.genesis.ChainID, operator, n.app.beaconKey)
}
