package training

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"ayni.example/artifact"
	"ayni.example/internal/home"
	"ayni.example/train"
	"ayni.example/x/compute"
)

// packedOf beside a pack names its artifact, where nothing but this pack keeps that from others.
const packedOf = "pack.confidential"

// TakePack brings a pack here with fetch and unpacks it into dir/pack, once; it returns that folder. Whether the texts are a pool's is known
// when they are here: until then, and afterwards if they are, this machine keeps the pack from those who have nothing to do with it.
func TakePack(ctx context.Context, store *artifact.Store, d artifact.Digest, dir string, fetch func(context.Context) error) (string, error) {
	pack := filepath.Join(dir, "pack")
	if _, err := os.Stat(pack); err == nil {
		return pack, nil
	}
	mark := filepath.Join(dir, packedOf)
	if !store.PinnedBy(d, artifact.Confidential) { // or it is kept by this machine's own order, or by another lease
		if err := errors.Join(os.MkdirAll(dir, 0o700), home.WriteFile(mark, []byte(d))); err != nil {
			return "", err
		}
	}
	if err := store.Pin(artifact.Pin{Digest: d, Owner: artifact.Confidential, Reason: "pack of a leased training"}); err != nil {
		return "", err
	}
	if err := fetch(ctx); err != nil {
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
