package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"ayni.example/web/operator"
)

// TestAgentConsole approves, pauses, funds and kills an agent in a browser, which no other site can do.
func TestAgentConsole(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "--listen", "127.0.0.1:0", "--ollama", "off", "--host-agents")
	write(t, m.home, "empty_block_seconds: 2\n"+newStandIn(t).config())
	m.start()
	b := newBrowser(t)
	b.theme("light")
	page := m.url + "/console/agents"
	b.do("no agents", chromedp.Navigate(page), chromedp.WaitVisible("#mine .empty"))
	const known = "0x00000000000000000000000000000000000000aa"
	made := read[operator.Agent](m, "agent", "create", "--template", "steward", "--set", "model="+standInModel, "--set", "payees="+known, "--set", "wait=2s", "--deposit", "2")
	own := page + "/" + made.ID

	wait(t, time.Minute, "a machine that hosts", func() error {
		_, err := m.try("agent", "talk", "steward", "hello", "--wait", "0s")
		return err
	})
	b.do("talk", chromedp.Navigate(own), chromedp.WaitVisible("#talk"),
		chromedp.SendKeys("#talk textarea", `{"tool":"pay","arguments":{"to":"`+known+`","amount":"0.3"}}`), chromedp.Click("#talk button"),
		chromedp.WaitVisible("#wake .answer"), chromedp.WaitVisible("#inbox button"))
	if inbox, wake := b.text("#inbox"), b.text("#wake"); !strings.Contains(inbox, "pay 0.3 credits") || !strings.Contains(inbox, "lapses unless it is approved") || !strings.Contains(wake, "waits") {
		t.Errorf("waits: %q, %q", inbox, wake)
	}
	if caps := b.text("#caps"); !strings.Contains(caps, "of 10") || !strings.Contains(b.text("#charter"), standInModel) {
		t.Errorf("caps %q", caps)
	}
	b.shot("agent-light")
	for _, deed := range []string{"approve", "refuse", "pause", "resume", "kill", "fund", "talk"} {
		for name, headers := range map[string]with{
			"another site": {"Origin": "https://evil.example"}, "another name": {"Host": "evil.example"}, "a form of another site": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
		} {
			if status, _ := asked(t, http.MethodPost, own+"/"+deed, headers); status != http.StatusForbidden {
				t.Errorf("%s by %s: %d", deed, name, status)
			}
		}
	}

	b.do("list", chromedp.Navigate(page), chromedp.WaitVisible("#inbox"))
	b.shot("agents-light")
	b.do("approve", chromedp.Click("#inbox button.primary"), chromedp.WaitVisible("#done"), chromedp.WaitVisible("#payees"))
	if payees := b.text("#payees"); !strings.Contains(payees, "0.3 of 10") {
		t.Errorf("paid: %q", payees)
	}
	b.do("pause", chromedp.Click("#live button.stop"), chromedp.WaitVisible("#done"), chromedp.WaitVisible("#live button[formaction$=resume]"))
	b.do("fund", chromedp.SendKeys("#fund input", "0.5"), chromedp.Click("#fund button"), chromedp.WaitVisible("#done"))
	b.theme("dark")
	b.do("language", chromedp.Click(".language button"), chromedp.WaitVisible("html[lang=es]"))
	if state := b.text("#state"); !strings.Contains(state, "en pausa") {
		t.Errorf("paused, in Spanish: %q", state)
	}
	b.shot("agent-dark-es")
	b.do("kill", chromedp.Click("#killing summary"), chromedp.SendKeys("#killing input", "stewart"), chromedp.Click("#killing button"), chromedp.WaitVisible(".alert"))
	b.do("kill", chromedp.Click("#killing summary"), chromedp.SendKeys("#killing input", "steward"), chromedp.Click("#killing button"), chromedp.WaitVisible("#done"))
	if got := read[operator.Agent](m, "agent", "show", "steward"); got.State != "killed" || len(got.Known) != 1 || got.Known[0].Paid != "0.3" || len(got.Waiting) != 0 {
		t.Errorf("%+v", got)
	}
}
