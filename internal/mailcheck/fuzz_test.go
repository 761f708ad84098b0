package mailcheck

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// FuzzServer has a server that sends any text. If TLS is required, the server gets
// no password without it. No error contains the password.
func FuzzServer(f *testing.F) {
	// P, B and L stand for the forms of the password, to be told in return.
	forms := strings.NewReplacer("{P}", testPassword, "{B}", secrets["password in base64"], "{L}", secrets["response of PLAIN"])
	ehlo := "220 mail.test\r\n250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"
	for _, transcript := range []string{
		"", "220 mail.test", "220 mail.test\r\n", ehlo, ehlo + "235 yes\r\n221 bye\r\n", ehlo + "535 no {P} {B} {L}\r\n",
		ehlo + "334 {B}\r\n", ehlo + "535-a\r\n535-{P}\r\n535 c\r\n", ehlo + "220 go on\r\n\x16\x03\x01\x00\x02", ehlo + "{L}\r\n",
		"554-{P}\r\n554 {B}x\r\n", "421 \x00\xff{P}\x1b\r\n", "HTTP/1.1 400 {P}\r\n\r\n", "220 x\r\n502 x\r\n250 x\r\n", "220-\r\n",
		"220 x\r\n250-x\r\n250 AUTH LOGIN\r\n334 \r\n334 \r\n235 yes\r\n", "220 x\r\n250-x\r\n250 AUTH LOGIN\r\n334 \r\n334 \r\n535 {B}\r\n",
		"220\n250-x\n250 AUTH=PLAIN\n235\n", "220\r\n250-x\r\n250\r\n", "220 x\r\n250-x\r\n421 {P}\r\n", "220 x\r\n250-x\r\n250 AUTH={P}\r\n",
		"220 x\r\n250-x\r\n250 AUTH {P}\r\n", "220 x\r\n250-x\r\n250 auth plain\r\n999 {P}\r\n", "220 x\r\n250-x\r\n25\r\n", "\r\n\r\n",
		strings.Repeat("220-{P}\r\n", 50),
	} {
		f.Add(transcript)
	}
	f.Fuzz(func(t *testing.T, transcript string) {
		transcript = forms.Replace(transcript)
		for _, security := range []Security{SecuritySTARTTLS, SecurityTLS, SecurityNone} {
			var sent [2]strings.Builder // PLAIN that is refused is followed by LOGIN
			var heard sync.WaitGroup
			dialled := 0
			server := Server{Host: "localhost", Port: 25, Security: security, dial: func(context.Context, string, string) (net.Conn, error) {
				here, there := net.Pipe()
				said := &sent[dialled]
				dialled++
				heard.Go(func() { _, _ = io.Copy(said, there) })
				go func() {
					_, _ = io.WriteString(there, transcript)
					_ = there.Close()
				}()
				return pipe{here, loopback}, nil
			}}
			_, err := server.Login(t.Context(), testUser, testPassword)
			heard.Wait()
			if security != SecurityNone {
				noSecrets(t, "the wire", sent[0].String()+sent[1].String())
				if err == nil {
					t.Errorf("%s: taken without TLS: %q", security, transcript)
				}
			}
			if err == nil {
				if !strings.Contains(transcript, "235") {
					t.Errorf("taken: %q", transcript)
				}
				continue
			}
			e := asError(t, err)
			if text := e.Error(); strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) || len(text) > 2000 {
				t.Errorf("not fit for a screen: %q", text)
			}
		}
	})
}
