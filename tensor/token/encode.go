package token

// Encode turns text into ids. Control tokens written in the text stay text, so that what a
// user types can never end a turn; use EncodeSpecial for a rendered chat template.
func (t *Tokenizer) Encode(text string) []int32 { return t.encode(nil, text, false) }

// EncodeSpecial is Encode, with control tokens recognised by their names.
func (t *Tokenizer) EncodeSpecial(text string) []int32 { return t.encode(nil, text, true) }

// Document is the ids of a whole text, as an embedding wants it: those of Prompt, and EOS when
// the model wants one.
func (t *Tokenizer) Document(text string, special bool) []int32 {
	out := t.Prompt(text, special)
	if t.AddEOS && (len(out) == 0 || out[len(out)-1] != t.EOS) {
		out = append(out, t.EOS)
	}
	return out
}

// Prompt is the ids of a text to go on from: BOS when the model wants one, then the text.
func (t *Tokenizer) Prompt(text string, special bool) []int32 {
	var out []int32
	if t.AddBOS {
		out = append(out, t.BOS)
	}
	n := len(out)
	out = t.encode(out, text, special)
	if t.AddBOS && len(out) > n && out[n] == t.BOS && special {
		out = out[n:] // the template wrote BOS itself
	}
	return out
}

func (t *Tokenizer) encode(dst []int32, text string, control bool) []int32 {
	start := 0
	flush := func(end int) {
		if t.spm {
			dst = t.encodeSPM(dst, text[start:end])
		} else {
			dst = t.encodeBPE(dst, text[start:end])
		}
	}
	for i := 0; i < len(text); {
		id := t.specialAt(text[i:], control)
		if id == none {
			i++
			continue
		}
		flush(i)
		dst = append(dst, id)
		i += len(t.specialName[id])
		start = i
	}
	flush(len(text))
	return dst
}

// specialAt is the longest special token at the start of s, or none.
func (t *Tokenizer) specialAt(s string, control bool) int32 {
	return t.special.longest(s, func(id int32) bool { return control || t.types[id] == typeUserDefined })
}
