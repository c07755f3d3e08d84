package vault

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"ayni.example/internal/canon"
)

// lineMax bounds one entry.
const lineMax = 4 << 10

// Access is what an entry says: ids and addresses, never a name or content.
type Access struct {
	Object  string `json:"object"`
	Item    string `json:"item,omitempty"` // its file
	Grant   string `json:"grant,omitempty"`
	Reader  string `json:"reader,omitempty"` // account; "" is the owner
	Peer    string `json:"peer,omitempty"`
	Action  string `json:"action"`
	Bytes   int64  `json:"bytes,omitempty"`
	Height  int64  `json:"height,omitempty"` // of the ledger at which it was allowed
	Refused string `json:"refused,omitempty"`
}

// Entry is one line of the log. Sum covers the line before and Text's own sum, so that Access may be forgotten while the chain stays.
type Entry struct {
	Number uint64  `json:"number"`
	At     int64   `json:"at"` // seconds of Unix time
	Text   string  `json:"text"`
	Sum    string  `json:"sum"`
	Salt   []byte  `json:"salt,omitempty"`   // of Text, gone with Access
	Access *Access `json:"access,omitempty"` // nil once it was erased
}

func textSum(salt []byte, a Access) (string, error) {
	body, err := canon.Marshal(a)
	sum := canon.Sum("ayni/vault/access/1", salt, body)
	return hex.EncodeToString(sum[:]), err
}

func (e Entry) sum(before string) string {
	s := canon.Sum("ayni/vault/log/1", []byte(before), []byte(strconv.FormatUint(e.Number, 10)), []byte(strconv.FormatInt(e.At, 10)), []byte(e.Text))
	return hex.EncodeToString(s[:])
}

// Record writes an access down; it is on the disk when this returns, so that what is given after it is logged.
func (v *Vault) Record(ctx context.Context, a Access) error {
	release, err := v.lock(ctx)
	if err != nil {
		return err
	}
	defer release()
	last, err := v.last()
	if err != nil {
		return err
	}
	e := Entry{Number: last.Number + 1, At: v.now().Unix(), Salt: make([]byte, 16), Access: &a}
	if _, err := io.ReadFull(v.random, e.Salt); err != nil {
		return fmt.Errorf("draw a salt: %w", err)
	}
	if e.Text, err = textSum(e.Salt, a); err != nil {
		return err
	}
	e.Sum = e.sum(last.Sum)
	line, err := canon.Marshal(e)
	if err != nil {
		return err
	}
	if len(line) >= lineMax {
		return fmt.Errorf("%w: an entry of %d bytes", ErrLog, len(line))
	}
	file, err := os.OpenFile(v.logPath(), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open access log: %w", err)
	}
	_, err = file.Write(append(line, '\n'))
	return errors.Join(err, file.Sync(), file.Close())
}

// last is the last whole entry; a line that a crash or a full disk cut is taken off.
func (v *Vault) last() (Entry, error) {
	file, err := os.OpenFile(v.logPath(), os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return Entry{}, nil
	}
	if err != nil {
		return Entry{}, err
	}
	defer file.Close() //nolint:errcheck // truncation is synced by the write that follows
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return Entry{}, err
	}
	from := max(0, size-2*lineMax)
	tail := make([]byte, size-from)
	if _, err := file.ReadAt(tail, from); err != nil {
		return Entry{}, err
	}
	end := bytes.LastIndexByte(tail, '\n') + 1
	if int64(end) < int64(len(tail)) {
		if err := file.Truncate(from + int64(end)); err != nil {
			return Entry{}, err
		}
	}
	if end == 0 {
		return Entry{}, nil
	}
	line := tail[bytes.LastIndexByte(tail[:end-1], '\n')+1 : end-1]
	var e Entry
	if err := json.Unmarshal(line, &e); err != nil {
		return e, fmt.Errorf("%w: its last line: %w", ErrLog, err)
	}
	return e, nil
}

// Log gives every entry in turn and checks the chain; ErrLog names the first line that was changed, taken out or put in.
func (v *Vault) Log(each func(Entry) error) error {
	file, err := os.Open(v.logPath())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, lineMax), lineMax)
	lines.Split(whole)
	before := Entry{}
	for lines.Scan() {
		var e Entry
		if err := canon.Unmarshal(lines.Bytes(), &e, canon.Limits{Bytes: lineMax, Depth: 4}); err != nil {
			return fmt.Errorf("%w: line %d: %w", ErrLog, before.Number+1, err)
		}
		if err := e.follows(before); err != nil {
			return err
		}
		if err := each(e); err != nil {
			return err
		}
		before = e
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrLog, err)
	}
	return nil
}

// whole splits lines and leaves one out that a crash cut: nothing was given after it.
func whole(data []byte, _ bool) (int, []byte, error) {
	if at := bytes.IndexByte(data, '\n'); at >= 0 {
		return at + 1, data[:at], nil
	}
	return 0, nil, nil
}

func (e Entry) follows(before Entry) error {
	if e.Number != before.Number+1 || e.Sum != e.sum(before.Sum) {
		return fmt.Errorf("%w: entry %d does not follow entry %d", ErrLog, e.Number, before.Number)
	}
	if e.Access == nil {
		return nil
	}
	if text, err := textSum(e.Salt, *e.Access); err != nil || text != e.Text {
		return fmt.Errorf("%w: entry %d says something else than it did", ErrLog, e.Number)
	}
	return nil
}

// forget takes what entries say of an object out of the log; the chain stands. The caller holds the lock.
func (v *Vault) forget(object string) error {
	var out bytes.Buffer
	found := false
	err := v.Log(func(e Entry) error {
		if e.Access != nil && e.Access.Object == object {
			e.Access, e.Salt, found = nil, nil, true
		}
		line, err := canon.Marshal(e)
		out.Write(append(line, '\n'))
		return err
	})
	if err != nil || !found {
		return err
	}
	return v.replace(v.logPath(), out.Bytes())
}

func (v *Vault) logPath() string { return filepath.Join(v.dir, "log.jsonl") }
