package index_test

import (
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/index"
	"ayni.example/internal/prooftest"
	"ayni.example/internal/testchain"
)

// TestProofs: what the ledger verified is found by its account; the proof itself, hundreds of kilobytes, stays out.
func TestProofs(t *testing.T) {
	c, model := testchain.New(t, testchain.Config{}), prooftest.New(t, 1)
	me := sdk.AccAddress(c.Keys[1].PubKey().Address())
	if _, _, err := c.Client(1).RegisterModel(t.Context(), model.Registration(me)); err != nil {
		t.Fatal(err)
	}
	done, err := c.Client(1).SubmitProof(t.Context(), model.Submission(testchain.ChainID, me, "item", 1, 1, 2, 3, 4))
	if err != nil {
		t.Fatal(err)
	}
	x := start(t, c.Client(0), c, filepath.Join(t.TempDir(), "index.db"))
	x.caughtUp(t, done.Height)
	for _, name := range []string{"ayni.zkml.v1.EventRegistered", "ayni.zkml.v1.EventVerified"} {
		list, err := x.Events(t.Context(), index.EventFilter{Type: name}, index.Page{Limit: 5})
		if err != nil || len(list) != 1 || !strings.Contains(string(list[0].Attributes), c.Address(1)) {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
}
