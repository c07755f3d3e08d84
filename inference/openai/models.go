package openai

import (
	"time"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

type modelObject struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`

	Pricing *Pricing `json:"pricing,omitempty"`
}

// Pricing is what a token costs where the first candidate of a model is asked, in credits as decimal numbers.
type Pricing struct {
	Prompt     string `json:"prompt"`
	Completion string `json:"completion"`
	Upstream   string `json:"upstream"` // the fraction of it that goes to the model's owner and to those from whose work it was made
}

// Listed is a model as it is shown to callers: under the name they ask for, with who serves it.
type Listed struct {
	Model   engine.Model
	Owner   string
	Created time.Time
	Pricing *Pricing // nil: it costs nothing
}

// Models writes the answer of /v1/models.
func Models(models []Listed) ([]byte, error) {
	list := struct {
		Object string        `json:"object"`
		Data   []modelObject `json:"data"`
	}{Object: "list", Data: make([]modelObject, len(models))}
	for i, model := range models {
		list.Data[i] = objectOf(model)
	}
	return jsonbody.Encode(list)
}

// Model writes the answer of /v1/models/{id}.
func Model(model Listed) ([]byte, error) {
	return jsonbody.Encode(objectOf(model))
}

func objectOf(model Listed) modelObject {
	object := modelObject{ID: model.Model.Name, Object: "model", OwnedBy: model.Owner, Pricing: model.Pricing}
	if !model.Created.IsZero() {
		object.Created = model.Created.Unix()
	}
	return object
}
