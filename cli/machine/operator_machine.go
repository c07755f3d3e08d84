package machine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cosmossdk.io/math"

	"ayni.example/client"
	"ayni.example/internal/home"
	"ayni.example/provider/invite"
	"ayni.example/receipt"
	"ayni.example/tensor"
	"ayni.example/web/operator"
	"ayni.example/x/inference"
	xprovider "ayni.example/x/provider"
)

var _ operator.Operator = (*Machine)(nil)

// Status implements operator.Operator.
func (m *Machine) Status(ctx context.Context) (operator.Status, error) {
	status, err := m.ledger.Status(ctx)
	if err != nil {
		return operator.Status{}, err
	}
	balance, err := m.ledger.Balance(ctx, m.address)
	if err != nil {
		return operator.Status{}, err
	}
	answer := operator.Status{
		Version: m.config.Version, Name: m.config.Settings.Name, URL: m.url, ChainID: status.ChainID, Height: status.Height, BlockTime: status.Time,
		Syncing: status.CatchingUp, Address: m.address, Balance: home.FormatCredits(balance), Serving: "this process runs the ledger alone",
	}
	if !m.LedgerOnly() {
		answer.Serving, answer.PeerID, answer.Endpoints = m.registrar.State(), m.host.ID(), m.host.Addrs()
	}
	return answer, nil
}

// Invite implements operator.Operator.
func (m *Machine) Invite(ctx context.Context, req operator.InviteRequest) (operator.Invite, error) {
	amount, err := home.Credits(req.Credits)
	if err != nil {
		return operator.Invite{}, err
	}
	if req.Expires <= 0 {
		return operator.Invite{}, errors.New("an invitation lasts for a while: give --expires, such as 24h")
	}
	if err := m.mayGrant(ctx, amount); err != nil {
		return operator.Invite{}, err
	}
	token := invite.Token{ChainID: m.node.Genesis().ChainID, Peer: m.host.ID(), Addrs: m.host.Addrs()}
	text, expires, err := m.inviter.Invite(ctx, token, amount, req.Expires)
	return operator.Invite{Token: text, Expires: expires}, err
}

// mayGrant tells in advance what would make an invitation fail later.
func (m *Machine) mayGrant(ctx context.Context, amount math.Int) error {
	issuers, err := m.ledger.Issuers(ctx)
	if err != nil {
		return err
	}
	for _, i := range issuers {
		if i.Address == m.address && i.Quota.GTE(amount) {
			return nil
		}
	}
	return advice(fmt.Errorf("this machine may not issue %s credits, so the invited machine would get none", home.FormatCredits(amount)),
		"invite on the machine that began the network, or have its owner make this one an issuer")
}

// Models implements operator.Operator.
func (m *Machine) Models(ctx context.Context) ([]operator.Model, error) {
	local, err := m.local(ctx)
	if err != nil {
		return nil, err
	}
	var list []operator.Model
	prices := m.offers.all()
	for _, model := range local {
		line := operator.Model{
			Name: model.Name, Digest: model.Digest, Where: "this machine", Engine: model.Build, Quantisation: model.Quantisation,
			Context: model.Context, Capabilities: model.Capabilities, ReadableBy: []string{"this machine"},
			Chat: slices.Contains(model.Capabilities, "chat") && (model.Template != "" || !ownEngine(model.Build)),
		}
		if price, offered := prices[model.Digest]; offered {
			if content, err := hex.DecodeString(strings.TrimPrefix(model.Digest, "sha256:")); err == nil {
				line.Upstream = m.owed.upstream(ctx, content)
			}
			line.Offered, line.PriceInput, line.PriceOutput = true, pricePerMillion(price.Input), pricePerMillion(price.Output)
		}
		list = append(list, line)
	}
	offered, err := (&market{ledger: m.ledger, owed: m.owed, now: m.now}).Offers(ctx)
	if err != nil {
		return nil, err
	}
	for _, o := range offered {
		if o.Provider.Address == m.address || o.Provider.Status != xprovider.StatusActive {
			continue
		}
		list = append(list, operator.Model{
			Name: o.Offer.Name, Digest: fmt.Sprintf("%x", o.Offer.Model), Where: o.Provider.Name, Provider: o.Provider.Address, Engine: o.Offer.Engine,
			Quantisation: o.Model.Quantisation, Context: o.Offer.Context, Capabilities: o.Offer.Capabilities, Offered: true,
			PriceInput: pricePerMillion(o.Offer.PriceInput), PriceOutput: pricePerMillion(o.Offer.PriceOutput),
			Upstream: o.Upstream, ReadableBy: []string{"this machine", o.Provider.Name},
			Chat: slices.Contains(o.Offer.Capabilities, "chat") && !ownEngine(o.Offer.Engine),
		})
	}
	return list, nil
}

// ownEngine tells whether a build is one of the exact engine, which joins the messages of a chat for any model.
func ownEngine(build string) bool { return strings.HasPrefix(build, tensor.Engine+"/") }

// called tells whether a model's name is the one that is meant: a name without a tag means the latest.
func called(name, meant string) bool { return name == meant || name == meant+":latest" }

// offerWait bounds the wait until an offer stands on the ledger.
const offerWait = 30 * time.Second

// Offer implements operator.Operator: it keeps the price and waits until the ledger has it.
func (m *Machine) Offer(ctx context.Context, req operator.OfferRequest) (operator.Offer, error) {
	local, err := m.local(ctx)
	if err != nil {
		return operator.Offer{}, err
	}
	i := slices.IndexFunc(local, func(model operatorModel) bool { return called(model.Name, req.Model) || model.Digest == req.Model })
	if i < 0 {
		return operator.Offer{}, advice(fmt.Errorf("no model %q on this machine", req.Model), "`ayni models` shows the models that it has; one of several of the same name is asked for by its digest")
	}
	price := receipt.Price{}
	if price.Input, err = pricePerToken(req.PriceInput); err != nil {
		return operator.Offer{}, err
	}
	if price.Output, err = pricePerToken(req.PriceOutput); err != nil {
		return operator.Offer{}, err
	}
	if err := price.Validate(); err != nil {
		return operator.Offer{}, err
	}
	if err := m.mayOffer(ctx, local[i].Digest, price); err != nil {
		return operator.Offer{}, err
	}
	terms, err := ownTerms(req)
	if err == nil && terms != nil {
		err = m.askTerms(ctx, local[i].Digest, *terms)
	}
	if err != nil {
		return operator.Offer{}, err
	}
	if err := m.offers.set(local[i].Digest, &price); err != nil {
		return operator.Offer{}, err
	}
	m.registrar.Wake()
	offer, err := m.standing(ctx, local[i].Digest, price)
	if err == nil && terms != nil {
		err = m.awaitTerms(ctx, local[i].Digest, *terms)
	}
	if err != nil {
		return operator.Offer{}, err
	}
	return operator.Offer{
		Model: offer.Name, Digest: local[i].Digest, Height: offer.UpdatedHeight,
		PriceInput: pricePerMillion(offer.PriceInput), PriceOutput: pricePerMillion(offer.PriceOutput),
	}, nil
}

// standing waits until the ledger has an offer at this price.
func (m *Machine) standing(ctx context.Context, digest string, price receipt.Price) (inference.Offer, error) {
	ctx, cancel := context.WithTimeout(ctx, offerWait)
	defer cancel()
	for range m.ledger.WatchBlocks(ctx) {
		offers, err := m.ledger.Offers(ctx, client.OfferFilter{Provider: m.address})
		if err != nil {
			return inference.Offer{}, err
		}
		for _, o := range offers {
			if fmt.Sprintf("%x", o.Model) == digest && o.PriceInput.Equal(price.Input) && o.PriceOutput.Equal(price.Output) {
				return o, nil
			}
		}
	}
	return inference.Offer{}, advice(errors.New("the offer is kept, but not on the ledger yet: "+m.registrar.State()), "`ayni doctor` tells what is in the way")
}

// RemoveOffer implements operator.Operator.
func (m *Machine) RemoveOffer(ctx context.Context, name string) error {
	local, err := m.local(ctx)
	if err != nil {
		return err
	}
	prices := m.offers.all()
	for _, model := range local {
		if _, offered := prices[model.Digest]; !offered || !called(model.Name, name) && model.Digest != name {
			continue
		}
		if err := m.offers.set(model.Digest, nil); err != nil {
			return err
		}
		m.registrar.Wake()
		return nil
	}
	return fmt.Errorf("%q is not offered", name)
}

// Providers implements operator.Operator.
func (m *Machine) Providers(ctx context.Context) ([]operator.Provider, error) {
	providers, err := m.ledger.Providers(ctx)
	if err != nil {
		return nil, err
	}
	offers, err := m.ledger.Offers(ctx, client.OfferFilter{})
	if err != nil {
		return nil, err
	}
	models := map[string][]string{}
	for _, o := range offers {
		models[o.Provider] = append(models[o.Provider], o.Name)
	}
	list := make([]operator.Provider, 0, len(providers))
	earned := m.earnedLately(ctx)
	for _, p := range providers {
		sum := earned[p.Address]
		if earned != nil && sum == "" {
			sum = "0"
		}
		list = append(list, operator.Provider{
			Name: p.Name, Address: p.Address, Status: statusWord(p.Status), Reason: p.Reason, Bond: home.FormatCredits(p.Bond), PeerID: p.PeerId,
			Endpoints: p.Endpoints, Models: models[p.Address], Self: p.Address == m.address, Earned: sum,
		})
	}
	return list, nil
}

func statusWord(s xprovider.Status) string {
	switch s {
	case xprovider.StatusActive:
		return "active"
	case xprovider.StatusSuspended:
		return "suspended"
	case xprovider.StatusLeaving:
		return "leaving"
	default:
		return "unknown"
	}
}
