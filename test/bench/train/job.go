package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"ayni.example/tensor"
	"ayni.example/tensor/grad"
)

// job is a training run that both sides do.
type job struct {
	Shape  grad.Shape
	LoRA   *grad.LoRA
	Batch  int // sequences
	Length int // tokens of a sequence, of which the first is only read
	Steps  int // batches; a longer run starts over
	Rate   float64
	Config grad.Config
}

// starter is the starter model's shape and batch.
func starter() job {
	return job{
		Shape: grad.Shape{
			Vocab: 2048, Context: 256, Width: 192, Layers: 6, Heads: 6, KVHeads: 3, HeadSize: 32, Inner: 512,
			Base: 10000, Eps: 1e-5,
		},
		Batch: 8, Length: 257, Steps: 4, Rate: 1e-3, Config: grad.DefaultConfig(),
	}
}

// tokens of a step follow a rule with noise, so that there is something to learn.
func (j *job) tokens(step int) [][]int32 {
	list := make([][]int32, j.Batch)
	for i := range list {
		list[i] = make([]int32, j.Length)
		for t := range list[i] {
			b := grad.Block(11, grad.DomainOrder, uint32(step%j.Steps*j.Batch+i), uint64(t))
			list[i][t] = int32(b[0] % uint32(j.Shape.Vocab))
			if t > 0 && b[1]%4 != 0 {
				list[i][t] = (list[i][t-1]*5 + 3) % int32(j.Shape.Vocab)
			}
		}
	}
	return list
}

// own is our side.
type own struct {
	job
	model   *grad.Model
	trainer *grad.Trainer
	at      int
}

func (j *job) own(threads int) (*own, error) {
	m, err := grad.New(j.Shape, 1)
	if err != nil {
		return nil, err
	}
	if j.LoRA != nil {
		if err := m.AddLoRA(*j.LoRA); err != nil {
			return nil, err
		}
	}
	t, err := grad.NewTrainer(m, tensor.NewPool(threads), j.Config)
	if err != nil {
		return nil, err
	}
	return &own{job: *j, model: m, trainer: t}, nil
}

// step returns the mean loss of a batch before the update.
func (o *own) step() (float64, error) {
	loss, err := o.trainer.Accumulate(o.tokens(o.at))
	if err != nil {
		return 0, err
	}
	loss /= float64(o.trainer.Targets())
	_, err = o.trainer.Apply(o.Rate)
	o.at++
	return loss, err
}

// export writes what the peer reads: run.json, weights.bin and tokens.bin, little-endian.
func (o *own) export(folder string) error {
	type param struct {
		Name   string `json:"name"`
		Rows   int    `json:"rows"`
		Cols   int    `json:"cols"`
		Vector bool   `json:"vector"`
		Decay  bool   `json:"decay"`
		Frozen bool   `json:"frozen"`
	}
	s, c := o.Shape, o.Config
	run := map[string]any{
		"layers": s.Layers, "heads": s.Heads, "kv_heads": s.KVHeads, "head_size": s.HeadSize, "inner": s.Inner,
		"base": s.Base, "eps": s.Eps, "half_split": s.HalfSplit,
		"batch": o.Batch, "length": o.Length, "steps": o.Steps, "rate": o.Rate,
		"beta1": c.Beta1, "beta2": c.Beta2, "adam_eps": c.Eps, "decay": c.Decay, "max_norm": c.MaxNorm,
	}
	if o.LoRA != nil {
		run["lora_scale"] = float64(o.LoRA.Alpha) / float64(o.LoRA.Rank)
	}
	params := make([]param, 0, len(o.model.Params()))
	var weights, tokens bytes.Buffer
	for _, p := range o.model.Params() {
		params = append(params, param{p.Name, p.Rows, p.Cols, p.Vector, p.Decay, p.Frozen})
		_ = binary.Write(&weights, binary.LittleEndian, p.Data)
	}
	run["params"] = params
	for i := range o.Steps {
		for _, s := range o.tokens(i) {
			_ = binary.Write(&tokens, binary.LittleEndian, s)
		}
	}
	text, err := json.Marshal(run)
	if err != nil {
		return fmt.Errorf("describe the run: %w", err)
	}
	for name, data := range map[string][]byte{"run.json": text, "weights.bin": weights.Bytes(), "tokens.bin": tokens.Bytes()} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
