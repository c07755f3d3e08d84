package arch_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// absent marks a cell of the matrix that has nothing yet.
const absent = "–"

var quoted = regexp.MustCompile("`([^`]+)`")

// row is a line of the matrix: the words it is about, and its cells for agreed state, messages and what a machine does.
type row struct {
	words []string
	cells []string
}

// TestMatrix holds the matrix at the top of ARCHITECTURE.md to the folders: a named one exists, one that is marked absent does not.
func TestMatrix(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := matrix(string(text))
	var seen []string
	for _, r := range rows {
		seen = append(seen, r.words...)
		for _, word := range r.words {
			checkRow(t, root, word, r.cells)
		}
	}
	for _, p := range pillars {
		if !slices.Contains(seen, p) {
			t.Errorf("the matrix has no row for the pillar %s", p)
		}
	}
}

// matrix reads the tables whose first column is pillar or foundation.
func matrix(text string) []row {
	var rows []row
	inside := false
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case len(cells) != 6:
			inside = false
		case cells[0] == "pillar" || cells[0] == "foundation":
			inside = true
		case inside && !strings.HasPrefix(cells[0], "---"):
			rows = append(rows, row{words: names(cells[0]), cells: cells[1:4]})
		}
	}
	return rows
}

func names(cell string) []string {
	found := quoted.FindAllStringSubmatch(cell, -1)
	list := make([]string, 0, len(found))
	for _, m := range found {
		list = append(list, m[1])
	}
	return list
}

func checkRow(t *testing.T, root, word string, cells []string) {
	t.Helper()
	usual := []string{"x/" + word, "proto/ayni/" + word, word}
	for i, cell := range cells {
		if cell == absent {
			if exists(root, usual[i]) {
				t.Errorf("%s: the matrix says that there is nothing at %s, and there is", word, usual[i])
			}
			continue
		}
		folders := names(cell)
		if len(folders) == 0 {
			t.Errorf("%s: the cell %q names no folder: use %s for none", word, cell, absent)
		}
		for _, folder := range folders {
			if !exists(root, folder) {
				t.Errorf("%s: the matrix names %s, which is not there", word, folder)
			}
		}
	}
}

func exists(root, folder string) bool {
	info, err := os.Stat(filepath.Join(root, filepath.FromSlash(folder)))
	return err == nil && info.IsDir()
}

// TestMatrixReads keeps the reader honest: a row that it overlooked could claim anything.
func TestMatrixReads(t *testing.T) {
	rows := matrix("| pillar | a | b | c | d | e |\n| --- | --- | --- | --- | --- | --- |\n| `one`, `two` | `x/one` | – | `one/` | – | – |\n\ntext\n| `no` | – | – | – | – | – |\n")
	if len(rows) != 1 || !slices.Equal(rows[0].words, []string{"one", "two"}) || !slices.Equal(rows[0].cells, []string{"`x/one`", absent, "`one/`"}) {
		t.Fatalf("read %+v", rows)
	}
}
