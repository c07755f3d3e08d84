// Package seal encrypts artifacts before they are stored: what has a digest, lies on disks and travels between machines is the
// ciphertext, an ordinary age file. Only its length is told to who holds it.
package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

// mark begins every age file that is not armoured.
const mark = "age-encryption.org/v1\n"

// recipientsMost bounds who may open one artifact: each costs a line of its header.
const recipientsMost = 64

// ErrSealed says that an artifact does not open.
var ErrSealed = errors.New("the artifact does not open")

// Recipients reads public keys, as `age-keygen` writes them.
func Recipients(keys []string) ([]age.Recipient, error) {
	if len(keys) == 0 || len(keys) > recipientsMost {
		return nil, fmt.Errorf("%d recipients: want 1 to %d", len(keys), recipientsMost)
	}
	return age.ParseRecipients(strings.NewReader(strings.Join(keys, "\n")))
}

// Identities reads a file of secret keys.
func Identities(file io.Reader) ([]age.Identity, error) {
	const most = 1 << 16
	return age.ParseIdentities(io.LimitReader(file, most))
}

// NewKey makes a secret key and its recipient, as texts that stock age reads.
func NewKey() (identity, recipient string, err error) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return "", "", fmt.Errorf("make a key: %w", err)
	}
	return key.String(), key.Recipient().String(), nil
}

// Seal encrypts what source gives.
func Seal(to io.Writer, source io.Reader, recipients []age.Recipient) error {
	w, err := age.Encrypt(to, recipients...)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	if _, err := io.Copy(w, source); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	return w.Close()
}

// Open decrypts. Each piece is authentic before it is written; an error at the end, such as for a file that was cut, says that
// what was written is not all and must not be used.
func Open(to io.Writer, sealed io.Reader, identities []age.Identity) error {
	r, err := age.Decrypt(sealed, identities...)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSealed, err)
	}
	if _, err := io.Copy(to, r); err != nil {
		return fmt.Errorf("%w: %w", ErrSealed, err)
	}
	return nil
}

// IsSealed looks at the beginning of a blob.
func IsSealed(blob io.ReaderAt) bool {
	b := make([]byte, len(mark))
	n, _ := blob.ReadAt(b, 0)
	return bytes.Equal(b[:n], []byte(mark))
}
