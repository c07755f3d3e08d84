package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// browser is headless Chromium; what would leave this machine is off.
type browser struct {
	tb  testing.TB
	ctx context.Context //nolint:containedctx // chromedp keeps the browser in it
}

func newBrowser(tb testing.TB) *browser {
	tb.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		tb.Skip("chromium is not installed")
	}
	flags := []string{"headless", "disable-gpu", "disable-background-networking", "disable-component-update", "disable-sync", "disable-quic", "no-first-run"}
	options := make([]chromedp.ExecAllocatorOption, 0, 4+len(flags))
	options = append(options,
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1280, 900), chromedp.UserDataDir(tb.TempDir()))
	for _, flag := range flags {
		options = append(options, chromedp.Flag(flag, true))
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	tb.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	tb.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	tb.Cleanup(cancel)
	return &browser{tb, ctx}
}

// do runs steps in order.
func (b *browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.tb.Helper()
	for i, step := range steps {
		if _, err := chromedp.Run(b.ctx, step); err != nil {
			b.tb.Fatalf("%s, step %d: %v", what, i+1, err)
		}
	}
}

func (b *browser) text(selector string) string {
	b.tb.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Text(selector))
	if err != nil {
		b.tb.Fatalf("text of %s: %v", selector, err)
	}
	return text
}

// theme sets what the system prefers.
func (b *browser) theme(name string) {
	b.tb.Helper()
	b.do("theme", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
		})
		return err
	}))
}

// shot saves a screenshot where AYNI_SCREENSHOTS says, for people to look at.
func (b *browser) shot(name string) {
	b.tb.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.tb.Fatal(err)
	}
	if len(png) < 5000 {
		b.tb.Errorf("screenshot %s has %d bytes: the page is empty", name, len(png))
	}
	if dir := os.Getenv("AYNI_SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
			b.tb.Fatal(err)
		}
	}
}

func TestConsole(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "--listen", "127.0.0.1:0", "--ollama", "off")
	b := newBrowser(t)
	m.start()
	b.theme("light")
	b.do("overview", chromedp.Navigate(m.url), chromedp.WaitVisible("#live"))
	b.shot("overview-light")

	b.do("playground", chromedp.Navigate(m.url+"/console/playground"), chromedp.WaitVisible("#play"), chromedp.Click("button[name=ask]"),
		chromedp.WaitVisible("#verify"), chromedp.WaitEnabled("#verify"), chromedp.Click("#verify"), chromedp.WaitVisible("#verdict .good"))
	if verdict := b.text("#verdict"); !strings.Contains(verdict, "signed") || !strings.Contains(verdict, "byte for byte") {
		t.Errorf("verdict %q", verdict)
	}
	b.shot("playground-light")
	b.do("tamper", chromedp.WaitEnabled("#tamper"), chromedp.Click("#tamper"), chromedp.WaitVisible("#verdict .alert"))
	if verdict := b.text("#verdict"); !strings.Contains(verdict, "answer differs") {
		t.Errorf("tampered: %q", verdict)
	}

	b.theme("dark")
	b.do("receipt", chromedp.Click("#receipt"), chromedp.WaitVisible(".findings"))
	b.shot("receipt-dark")
	b.do("invite", chromedp.Navigate(m.url+"/console/machines"), chromedp.Click("form[action='/console/machines'] button"), chromedp.WaitVisible(".secret"))
	if token := b.text(".secret"); !strings.Contains(token, "ayni join ayni1") {
		t.Errorf("invitation %q", token)
	}
	b.shot("machines-dark")
	b.do("receipts", chromedp.Navigate(m.url+"/console/receipts"), chromedp.WaitVisible("main table"))
	b.shot("receipts-dark")
	b.do("network", chromedp.Navigate(m.url+"/console/network"), chromedp.WaitVisible("main table"))
	if seat := b.text("main tbody"); !strings.Contains(seat, "active") {
		t.Errorf("seats %q", seat)
	}
	b.shot("network-dark")
	b.sees(m)
	b.do("wallet", chromedp.Navigate(m.url+"/console/wallet"), chromedp.WaitVisible("#history"))
	if history := b.text("main"); !strings.Contains(history, "MsgRegister") {
		t.Errorf("wallet without history: %q", history)
	}
	b.shot("wallet-dark")
	b.do("language", chromedp.Click(".language button"), chromedp.WaitVisible("html[lang=es]"))
	if heading := b.text("h1"); heading != "Cartera" {
		t.Errorf("Spanish heading %q", heading)
	}
	b.do("overview", chromedp.Navigate(m.url), chromedp.WaitVisible("#live"))
	b.shot("overview-dark-es")
}
