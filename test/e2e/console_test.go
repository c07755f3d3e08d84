package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// browser is headless Chromium; network features that would leave this machine are off.
func browser(tb testing.TB) context.Context {
	tb.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		tb.Skip("chromium is not installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-quic", true), chromedp.WindowSize(1280, 900), chromedp.UserDataDir(tb.TempDir()))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	tb.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	tb.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	tb.Cleanup(cancel)
	return ctx
}

// shot saves a screenshot where AYNI_SCREENSHOTS says, for people to look at.
func shot(tb testing.TB, ctx context.Context, name string) {
	tb.Helper()
	var png []byte
	if err := chromedp.Run(ctx, chromedp.FullScreenshot(&png, 90)); err != nil {
		tb.Fatal(err)
	}
	if len(png) < 5000 {
		tb.Errorf("screenshot %s has %d bytes: the page is empty", name, len(png))
	}
	if dir := os.Getenv("AYNI_SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
}

func theme(name string) chromedp.Action {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}})
}

func TestConsole(t *testing.T) {
	m := newMachine(t, "--listen", "127.0.0.1:0")
	ctx := browser(t)
	m.start()
	var verdict, tampered, heading string
	err := chromedp.Run(ctx,
		theme("light"), chromedp.Navigate(m.url), chromedp.WaitVisible("#live"), chromedp.Text("h1", &heading),
	)
	if err != nil || heading == "" {
		t.Fatalf("overview: %v\n%s", err, m.err)
	}
	shot(t, ctx, "overview-light")
	err = chromedp.Run(ctx,
		chromedp.Navigate(m.url+"/console/playground"), chromedp.WaitVisible("#play"), chromedp.Click("button[name=ask]"),
		chromedp.WaitVisible("#verify"), chromedp.WaitEnabled("#verify"), chromedp.Click("#verify"),
		chromedp.WaitVisible("#verdict .good"), chromedp.Text("#verdict", &verdict),
	)
	if err != nil {
		t.Fatalf("playground: %v\n%s", err, m.err)
	}
	shot(t, ctx, "playground-light")
	err = chromedp.Run(ctx, chromedp.WaitEnabled("#tamper"), chromedp.Click("#tamper"), chromedp.WaitVisible("#verdict .alert"), chromedp.Text("#verdict", &tampered))
	if err != nil {
		t.Fatalf("tamper: %v\n%s", err, m.err)
	}
	if !strings.Contains(verdict, "signed") || !strings.Contains(tampered, "answer differs") {
		t.Errorf("verdict %q, tampered %q", verdict, tampered)
	}
	for _, page := range []string{"machines", "receipts", "wallet"} {
		if err := chromedp.Run(ctx, theme("dark"), chromedp.Navigate(m.url+"/console/"+page), chromedp.WaitVisible("main")); err != nil {
			t.Fatalf("%s: %v", page, err)
		}
		shot(t, ctx, page+"-dark")
	}
	err = chromedp.Run(ctx, theme("dark"), chromedp.Click(".language button"), chromedp.WaitVisible("html[lang=es]"), chromedp.Text("h1", &heading))
	if err != nil || heading != "Cartera" {
		t.Errorf("Spanish: %q, %v", heading, err)
	}
	if err := chromedp.Run(ctx, chromedp.Navigate(m.url), chromedp.WaitVisible("#live")); err != nil {
		t.Fatal(err)
	}
	shot(t, ctx, "overview-dark-es")
}
