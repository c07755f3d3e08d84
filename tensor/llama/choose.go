package llama

import (
	"errors"

	"ayni.example/tensor/grammar"
	"ayni.example/tensor/sample"
)

// chooser chooses the tokens of one sequence.
type chooser struct {
	sampler *sample.Sampler
	matcher *grammar.Matcher // nil without a grammar
}

func (m *Model) chooser(prompt []int32, opt Options) (chooser, error) {
	sampler, err := sample.New(opt.sampling(), prompt)
	if err != nil || opt.Grammar == nil {
		return chooser{sampler: sampler}, err
	}
	matcher, err := opt.Grammar.Start(m.words())
	if err != nil {
		return chooser{}, err
	}
	sampler.Constrain(matcher)
	return chooser{sampler, matcher}, nil
}

// next chooses the token that follows, and may change the logits. NoToken says that the text is complete and nothing can
// follow, not even an end token, which the model does not have.
func (c *chooser) next(logits []float32) (int32, error) {
	id, err := c.sampler.Next(logits)
	if errors.Is(err, sample.ErrNoToken) && c.matcher.Done() {
		return NoToken, nil
	}
	return id, err
}

// vocabulary is what the tokens of the model spell.
func (m *Model) vocabulary() *grammar.Vocabulary {
	var ends []int32
	for id := range int32(m.Vocab) {
		if m.Tokenizer.Ends(id) {
			ends = append(ends, id)
		}
	}
	return grammar.NewVocabulary(m.Vocab, m.Tokenizer.Piece, ends)
}
