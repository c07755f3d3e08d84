package training

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ayni.example/artifact"
	"ayni.example/internal/home"
	"ayni.example/train"
	"ayni.example/x/compute"
)

// packedOf beside a pack names its artifact, where nothing but this pack keeps that from others.
const packedOf = "pack.confidential"

// TakePack brings a pack here with fetch and unpacks it into dir/pack, once; it returns that folder. Whether the texts are a pool's is known
// when they are here: until then, and afterwards if they are, this machine keeps the pack from those who have nothing to do with it. Its digest
// stands on the ledger, so anybody can name it in an order: the pin says for whose it came.
func TakePack(ctx context.Context, store *artifact.Store, d artifact.Digest, dir, tenant string, fetch func(context.Context) error) (string, error) {
	pack := filepath.Join(dir, "pack")
	if _, err := os.Stat(pack); err == nil {
		return pack, nil
	}
	mark := filepath.Join(dir, packedOf)
	if !store.PinnedBy(d, artifact.Confidential) { // or it is kept by this machine's own order, or by another lease
		if err := errors.Join(os.MkdirAll(dir, 0o700), home.WriteFile(mark, []byte(d))); err != nil {
			return "", err
		}
		if err := store.Pin(artifact.Pin{Digest: d, Owner: artifact.Confidential, Reason: packFor + tenant}); err != nil {
			return "", err
		}
	}
	if err := fetch(ctx); err != nil {
		if _, marked := os.Stat(mark); marked == nil { // it came for nobody
			err = errors.Join(err, store.Unpin(d, artifact.Confidential), os.Remove(mark))
		}
		return "", err
	}
	part := pack + ".part"
	if err := errors.Join(os.RemoveAll(part), os.MkdirAll(part, 0o700)); err != nil {
		return "", err
	}
	f, err := store.Open(d)
	if err != nil {
		return "", err
	}
	err = errors.Join(train.Unpack(f, part), f.Close())
	if err == nil {
		_, err = train.OpenPacked(part)
	}
	if err != nil {
		return "", failure{compute.ReasonData, errors.Join(err, os.RemoveAll(part))}
	}
	if _, err := os.Stat(mark); err == nil && !train.PackedFromPool(part) {
		if err := errors.Join(store.Unpin(d, artifact.Confidential), os.Remove(mark)); err != nil {
			return "", err
		}
	}
	return pack, os.Rename(part, pack)
}

// packFor begins the reason of a confidential pin on a pack that came for an order; the tenant follows.
const packFor = "pack of a training of "

// PackTenant is the tenant for whose order a confidential pack came here; none for a machine's own, and for what is no such pack.
func PackTenant(store *artifact.Store, d artifact.Digest) (string, error) {
	pins, err := store.Pins()
	for _, p := range pins {
		if p.Digest == d && p.Owner == artifact.Confidential {
			tenant, _ := strings.CutPrefix(p.Reason, packFor)
			if tenant == p.Reason {
				tenant = ""
			}
			return tenant, err
		}
	}
	return "", err
}

// dropPack removes the artifact of a pack that TakePack alone kept here, before anybody may ask for it.
func dropPack(store *artifact.Store, dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, packedOf))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	d, err := artifact.ParseDigest(string(text))
	if err != nil {
		return err
	}
	return store.Erase(d)
}
