package machine

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/inference/serve"
	"ayni.example/inference/wire"
	"ayni.example/internal/home"
	"ayni.example/p2p"
	"ayni.example/provider"
	"ayni.example/receipt"
	"ayni.example/tensor/starter"
	"ayni.example/x/inference"
	xprovider "ayni.example/x/provider"
)

// modelsTimeout bounds how long engines may take to say what they have.
const modelsTimeout = 10 * time.Second

// openServing opens the engines and what sells their answers.
func (m *Machine) openServing(ctx context.Context) error {
	var err error
	if m.shelf, err = openShelf(m.config.Home.Models(), m.config.Log); err != nil {
		return advice(err, "is the folder of the home writable?")
	}
	if m.engines, m.library, err = openEngines(ctx, m.config.Settings, m.shelf, m.config.Home.Provable(), m.config.Log); err != nil {
		return err
	}
	m.add("models", m.library.Run)
	own := sha256.Sum256(starter.GGUF())
	if m.offers, err = openOffers(filepath.Join(filepath.Dir(m.config.Home.Database()), "offers.json"), hex.EncodeToString(own[:])); err != nil {
		return err
	}
	m.server, err = serve.New(serve.Config{
		ChainID: m.node.Genesis().ChainID, Address: m.address, Engines: m.engines, Offers: m.serving,
		Now: m.now, Random: rand.Reader, Logger: m.config.Log,
	})
	if err != nil {
		return err
	}
	if err := m.openPayee(); err != nil {
		return err
	}
	m.registrar, err = provider.New(provider.Config{
		Address: m.address, Ledger: m.ledger, Wanted: m.wanted, Format: home.FormatCredits, Logger: m.config.Log,
	})
	if err != nil {
		return err
	}
	m.addReader("registrar", m.registrar.Run)
	m.add("peers", m.host.Run)
	return nil
}

func (m *Machine) openPayee() error {
	payee, err := credit.NewPayee(credit.PayeeConfig{
		Store: m.store, Ledger: m.ledger, ChainID: m.node.Genesis().ChainID, Address: m.address, Receipt: m.keys.Wallet().ReceiptKey(),
		Clock: m.now, Logger: m.config.Log, Nudge: func() { m.tower.Nudge() },
	})
	if err != nil {
		return err
	}
	threshold, err := home.Credits(claimAbove)
	if err != nil {
		return err
	}
	m.tower, err = credit.NewWatchtower(credit.WatchtowerConfig{Payee: payee, Ledger: m.ledger, Clock: m.now, Logger: m.config.Log, Threshold: threshold})
	if err != nil {
		return err
	}
	m.addReader("watchtower", m.tower.Run)
	handler, err := serve.NewHandler(m.server, payee, m.host.ID())
	if err != nil {
		return err
	}
	m.host.Handle(wire.Protocol, p2p.HandlerLimits{}, handler.Handle)
	return nil
}

// local lists the models of this machine, with a digest each.
func (m *Machine) local(ctx context.Context) ([]engine.Model, error) {
	ctx, cancel := context.WithTimeout(ctx, modelsTimeout)
	defer cancel()
	models, err := m.server.Models(ctx)
	if err != nil {
		return nil, err
	}
	for i := range models {
		models[i].Digest = m.digest(models[i])
	}
	return models, nil
}

// digest is a model's own, or, where the backend does not say, one that names this machine's word for it.
func (m *Machine) digest(model engine.Model) string {
	if len(model.Digest) == hex.EncodedLen(sha256.Size) {
		return model.Digest
	}
	sum := sha256.Sum256([]byte("ayni/opaque-model/1\x00" + m.address + "\x00" + model.Build + "\x00" + model.Name))
	return hex.EncodeToString(sum[:])
}

// serving is what the provider's side may sell now.
func (m *Machine) serving() []serve.Offer {
	ctx, cancel := context.WithTimeout(context.Background(), modelsTimeout)
	defer cancel()
	models, err := m.local(ctx)
	if err != nil {
		m.config.Log.Warn("models not listed", "error", err.Error())
		return nil
	}
	var list []serve.Offer
	prices := m.offers.all()
	for _, model := range models {
		if price, offered := prices[model.Digest]; offered {
			list = append(list, serve.Offer{Digest: model.Digest, Name: model.Name, Model: model.Name, Price: price})
		}
	}
	return list
}

// wanted is what the ledger should say of this machine.
func (m *Machine) wanted(ctx context.Context) (provider.Wanted, error) {
	models, err := m.local(ctx)
	if err != nil {
		return provider.Wanted{}, fmt.Errorf("list models: %w", err)
	}
	w := provider.Wanted{Profile: xprovider.Profile{
		Name: m.config.Settings.Name, ReceiptKey: m.keys.Wallet().ReceiptKey().Public().(ed25519.PublicKey), PeerID: m.host.ID(),
		Endpoints: m.host.Addrs(), Capabilities: []string{"inference"},
	}}
	prices := m.offers.all()
	var offered []string
	for _, model := range models {
		price, sold := prices[model.Digest]
		if !sold {
			continue
		}
		item, err := itemOf(model, price)
		if err != nil {
			return w, err
		}
		w.Offers = append(w.Offers, item)
		offered = append(offered, model.Digest)
	}
	m.recordOffered(ctx, offered)
	return w, nil
}

// contextUnknown stands for the context length of a backend that does not say.
const contextUnknown = 4096

// itemOf is a model and its offer as the ledger wants them.
func itemOf(model engine.Model, price receipt.Price) (provider.Item, error) {
	digest, err := hex.DecodeString(model.Digest)
	if err != nil {
		return provider.Item{}, fmt.Errorf("digest of %s: %w", model.Name, err)
	}
	length := model.Context
	if length == 0 {
		length = contextUnknown
	}
	return provider.Item{
		Model: inference.Model{
			Digest: digest, Name: model.Name, Family: model.Family, Format: model.Format, Quantisation: model.Quantisation, License: model.License,
			Parameters: model.Parameters, SizeBytes: model.SizeBytes, Context: length, Opaque: model.Opaque,
		},
		Offer: inference.Offer{
			Model: digest, Name: model.Name, PriceInput: price.Input, PriceOutput: price.Output, Context: length,
			Capabilities: known(model.Capabilities), Assurances: assurances(model), Engine: model.Build,
		},
	}, nil
}

// assurances are what answers of a model come with.
func assurances(model engine.Model) []string {
	list := []string{string(receipt.Signed)}
	if slices.Contains(model.Capabilities, string(engine.Prediction)) {
		list = append(list, string(receipt.Proved))
	}
	return list
}

// known keeps the capabilities that the ledger has words for; to it a prediction is the completion of a question.
func known(capabilities []string) []string {
	if slices.Contains(capabilities, string(engine.Prediction)) {
		return []string{string(engine.Completion)}
	}
	var list []string
	for _, c := range inference.Capabilities() {
		if slices.Contains(capabilities, c) {
			list = append(list, c)
		}
	}
	return list
}
