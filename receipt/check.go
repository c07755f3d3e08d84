package receipt

import "fmt"

// Held is what the user holds beside the file; nil means that it is not at hand, empty that it is and has no bytes.
type Held struct {
	Request []byte // raw body of the HTTP request
	Answer  []byte // raw body of the HTTP response, or the text of the answer
}

// Matched tells what an answer that the user holds was found equal to.
type Matched string

// The ways in which held content is bound.
const (
	NotCompared     Matched = ""         // not at hand
	MatchedBody     Matched = "request"  // request: the body, by the provider's signature
	MatchedText     Matched = "answer"   // answer: the text, by the provider's signature
	MatchedResponse Matched = "response" // answer: the response's bytes, by the gateway's signature
)

// Report is the leaf's part of a verdict: signatures, content and amounts. Proofs are for package client/proof.
type Report struct {
	Digest     Digest   // of the receipt
	Head       Digest   // where receipt and chain lead; the settled claim must show it
	Request    Matched  // how the held request was bound
	Answer     Matched  // how the held answer was bound
	Delivery   bool     // the gateway's note was present and right
	Checked    []string // for people, in order
	NotChecked []string
}

// Check verifies the file against itself and against what the user holds.
func (f File) Check(held Held) (Report, error) {
	var report Report
	if err := f.Receipt.Check(); err != nil {
		return Report{}, err
	}
	if err := f.validate(); err != nil {
		return Report{}, err
	}
	report.checked("the provider's signature covers every field", "the total follows from usage and price")
	var err error
	if report.Digest, err = f.Receipt.Digest(); err != nil {
		return Report{}, err
	}
	if report.Head, err = f.Head(); err != nil {
		return Report{}, err
	}
	if f.Opening != nil && f.Opening.Salt.Digest() != f.Receipt.SaltDigest {
		return Report{}, ErrSalt
	}
	if f.Delivery != nil {
		if err := f.Delivery.Check(f.Receipt); err != nil {
			return Report{}, err
		}
		report.Delivery = true
		report.checked("the gateway's signature over the response it delivered")
	}
	if err := f.checkRequest(held.Request, &report); err != nil {
		return Report{}, err
	}
	if err := f.checkAnswer(held.Answer, &report); err != nil {
		return Report{}, err
	}
	return report, nil
}

// checkRequest compares the request that the user holds.
func (f File) checkRequest(body []byte, report *Report) error {
	if body == nil {
		report.notChecked("the request was not given, so it was not compared")
		return nil
	}
	if f.Opening == nil {
		return fmt.Errorf("%w: the file has no opening to compare the request with", ErrSalt)
	}
	if f.Opening.Salt.Request(body) != f.Receipt.Request {
		return ErrRequest
	}
	report.Request = MatchedBody
	report.checked("the request is the one that was asked")
	return nil
}

// checkAnswer compares the answer that the user holds: as text first, since that is the provider's own word.
func (f File) checkAnswer(answer []byte, report *Report) error {
	if answer == nil {
		report.notChecked("the answer was not given, so it was not compared")
		return nil
	}
	if f.Opening == nil {
		return fmt.Errorf("%w: the file has no opening to compare the answer with", ErrSalt)
	}
	switch {
	case f.Opening.Salt.Answer(answer) == f.Receipt.Answer:
		report.Answer = MatchedText
		report.checked("the answer's text is the one that the provider signed")
	case f.Delivery != nil && f.Opening.Salt.Response(answer) == f.Delivery.Response:
		report.Answer = MatchedResponse
		report.checked("the answer is, byte for byte, the response that the gateway delivered")
	default:
		return ErrAnswer
	}
	return nil
}

func (r *Report) checked(what ...string)    { r.Checked = append(r.Checked, what...) }
func (r *Report) notChecked(what ...string) { r.NotChecked = append(r.NotChecked, what...) }
