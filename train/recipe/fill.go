package recipe

// poolMaxBytes is more than a contribution to a pool may have.
const poolMaxBytes = 128 << 20

// fill gives absent fields their defaults. p tells absent from zero.
func (r *Recipe) fill(p *located) {
	if !p.has("mode") {
		r.Mode = Pretrain
		if r.Model.From != "" {
			r.Mode = Full
		}
	}
	number := func(field string, v *float64, missing float64) {
		if !p.has(field) {
			*v = missing
		}
	}
	count := func(field string, v *int, missing int) {
		if !p.has(field) {
			*v = missing
		}
	}
	r.Terms.Commercial = r.Terms.Commercial || !p.has("terms.commercial")
	r.Terms.Derivatives = r.Terms.Derivatives || !p.has("terms.derivatives")
	if r.Model.From == "" {
		count("model.kv_heads", &r.Model.KVHeads, r.Model.Heads)
		count("model.head_size", &r.Model.HeadSize, r.Model.Width/max(1, r.Model.Heads))
		number("model.rope_base", &r.Model.RopeBase, 10000)
		number("model.epsilon", &r.Model.Epsilon, 1e-5)
	}
	if r.Tokenizer.From == "" && r.Mode == Pretrain && !p.has("tokenizer.splitter") {
		r.Tokenizer.Splitter = "gpt-2"
	}
	if !p.has("data.max_bytes") {
		r.Data.MaxBytes = 16 << 20
		if _, pooled := r.Pool(); pooled {
			r.Data.MaxBytes = poolMaxBytes // whatever a pool accepted
		}
	}
	if !p.has("data.held_out") && r.Data.List == "" {
		r.Data.HeldOut = 20
	}
	if r.Data.Copyright == "" {
		r.Data.Copyright = "keep"
	}
	number("schedule.rate", &r.Schedule.Rate, map[Mode]float64{Pretrain: 2e-3, LoRA: 1e-3}[r.Mode])
	if r.Schedule.Rate == 0 && !p.has("schedule.rate") {
		r.Schedule.Rate = 2e-4
	}
	number("schedule.least", &r.Schedule.Least, r.Schedule.Rate/32)
	if r.Schedule.Shape == "" {
		r.Schedule.Shape = "cosine"
	}
	number("optimiser.beta1", &r.Optimiser.Beta1, 0.9)
	number("optimiser.beta2", &r.Optimiser.Beta2, 0.95)
	number("optimiser.epsilon", &r.Optimiser.Epsilon, 1e-8)
	number("optimiser.decay", &r.Optimiser.Decay, map[Mode]float64{Pretrain: 0.1}[r.Mode])
	number("optimiser.clip", &r.Optimiser.Clip, 1)
	count("batch.windows", &r.Batch.Windows, 8)
	count("batch.length", &r.Batch.Length, min(256, max(r.Model.Context, 16)))
	if r.Model.From != "" && !p.has("batch.length") {
		r.Batch.Length = 256
	}
	count("batch.micro", &r.Batch.Micro, min(4, r.Batch.Windows))
	if r.Mode == LoRA {
		count("lora.rank", &r.LoRA.Rank, 8)
		number("lora.alpha", &r.LoRA.Alpha, float64(2*r.LoRA.Rank))
		if len(r.LoRA.Targets) == 0 {
			r.LoRA.Targets = []string{"attn_q", "attn_v"}
		}
	}
	count("evaluate.every", &r.Evaluate.Every, 250)
	count("evaluate.windows", &r.Evaluate.Windows, 64)
	count("checkpoint.every", &r.Checkpoint.Every, 100)
	if len(r.Export.Types) == 0 {
		r.Export.Types = []string{"F32"}
	}
}
