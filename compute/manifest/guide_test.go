package manifest_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ayni.example/compute/manifest"
)

// tableRow is a line of a table of the guide: a field, what becomes of it, and the example that shows it.
type tableRow struct{ field, verdict, example string }

func guideRows(t *testing.T, heading string) []tableRow {
	t.Helper()
	text, err := os.ReadFile("../../docs/guide/deploy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("the guide has no section %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	form := regexp.MustCompile("(?m)^\\| `([^`]+)`[^|]*\\| *([^|]*?) *\\|(?:.*\\|)? `([^`]+\\.yaml)` \\|$")
	matches := form.FindAllStringSubmatch(section, -1)
	rows := make([]tableRow, 0, len(matches))
	for _, m := range matches {
		rows = append(rows, tableRow{m[1], strings.TrimSpace(m[2]), m[3]})
	}
	return rows
}

// read is what the reader made of an example.
type read struct {
	fields map[string]bool
	err    error
}

func readExamples(t *testing.T) map[string]read {
	t.Helper()
	all := make(map[string]read)
	for _, file := range exampleFiles(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fields, _, err := manifest.Fields(filepath.Base(file), text, manifest.Options{Lookup: environment})
		all[filepath.Base(file)] = read{fields, err}
	}
	return all
}

// TestGuideSDL holds the guide's table to the reader: it has every field of SDL, a field that runs stands in an example that deploys,
// and one that is refused is refused in its example with the reason that the table gives.
func TestGuideSDL(t *testing.T) {
	checkGuide(t, "Akash SDL", "sdl-")
}

// TestGuideNative does the same for our own format.
func TestGuideNative(t *testing.T) {
	checkGuide(t, "Fields", "")
}

func checkGuide(t *testing.T, heading, prefix string) {
	t.Helper()
	examples, told := readExamples(t), make(map[string]bool)
	for _, row := range guideRows(t, heading) {
		told[row.field] = true
		example, ok := examples[row.example]
		reason, refused := strings.CutPrefix(row.verdict, "refused: ")
		switch {
		case !ok:
			t.Errorf("%s: there is no example %s", row.field, row.example)
		case !example.fields[row.field] && (prefix != "" || !example.fields["services.*."+row.field]):
			t.Errorf("%s does not stand in %s", row.field, row.example)
		case refused && !refuses(example.err, row.field, reason):
			t.Errorf("%s: %s does not refuse it because %q:\n%v", row.field, row.example, reason, example.err)
		case !refused && example.err != nil:
			t.Errorf("%s: %s does not deploy: %v", row.field, row.example, example.err)
		}
	}
	for name, example := range examples {
		if strings.HasPrefix(name, "sdl-") != (prefix == "sdl-") {
			continue
		}
		for field := range example.fields {
			if prefix == "" { // fields of a service stand at the top when there is one
				field = strings.TrimPrefix(field, "services.*.")
			}
			if !told[field] {
				t.Errorf("the guide has no row for %s", field)
				told[field] = true
			}
		}
	}
}

// refuses tells whether an error concerns the field, whatever names and numbers stand in its path.
func refuses(err error, field, reason string) bool {
	var list manifest.Errors
	errors.As(err, &list)
	form := strings.NewReplacer(`\.\*`, `\.[^.]+`, `\[\]`, `\[\d+\]`).Replace(regexp.QuoteMeta(field))
	for _, e := range list {
		if regexp.MustCompile("^"+form+"$").MatchString(e.Field) && e.Line > 0 && strings.Contains(e.Cause, reason) {
			return true
		}
	}
	return false
}
