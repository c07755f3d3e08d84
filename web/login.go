package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
)

const sessionCookie = "ayni_session"

// guard lets in who is trusted by where they come from, or who has shown the control token.
func (c *Console) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.config.Trusted(r) || c.entered(r) {
			next.ServeHTTP(w, r)
			return
		}
		http.Redirect(w, r, "/console/login", http.StatusSeeOther)
	})
}

// session is what the cookie holds: it proves knowledge of the token without being it.
func (c *Console) session() string {
	mac := hmac.New(sha256.New, []byte(c.config.Token))
	mac.Write([]byte("ayni/console/1"))
	return hex.EncodeToString(mac.Sum(nil))
}

func (c *Console) entered(r *http.Request) bool {
	cookie, err := r.Cookie(sessionCookie)
	return err == nil && c.config.Token != "" && subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(c.session())) == 1
}

func (c *Console) login(w http.ResponseWriter, r *http.Request) {
	lang := language(r)
	c.render(w, http.StatusOK, "login", view{Page: "login", Lang: lang, Words: c.words[lang]})
}

func (c *Console) enter(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	if c.config.Token == "" || subtle.ConstantTimeCompare([]byte(r.FormValue("token")), []byte(c.config.Token)) != 1 {
		lang := language(r)
		v := view{Page: "login", Lang: lang, Words: c.words[lang]}
		v.Error = v.T("login.wrong")
		c.render(w, http.StatusUnauthorized, "login", v)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: c.session(), Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
