package cli

import (
	"context"

	"ayni.example/artifact/model"
)

// weightsOf is the GGUF file of a model on this disk. It is to be read only, and stays while the model has its name.
func (a *app) weightsOf(text string) (string, error) {
	s, err := a.models()
	if err != nil {
		return "", err
	}
	e, err := entry(s, text)
	if err != nil {
		return "", err
	}
	layer, _ := e.Manifest.Layer(model.TypeWeights)
	return s.Blobs().Path(layer.Digest), nil
}

// keep gives a name to a GGUF file, or to another model, with the file of an adapter or "".
func (a *app) keep(ctx context.Context, text, from, adapter string) (model.Entry, error) {
	name, err := named(text)
	if err != nil {
		return model.Entry{}, err
	}
	s, err := a.models()
	if err != nil {
		return model.Entry{}, err
	}
	e, err := a.put(ctx, s, name, making{from: from, adapter: adapter, flags: func(string) bool { return false }})
	if err == nil {
		a.traced(ctx, s, e, a.origin(ctx, from))
	}
	return e, err
}
