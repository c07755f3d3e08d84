package standard

import "errors"

// The closed list of reasons for which a bundle or a bill is refused.
var (
	ErrMalformed = errors.New("malformed")                                // not the form that the standard or its bounds ask for
	ErrMaterial  = errors.New("needs a verification that is not offline") // certificates, transparency logs, time stamps
	ErrKey       = errors.New("signed by another key")                    // the bundle's hint names another one
	ErrSignature = errors.New("signature does not match")                 // it covers the whole statement: something in it was changed
	ErrKind      = errors.New("statement of another kind")                // another predicate, or a version that is not known
	ErrRoot      = errors.New("digest of the whole differs from its parts")
	ErrFile      = errors.New("file differs from what was signed") // changed, missing, or not among the signed ones
)

// Reason is the word of the closed list for an error, or "" for an error of another origin.
func Reason(err error) string {
	for _, r := range []struct {
		err  error
		word string
	}{
		{ErrMalformed, "malformed"},
		{ErrMaterial, "material"},
		{ErrKey, "key"},
		{ErrSignature, "signature"},
		{ErrKind, "kind"},
		{ErrRoot, "root"},
		{ErrFile, "file"},
	} {
		if errors.Is(err, r.err) {
			return r.word
		}
	}
	return ""
}
