package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/artifact/seal"
	"ayni.example/chain"
	"ayni.example/p2p"
	"ayni.example/provenance/vault"
	"ayni.example/web/operator"
)

// What must be found nowhere but in the owner's vault, where it is encrypted.
var personal = []string{"Zsofia Planted", "zsofia.planted@example.org", "planted-diary", "planted-purpose", "planted words"}

const planted1 = "planted words of Zsofia Planted <zsofia.planted@example.org>\n"

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// TestVault has an owner, a grantee and a thief, each a process of its own: grant, read, revoke, erase; what a thief may try; and what
// is left on the disks.
func TestVault(t *testing.T) {
	t.Parallel()
	list := machines(t, 3, "--log", "debug")
	owner, grantee, thief := newPerson(t, list[0]), newPerson(t, list[1]), newPerson(t, list[2])
	dir := t.TempDir()
	folder := filepath.Join(dir, "Zsofia Planted")
	must(t, os.Mkdir(folder, 0o700))
	for name, text := range map[string]string{"planted-diary.txt": planted1, "planted-diary-2.txt": strings.Repeat(planted1, 20_000), "other.txt": "not granted"} {
		must(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	var object struct{ ID string }
	must(t, json.Unmarshal(owner.run("vault", "add", folder, "--json"), &object))
	g := owner.grant(t, "Zsofia Planted", grantee, "30d")
	second := owner.grant(t, object.ID, grantee, "30d")
	brief := owner.grant(t, object.ID, grantee, "10s")
	granted(t, owner, grantee, g, dir)
	must(t, stolen(t, owner, grantee, thief, g, second))
	backedUp(t, owner, dir)
	chainID := read[operator.Network](owner.node, "network", "show").ChainID
	wait(t, time.Minute, "the end of a short grant", func() error {
		s, challenge := grantee.stream(t, owner)
		defer s.Break()
		if got := talk(t, s, grantee.ask(t, owner, chainID, brief.ID, "planted-purpose", challenge)); got.Error != "expired" {
			return errorf("%q", got.Error)
		}
		return nil
	})
	grantee.refused(t, "hint", "vault", "read", brief.ID, "-o", "-")
	programmed(t, owner, object.ID)
	clicked(t, owner, grantee, g)
	grantee.refused(t, "the grant was revoked", "vault", "read", g.ID, "--item", "planted-diary.txt", "-o", "-")
	if got := grantee.run("vault", "read", second.ID, "--item", "planted-diary.txt", "-o", "-"); string(got) != planted1 {
		t.Errorf("the other grant after a revocation: %q", got)
	}
	for _, p := range []*person{owner, grantee, thief} {
		must(t, p.host.Close()) // which has the peer id of the machine that is to be asked now
	}
	erased(t, owner, grantee, thief, object.ID, second)
	clean(t, owner, grantee, thief)
}

// granted reads as the grantee, and as nobody else.
func granted(t *testing.T, owner, grantee *person, g operator.VaultGrant, dir string) {
	t.Helper()
	seen := read[[]operator.VaultGrant](grantee.node, "vault", "granted")
	if len(seen) < 2 || seen[0].Owner != owner.address {
		t.Errorf("granted: %+v", seen)
	}
	opened := read[operator.VaultOpened](grantee.node, "vault", "read", g.ID)
	if len(opened.Items) != 2 || opened.Purpose != "planted-purpose" {
		t.Errorf("opened: %+v", opened)
	}
	out := filepath.Join(dir, "out")
	grantee.run("vault", "read", g.ID[:12], "--item", "planted-diary-2.txt", "-o", out)
	if got := readFile(t, out); got != strings.Repeat(planted1, 20_000) {
		t.Errorf("%d bytes came", len(got))
	}
	must(t, os.Remove(out))
	grantee.refused(t, "outside of the grant's scope", "vault", "read", g.ID, "--item", "other.txt", "-o", "-")
	grantee.refused(t, "not the grant's purpose", "vault", "read", g.ID, "--item", "planted-diary.txt", "--purpose", "advertising", "-o", "-")
	grants := read[[]operator.VaultGrant](owner.node, "vault", "grants")
	if len(grants) != 3 || grants[0].Reads+grants[1].Reads+grants[2].Reads != 1 {
		t.Errorf("grants: %+v", grants)
	}
	if log := string(owner.run("vault", "log")); !strings.Contains(log, "open refused: purpose") || !strings.Contains(log, grantee.address) {
		t.Errorf("log: %s", log)
	}
}

// stolen is what a thief tries who has all that travelled and all that lies on the grantee's disk.
func stolen(t *testing.T, owner, grantee, thief *person, g, second operator.VaultGrant) error {
	t.Helper()
	chainID := read[operator.Network](owner.node, "network", "show").ChainID
	thief.refused(t, "the vault has no such grant", "vault", "read", g.ID, "-o", "-")
	mine, challenge := grantee.stream(t, owner)
	defer mine.Break()
	request := grantee.ask(t, owner, chainID, g.ID, "planted-purpose", challenge)
	opened := talk(t, mine, request)
	if opened.Error != "" || opened.Wrap == nil {
		return errorf("the grantee itself: %q", opened.Error)
	}
	expect := func(name string, s *p2p.Stream, message any, want string) {
		t.Helper()
		if got := talk(t, s, message); got.Error != want || got.Wrap != nil {
			t.Errorf("%s: %q, want %q", name, got.Error, want)
		}
	}
	theirs, fresh := thief.stream(t, owner)
	defer theirs.Break()
	expect("by the thief's own account", theirs, thief.ask(t, owner, chainID, g.ID, "planted-purpose", fresh), "reader")
	expect("a request that was overheard", theirs, request, "holder")
	expect("a request sent again", mine, request, "replayed")
	again, challenge := grantee.stream(t, owner)
	defer again.Break()
	expect("a request sent again on another stream", again, request, "replayed")
	expect("for another network", again, grantee.ask(t, owner, "ayni-other", g.ID, "planted-purpose", challenge), "network")
	items, err := grantee.vault.Unwrap(*opened.Wrap)
	must(t, err)
	other, _ := thief.stream(t, owner)
	defer other.Break()
	expect("a capability that was stolen", other, map[string]any{"read": map[string]any{"capability": opened.Capability, "file": items[0].File}}, "capability")
	if !errors.Is(func() error { _, err := thief.vault.Unwrap(*opened.Wrap); return err }(), vault.ErrWrap) {
		t.Error("the grantee's wrap opens for the thief")
	}
	moved := *opened.Wrap
	elsewhere, err := owner.vault.Granted(second.ID)
	must(t, err)
	moved.Terms = elsewhere.Terms
	if _, err := grantee.vault.Unwrap(moved); !errors.Is(err, vault.ErrWrap) {
		t.Errorf("a wrap moved to another grant: %v", err)
	}
	raw := []byte(readFile(t, filepath.Join(grantee.home, "vault", "received", g.ID+".age")))
	must(t, os.WriteFile(filepath.Join(thief.home, "vault", "received", g.ID+".age"), raw, 0o600))
	if _, err := thief.vault.Held(g.ID); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("the grantee's own file: %v", err)
	}
	return os.Remove(filepath.Join(thief.home, "vault", "received", g.ID+".age"))
}

// backedUp opens the owner's backup with the stock tool.
func backedUp(t *testing.T, owner *person, dir string) {
	t.Helper()
	tool := filepath.Join(dir, "age")
	build := exec.Command("go", "build", "-o", tool, "filippo.io/age/cmd/age")
	build.Dir, build.Env = filepath.Join("..", ".."), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the stock tool: %v\n%s", err, out)
	}
	identity, recipient, err := seal.NewKey()
	must(t, err)
	key, to, ids := filepath.Join(dir, "key"), filepath.Join(dir, "backup"), filepath.Join(dir, "ids")
	must(t, os.WriteFile(key, []byte(identity+"\n"), 0o600))
	owner.run("vault", "backup", to, "--to", recipient)
	age := func(args ...string) []byte {
		out, err := exec.Command(tool, args...).Output()
		if err != nil {
			t.Fatalf("age %v: %v", args, err)
		}
		return out
	}
	must(t, os.WriteFile(ids, age("-d", "-i", key, filepath.Join(to, "keyring.age")), 0o600))
	found := 0
	files, err := filepath.Glob(filepath.Join(to, "*.age"))
	must(t, err)
	for _, file := range files {
		if filepath.Base(file) != "keyring.age" && string(age("-d", "-i", ids, file)) == planted1 {
			found++
		}
	}
	if len(files) != 4 || found != 1 {
		t.Errorf("%d files in the backup, %d of them the diary", len(files), found)
	}
	if hit := within(t, to); len(hit) > 0 {
		t.Errorf("in the clear in the backup: %v", hit)
	}
}

// erased destroys the object while the thief's machine holds a replica, which erases it.
func erased(t *testing.T, owner, grantee, thief *person, object string, second operator.VaultGrant) {
	t.Helper()
	shared := read[operator.VaultShared](owner.node, "vault", "share", object)
	var digest string
	for _, f := range shared.Files {
		if f.Item == "planted-diary.txt" {
			digest = f.Digest
		}
	}
	thief.run("vault", "keep", digest, "--owner", owner.address)
	grantee.run("vault", "read", second.ID, "--item", "planted-diary.txt", "-o", "-")
	if got := grantee.run("vault", "read", second.ID, "--item", "planted-diary.txt", "--replica", "-o", "-"); string(got) != planted1 {
		t.Errorf("from a replica: %q", got)
	}
	e := read[operator.VaultErasure](owner.node, "vault", "erase", object)
	replies := map[string]string{}
	for _, r := range e.Replicas {
		replies[r.Holder] += r.Reply
	}
	if !e.Here || !e.Ledger || !e.Done || replies[thief.address] != "erased" || replies[grantee.address] != "erased" {
		t.Errorf("erasure %+v, replicas %v", e, replies)
	}
	grantee.refused(t, "the object was erased", "vault", "read", second.ID, "--item", "planted-diary.txt", "-o", "-")
	owner.refused(t, "the object was erased", "vault", "cat", object, "--item", "planted-diary.txt")
	owner.refused(t, "", "artifact", "get", digest, "--from", thief.provider.Endpoints[0]+"/p2p/"+thief.provider.PeerID)
	if list := read[[]json.RawMessage](owner.node, "vault", "list"); len(list) != 0 {
		t.Errorf("%d objects are left", len(list))
	}
	for _, line := range read[[]vault.Entry](owner.node, "vault", "log") {
		if line.Access != nil {
			t.Errorf("the log still says %+v", line.Access)
		}
	}
}

// within are the files below a folder in which something personal stands, in the clear or in their names.
func within(tb testing.TB, dir string) []string {
	tb.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a process is at work there
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		for _, text := range personal {
			if bytes.Contains(b, []byte(text)) || strings.Contains(strings.TrimPrefix(path, dir), text) {
				found = append(found, path+": "+text)
			}
		}
		return err
	})
	must(tb, err)
	return found
}

// clean looks for what is personal in every file of the three homes, in logs, metrics, receipts, and the exported state.
func clean(t *testing.T, people ...*person) {
	t.Helper()
	for _, p := range people {
		said := p.err.String()
		for _, path := range []string{"/metrics", "/receipts"} {
			res, err := http.Get(p.url + path)
			must(t, err)
			text, err := io.ReadAll(res.Body)
			must(t, errors.Join(err, res.Body.Close()))
			said += string(text)
		}
		p.quit()
		app, done, err := chain.OpenState(p.home)
		must(t, err)
		doc, err := app.Export("ayni-export", time.Now())
		done()
		must(t, err)
		said += string(doc.AppState)
		if !strings.Contains(said, `"grants":[{`) && p == people[0] {
			t.Error("the exported state has no grant: it is not the one that was meant")
		}
		for _, text := range personal {
			if strings.Contains(said, text) {
				t.Errorf("%s: %q in logs, metrics, receipts or state", p.home, text)
			}
		}
		if hit := within(t, p.home); len(hit) > 0 {
			t.Errorf("in the clear: %v", hit)
		}
	}
}
