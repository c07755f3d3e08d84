package machine

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ayni.example/internal/home"
	"ayni.example/provenance/pool"
	"ayni.example/provenance/pool/desk"
	"ayni.example/train/corpus"
	"ayni.example/web/operator"
	"ayni.example/x/provenance"
)

// CreatePool implements operator.Pooling.
func (m *Machine) CreatePool(ctx context.Context, req operator.PoolRequest) (operator.Pool, error) {
	price, err := home.Credits(cmp.Or(req.Price, "0"))
	if err != nil {
		return operator.Pool{}, err
	}
	model, err := m.modelDigest(req.Reference)
	if err != nil {
		return operator.Pool{}, advice(err, "--reference names a model of this machine: `ayni models ls`")
	}
	validation := sha256.Sum256(req.Validation)
	rules := desk.Rules{Name: req.Name, Schema: req.Schema, Reference: req.Reference, Model: hex.EncodeToString(model), Validation: hex.EncodeToString(validation[:])}
	content, err := rules.Digest()
	if err != nil {
		return operator.Pool{}, err
	}
	manifest, err := provenance.Manifest{Kind: provenance.KindPool, Name: req.Name, Content: hex.EncodeToString(content)}.Encode()
	if err != nil {
		return operator.Pool{}, err
	}
	id := provenance.ManifestID(manifest)
	rules.Pool = hex.EncodeToString(id[:])
	if err := m.desk.Create(rules, req.Validation); err != nil { // on the disk first: a pool on the ledger has a desk
		return operator.Pool{}, err
	}
	schema := sha256.Sum256(req.Schema)
	terms := provenance.Terms{Commercial: req.Commercial, Derivatives: true, Share: req.Share, Price: price, Licence: req.Licence}
	err = m.ledger.Submit(ctx,
		&provenance.MsgCreatePool{
			Owner: m.address, Manifest: manifest, Terms: terms, Schema: schema[:], Reference: model,
			Checkers: append([]string{m.address}, req.Checkers...),
		},
		&provenance.MsgOpenEpoch{Owner: m.address, Pool: id[:]},
	)
	if err != nil {
		return operator.Pool{}, err
	}
	return m.poolOf(ctx, id[:])
}

// modelDigest is the SHA-256 of a model's weights.
func (m *Machine) modelDigest(name string) ([]byte, error) {
	source, err := m.trainable(name)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	_, err = io.Copy(h, io.NewSectionReader(source, 0, source.Size))
	return h.Sum(nil), errors.Join(err, source.Close())
}

// Pools implements operator.Pooling.
func (m *Machine) Pools(ctx context.Context) ([]operator.Pool, error) {
	list, err := m.ledger.Pools(ctx)
	out := make([]operator.Pool, 0, len(list))
	for _, p := range list {
		view, err := m.poolOf(ctx, p.Asset)
		if err != nil {
			return out, err
		}
		out = append(out, view)
	}
	return out, err
}

func (m *Machine) poolOf(ctx context.Context, id []byte) (operator.Pool, error) {
	p, asset, err := m.ledger.Pool(ctx, id)
	if err != nil {
		return operator.Pool{}, err
	}
	return m.poolView(ctx, p, asset)
}

func (m *Machine) poolView(ctx context.Context, p provenance.Pool, asset provenance.Asset) (operator.Pool, error) {
	kept, err := m.desk.Pools()
	if err != nil {
		return operator.Pool{}, err
	}
	id := hex.EncodeToString(p.Asset)
	earned, err := m.poolEarned(ctx, p.Asset)
	return operator.Pool{
		ID: id, Name: asset.Name, Owner: asset.Owner, Epoch: p.Epoch, Points: p.Points.String(), Share: asset.Terms.Share,
		Price: home.FormatCredits(asset.Terms.Price), Earned: earned, Reference: hex.EncodeToString(p.Reference),
		KeptHere: slices.ContainsFunc(kept, func(r desk.Rules) bool { return r.Pool == id }),
	}, err
}

// poolID takes an id, the beginning of one, or the name of a pool that is kept here.
func (m *Machine) poolID(ctx context.Context, text string) ([]byte, error) {
	if id, err := hex.DecodeString(text); err == nil && len(id) == sha256.Size {
		return id, nil
	}
	if _, r, err := desk.Texts(m.config.Home.Pools(), text); err == nil {
		return hex.DecodeString(r.Pool)
	}
	list, err := m.ledger.Pools(ctx)
	if err != nil {
		return nil, err
	}
	var found []byte
	for _, p := range list {
		if len(text) >= 6 && strings.HasPrefix(hex.EncodeToString(p.Asset), strings.TrimSuffix(text, "…")) {
			if found != nil {
				return nil, fmt.Errorf("several pools begin with %s", text)
			}
			found = p.Asset
		}
	}
	if found == nil {
		return nil, advice(fmt.Errorf("no pool %q", text), "`ayni pool list` lists those of this network")
	}
	return found, nil
}

// JoinPool implements operator.Pooling.
func (m *Machine) JoinPool(ctx context.Context, req operator.JoinRequest) (operator.Contribution, error) {
	id, err := m.poolID(ctx, req.Pool)
	if err != nil {
		return operator.Contribution{}, err
	}
	p, asset, err := m.ledger.Pool(ctx, id)
	if err != nil {
		return operator.Contribution{}, err
	}
	data, err := corpus.ReadFile(req.File, pool.ContributionMax)
	if err != nil {
		return operator.Contribution{}, err
	}
	rules, err := m.poolRules(ctx, asset)
	if err != nil {
		return operator.Contribution{}, err
	}
	schema, err := pool.ParseSchema(rules.Schema)
	if err != nil {
		return operator.Contribution{}, err
	}
	if _, err := schema.Read(data); err != nil {
		return operator.Contribution{}, err // before anything is sent or paid
	}
	ticket, err := m.ticket(ctx, p, data)
	if err != nil {
		return operator.Contribution{}, err
	}
	if err := m.usedBy(ctx, p, ticket, data); err != nil {
		return operator.Contribution{}, err
	}
	s, err := m.poolStream(ctx, asset.Owner)
	if err == nil {
		err = errors.Join(desk.Give(ctx, s, ticket, data), s.Close())
	}
	if err != nil {
		return operator.Contribution{}, advice(fmt.Errorf("contribution %s stands on the ledger, its file was not given: %w", ticket.Contribution, err), "the same command gives it, once the pool's machine is there")
	}
	return m.contribution(ctx, asset.Owner, ticket)
}

// poolRules are a pool's, as its machine tells them and its asset binds them.
func (m *Machine) poolRules(ctx context.Context, asset provenance.Asset) (desk.Rules, error) {
	s, err := m.poolStream(ctx, asset.Owner)
	if err != nil {
		return desk.Rules{}, err
	}
	rules, err := desk.Ask(ctx, s, asset.ID)
	if err = errors.Join(err, s.Close()); err != nil {
		return rules, advice(err, "is the pool's machine up?")
	}
	content, err := rules.Digest()
	if err != nil || !slices.Equal(content, asset.Content) {
		return rules, advice(errors.New("the pool's machine tells other rules than those on the ledger"), "do not give it anything")
	}
	return rules, nil
}

// ticket is this machine's of a file that it contributed before, or contributes now.
func (m *Machine) ticket(ctx context.Context, p provenance.Pool, data []byte) (desk.Ticket, error) {
	digest := sha256.Sum256(data)
	t := desk.Ticket{Pool: hex.EncodeToString(p.Asset), Digest: hex.EncodeToString(digest[:]), Size: int64(len(data))}
	name := m.ticketFile(t.Pool, t.Digest)
	if text, err := os.ReadFile(name); err == nil {
		if err := json.Unmarshal(text, &t); err != nil {
			return t, fmt.Errorf("%s cannot be read: %w", name, err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return t, err
	}
	var salt [32]byte
	if t.Salt == "" {
		if _, err := rand.Read(salt[:]); err != nil {
			return t, err
		}
		t.Salt = hex.EncodeToString(salt[:])
	} else if b, err := hex.DecodeString(t.Salt); err != nil || copy(salt[:], b) != len(salt) {
		return t, fmt.Errorf("%s has no salt", name)
	}
	msg := &provenance.MsgContribute{Contributor: m.address, Pool: p.Asset, Epoch: p.Epoch, Commitment: desk.Commitment(salt, digest), Bytes: uint64(len(data))}
	if t.Contribution != "" {
		return t, nil
	}
	// The salt is on the disk before the ledger has its commitment: whatever is cut off can go on.
	id := provenance.ContributionID(m.node.Genesis().ChainID, p.Asset, p.Epoch, m.address, msg.Commitment)
	if _, err := m.ledger.Contribution(ctx, id); err != nil {
		if err := m.keepTicket(name, t); err != nil {
			return t, err
		}
		if err := m.ledger.Submit(ctx, msg); err != nil {
			return t, err
		}
	}
	t.Contribution = hex.EncodeToString(id)
	return t, m.keepTicket(name, t)
}

func (m *Machine) ticketFile(pool, digest string) string {
	return filepath.Join(m.config.Home.Dir(), "contributions", pool+"-"+digest+".json")
}

func (m *Machine) keepTicket(name string, t desk.Ticket) error {
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return home.WriteFile(name, text)
}
