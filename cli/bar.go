package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"ayni.example/internal/clock"
	"ayni.example/train"
)

// Times between two drawings of a bar, and between two lines where there is no terminal.
const (
	barEvery  = 200 * time.Millisecond
	lineEvery = 30 * time.Second
)

// bar shows how far a run is: one line that changes on a terminal, now and then a line elsewhere.
type bar struct {
	out      io.Writer
	terminal bool
	quiet    bool
	drawn    time.Time
	stage    string
	width    int // of what stands on the line
}

func newBar(out io.Writer, quiet bool) *bar {
	b := &bar{out: out, quiet: quiet}
	if f, ok := out.(*os.File); ok {
		info, err := f.Stat()
		b.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
	}
	return b
}

func (b *bar) show(p train.Progress) {
	now := clock.System()
	every := lineEvery
	if b.terminal {
		every = barEvery
	}
	if b.quiet || p.Step < p.Stop && now.Sub(b.drawn) < every && p.Stage == b.stage {
		return
	}
	if !b.terminal && p.Stage != "" && stageWord(p.Stage) == stageWord(b.stage) && now.Sub(b.drawn) < every {
		return
	}
	b.drawn, b.stage = now, p.Stage
	b.write(progressLine(p))
}

// stageWord is what stays the same while a stage counts.
func stageWord(stage string) string {
	word, _, _ := strings.Cut(stage, " ")
	return word
}

func progressLine(p train.Progress) string {
	if p.Stage != "" {
		return p.Stage + " …"
	}
	const cells = 24
	full := cells * p.Step / max(1, p.Stop)
	s := fmt.Sprintf("%s%s %d/%d", strings.Repeat("█", full), strings.Repeat("░", cells-full), p.Step, p.Stop)
	s += fmt.Sprintf("  loss %.4f", p.Loss)
	if p.Held > 0 {
		s += fmt.Sprintf("  held out %.3f bits/byte", p.Held)
	}
	if p.Speed > 0 {
		s += fmt.Sprintf("  %.0f tokens/s  %s left", p.Speed, p.Left.Round(time.Second))
	}
	return s
}

func (b *bar) write(text string) {
	if !b.terminal {
		fmt.Fprintln(b.out, text)
		return
	}
	width := len([]rune(text))
	fmt.Fprintf(b.out, "\r%s%s", text, strings.Repeat(" ", max(0, b.width-width)))
	b.width = width
}

// above writes lines that stay where the bar was; the bar is drawn again below them.
type above struct{ *bar }

func (a above) Write(line []byte) (int, error) {
	a.end()
	return a.out.Write(line)
}

// end leaves the line.
func (b *bar) end() {
	if b.terminal && b.width > 0 {
		fmt.Fprintln(b.out)
		b.width = 0
	}
}
