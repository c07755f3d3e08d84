package index_test

import (
	"errors"
	"slices"
	"testing"

	"ayni.example/index"
)

// TestCheckFindsLostBlocks takes a block out of every table: what is not there cannot differ, and is missed all the same.
func TestCheckFindsLostBlocks(t *testing.T) {
	each(t, func(t *testing.T, fresh func() string) {
		t.Helper()
		address := fresh()
		x := open(t, &scripted{chain: "ayni_1-1", earliest: 1, height: 100}, address)
		x.caughtUp(t, 100)
		db := database(t, address)
		for _, table := range []string{"blocks", "txs", "messages", "events", "movements", "touches"} {
			if _, err := db.ExecContext(t.Context(), `DELETE FROM `+table+` WHERE height IN (1, 70)`); err != nil {
				t.Fatal(err)
			}
		}
		r, err := x.Check(t.Context(), 0, 0)
		if err != nil || r.OK() || !slices.Equal(r.Different, []int64{1, 70}) || r.Blocks != 98 {
			t.Errorf("%+v, %v", r, err)
		}
		for _, wrong := range [][2]int64{{101, 0}, {50, 49}} {
			if r, err := x.Check(t.Context(), wrong[0], wrong[1]); !errors.Is(err, index.ErrQuery) {
				t.Errorf("blocks %d: %+v, %v", wrong, r, err)
			}
		}
	})
}
