package mailcheck

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Beginnings of sessions, by what the server offers, and the logins that follow.
const (
	greeting    = "S: 220 mail.test ESMTP\nC: EHLO [127.0.0.1]\n"
	offersPLAIN = greeting + "S: 250-mail.test\nS: 250 AUTH PLAIN\n"
	offersLOGIN = greeting + "S: 250-mail.test\nS: 250 AUTH LOGIN\n"
	offersBoth  = greeting + "S: 250-mail.test\nS: 250-AUTH CRAM-MD5 LOGIN PLAIN\nS: 250 8BITMIME\n"
	asksForTLS  = greeting + "S: 250-mail.test\nS: 250-AUTH PLAIN\nS: 250 STARTTLS\nC: STARTTLS\n"
	startsTLS   = asksForTLS + "S: 220 2.0.0 go on\nTLS\nC: EHLO [127.0.0.1]\n"
	begs        = "S: 250-mail.test\nS: 250-AUTH PLAIN LOGIN\nS: 250 AUTH=PLAIN\n" // for a password without TLS

	byPLAIN = "C: AUTH PLAIN {PLAIN}\n"
	byLOGIN = "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: {USER}\nS: 334 UGFzc3dvcmQ6\nC: {PASSWORD}\n"
	login   = offersPLAIN + byPLAIN
	welcome = "S: 235 2.7.0 welcome\n"
)

// Whole sessions.
const (
	taken   = login + welcome
	refused = login + "S: 535 5.7.8 no"
	busy    = login + "S: 454 4.7.0 Temporary failure"
	full    = "S: 421 4.3.2 too many\nhang up"
	mute    = "silence"

	plainTaken   = offersBoth + byPLAIN + welcome
	plainRefused = offersBoth + byPLAIN + "S: 535 5.7.8 no"
	plainUnknown = offersBoth + byPLAIN + "S: 504 5.5.4 unknown"
	loginTaken   = offersBoth + byLOGIN + welcome
	loginRefused = offersBoth + byLOGIN + "S: 535 5.7.8 no"
	loginUnknown = offersBoth + "C: AUTH LOGIN\nS: 504 5.5.4 unknown"
	loginBusy    = offersBoth + byLOGIN + "S: 454 4.7.0 later"
	loginDropped = offersBoth + byLOGIN + "hang up"

	// oldTLS is the first message of a server that has chosen TLS 1.1.
	oldTLS = `S< \x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02` +
		`0123456789abcdef0123456789abcdef\x00\xc0\x13\x00` + "\n"
)

// row is one server in the table of TestSessions.
type row struct {
	name    string
	scripts []string // see mailServer: one for each connection that is expected
	kind    Kind
	says    string // a part of the error's text; if it is empty, no error is expected
}

func s(scripts ...string) []string { return scripts }

// TestSessions is the table of what servers say. A server that is not in it yet is a
// new row.
func TestSessions(t *testing.T) {
	t.Parallel()
	ca := newIssuer(t)
	for _, group := range []struct {
		about    string
		call     string // see calls
		security Security
		rows     []row
	}{
		{"greeting (RFC 5321, section 3.1)", "Login", SecurityNone, []row{
			{"of several lines", s("S: 220-one\nS: 220-\nS: 220-two\n" + taken), 0, ""},
			{
				"that comes slowly",
				s("S: 220-please wait\nwait 6s\nS< 22\nwait 6s\nS< 0-\nwait 6s\nS< \\r\nwait 6s\nS< \\n\n" + taken),
				0, "",
			},
			{"with a line without a code", s("S: 220-one\nS: two\n" + taken), 0, ""},
			{"421", s(full), KindTemporary, `the server answered 421 "4.3.2 too many"`},
			{
				"521 after its first line",
				s("S: 220-wait\nwait 6s\nS: 521 no"),
				KindUnusable, `the server answered 521 "wait no"`,
			},
			{"450", s("S: 450 4.7.1 later"), KindTemporary, `the server answered 450 "4.7.1 later"`},
			{"554", s("S: 554 5.7.1 not you"), KindUnusable, `the server answered 554 "5.7.1 not you"`},
			{"535", s("S: 535 no"), KindUnusable, `the server answered 535 "no"`},
			{"250", s("S: 250 hello"), KindUnusable, `the server answered 250 "hello"`},
			{"of HTTP", s("S: HTTP/1.1 400 Bad Request\nS: \nS: <html>"), KindUnusable, "does not speak SMTP"},
			{"of POP3", s("S: +OK ready"), KindUnusable, "does not speak SMTP"},
			{"of IMAP", s("S: * OK ready"), KindUnusable, "does not speak SMTP"},
			{"of SSH", s("S: SSH-2.0-OpenSSH_9.9"), KindUnusable, "does not speak SMTP"},
			{"of TLS", s("S< \\x15\\x03\\x01\\x00\\x02\\x02\\x46\\n"), KindUnusable, "does not speak SMTP"},
			{"of an empty line", s("S: "), KindUnusable, "does not speak SMTP"},
			{"without an end", s("flood"), KindUnusable, "more than 64 KiB"},
			{"cut before", s("hang up"), KindUnreachable, "the connection ended: EOF"},
			{"cut within", s("S< 220 mail\nhang up"), KindUnreachable, "the connection ended: EOF"},
			{
				"none",
				s("silence"),
				KindUnreachable, "the server took the connection and said nothing; perhaps it waits for TLS",
			},
		}},
		{"EHLO (RFC 5321, section 4.1.1.1)", "Login", SecurityNone, []row{
			{
				"421",
				s(greeting + "S: 421 4.3.2 bye\nhang up"),
				KindTemporary, `the server answered 421 "4.3.2 bye" to EHLO`,
			},
			{"450", s(greeting + "S: 450 4.7.1 later"), KindTemporary, `the server answered 450 "4.7.1 later" to EHLO`},
			{
				"502, HELO alone",
				s(greeting + "S: 502 5.5.1 what\nC: HELO [127.0.0.1]\nS: 250 mail.test"),
				KindUnusable, `the server answered 502 "5.5.1 what" to EHLO, and so offers no AUTH`,
			},
			{
				"500, and no HELO either",
				s(greeting + "S: 500 what\nC: HELO [127.0.0.1]\nS: 500 what"),
				KindUnusable, `the server answered 500 "what" to EHLO`,
			},
			{
				"502, and it hangs up",
				s(greeting + "S: 502 5.5.1 what\nC: HELO [127.0.0.1]\nhang up"),
				KindUnusable, `the server answered 502 "5.5.1 what" to EHLO`,
			},
			{
				"550",
				s(greeting + "S: 550 5.7.1 not you"),
				KindUnusable, `the server answered 550 "5.7.1 not you" to EHLO`,
			},
			{"535", s(greeting + "S: 535 no"), KindUnusable, `the server answered 535 "no" to EHLO`},
			{"504", s(greeting + "S: 504 no"), KindUnusable, `the server answered 504 "no" to EHLO`},
			{
				"421 within",
				s(greeting + "S: 250-mail.test\nS: 421 bye\nhang up"),
				KindTemporary, `the server answered 421 "mail.test bye" to EHLO`,
			},
			{"without an end", s(greeting + "flood"), KindUnusable, "more than 64 KiB"},
			{"cut", s(greeting + "S< 250-mail.test\\r\\n250-AU\nhang up"), KindUnreachable, "the connection ended"},
			{
				"cut off after",
				s(greeting + "S: 250-mail.test\nS: 250 AUTH PLAIN\nhang up"),
				KindUnreachable, "the connection ended",
			},
			{
				"no AUTH",
				s(greeting + "S: 250 mail.test"),
				KindUnusable, "the server offers no AUTH",
			},
			{"AUTH as a name", s(greeting + "S: 250 AUTH PLAIN"), KindUnusable, "the server offers no AUTH"},
			{"no mechanism", s(greeting + "S: 250-x\nS: 250 AUTH"), KindUnusable, "the server offers no AUTH"},
			{
				"other mechanisms",
				s(greeting + "S: 250-x\nS: 250-AUTH CRAM-MD5\nS: 250 AUTH=XOAUTH2"),
				KindUnusable, `it offers "CRAM-MD5 XOAUTH2"`,
			},
			{"an echo", s(greeting + "S: 250-x\nS: 250 AUTH X-{PASSWORD}"), KindUnusable, "(redacted)"},
			{"small letters", s(greeting + "S: 250-x\nS: 250 auth plain\n" + byPLAIN + welcome), 0, ""},
			{"LOGIN alone", s(greeting + "S: 250-x\nS: 250 Auth Login\n" + byLOGIN + welcome), 0, ""},
			{"PLAIN first", s(greeting + "S: 250-x\nS: 250 AUTH CRAM-MD5 LOGIN PLAIN\n" + byPLAIN + welcome), 0, ""},
			{"AUTH=", s(greeting + "S: 250-x\nS: 250 AUTH=PLAIN LOGIN\n" + byPLAIN + welcome), 0, ""},
			{
				"AUTH= of one, AUTH of the other",
				s(greeting + "S: 250-x\nS: 250-AUTH=PLAIN\nS: 250 AUTH LOGIN\n" + byPLAIN + welcome),
				0, "",
			},
			{
				"AUTH of one, AUTH= of the other",
				s(greeting + "S: 250-x\nS: 250-AUTH LOGIN\nS: 250 auth=plain\n" + byPLAIN + welcome),
				0, "",
			},
			{
				"AUTH twice",
				s(greeting + "S: 250-x\nS: 250-AUTH GSSAPI\nS: 250 AUTH LOGIN\n" + byLOGIN + welcome),
				0, "",
			},
		}},
		{"code alone (RFC 5321, section 4.2.1)", "Login", SecurityNone, []row{
			{
				"PLAIN",
				s("S: 220\nC: EHLO\nS: 250-x\nS: 250-AUTH PLAIN\nS: 250\n" + byPLAIN + "S: 235\nC: QUIT\nS: 221"),
				0, "",
			},
			{
				"LOGIN",
				s("S: 220\nC: EHLO\nS: 250-x\nS: 250-AUTH LOGIN\nS: 250 \n" +
					"C: AUTH LOGIN\nS: 334\nC: {USER}\nS: 334\nC: {PASSWORD}\nS: 235"),
				0, "",
			},
			{
				"in Unix's lines",
				s("S< 220\\n\nC: EHLO\nS< 250-x\\n250 AUTH PLAIN\\r\\n\nC: AUTH PLAIN {PLAIN}\nS< 235\\n\nC: QUIT"),
				0, "",
			},
			{"250", s("S: 220\nC: EHLO\nS: 250"), KindUnusable, "the server offers no AUTH"},
			{"421", s("S: 421"), KindTemporary, "the server answered 421"},
			{"454", s(login + "S: 454"), KindTemporary, "the server answered 454"},
			{"535", s(login + "S: 535"), KindRefused, "the server answered 535"},
			{"535 and a space", s(login + "S: 535 "), KindRefused, "the server answered 535"},
			{"535 twice", s(login + "S: 535-\nS: 535"), KindRefused, "the server answered 535"},
			{"five digits", s("S: 22000"), KindUnusable, "does not speak SMTP"},
			{"two digits", s("S: 22"), KindUnusable, "does not speak SMTP"},
		}},
		{"outcome of PLAIN (RFC 4954, sections 4 and 6)", "Login", SecurityNone, []row{
			{"235", s(login + "S: 235 OK\nC: QUIT\nS: 221 bye"), 0, ""},
			{"235 of several lines", s(login + "S: 235-OK\nS: 235 OK"), 0, ""},
			{
				"535",
				s(login + "S: 535-5.7.8 no\nS: 535 5.7.8 never\nC: QUIT"),
				KindRefused, `the server answered 535 "5.7.8 no 5.7.8 never"`,
			},
			{"454", s(login + "S: 454 4.7.0 later\nC: QUIT"), KindTemporary, `the server answered 454 "4.7.0 later"`},
			{"450", s(login + "S: 450 4.7.1 greylisted"), KindTemporary, `the server answered 450 "4.7.1 greylisted"`},
			{
				"421 and gone",
				s(login + "S: 421 4.7.0 too often\nhang up"),
				KindTemporary, `the server answered 421 "4.7.0 too often"`,
			},
			{"530", s(login + "S: 530 5.7.0 Must issue STARTTLS first"), KindUnusable, `530 "5.7.0 Must issue`},
			{"534", s(login + "S: 534 5.7.9 too weak"), KindUnusable, `534 "5.7.9 too weak"`},
			{"538", s(login + "S: 538 5.7.11 encryption required"), KindUnusable, `538 "5.7.11 encryption required"`},
			{"250", s(login + "S: 250 OK"), KindUnusable, `250 "OK"`},
			{"another challenge", s(login + "S: 334 bW9yZQ=="), KindUnusable, `334 "bW9yZQ=="`},
			{"without an end", s(login + "flood"), KindUnusable, "more than 64 KiB"},
			{"garbage", s(login + "S: ok, ok"), KindUnusable, "does not speak SMTP"},
			{
				"control characters",
				s(login + `S< 535 \x1b[2J\x00no\u202e\u2028way\xff\r\n`),
				KindRefused, `535 "[2J no  way�"`,
			},
			{"a long text", s(login + "S: 535 " + strings.Repeat("no ", 1000)), KindRefused, "no …"},
			{"none", s(login + "hang up"), KindUnreachable, "the connection ended: EOF"},
			{"5", s(login + "S< 5\nhang up"), KindUnreachable, "the connection ended: EOF"},
			{"half a 235", s(login + "S< 235 2.7.0 wel\nhang up"), KindUnreachable, "the connection ended: EOF"},
			{"half a 535", s(login + "S< 535\nhang up"), KindUnreachable, "the connection ended: EOF"},
			{
				"an echo",
				s(login + "S: 535 {SECRET} is not your password"),
				KindRefused, `"(redacted) is not your password"`,
			},
			{
				"an echo in base64",
				s(login + "S: 535 bad AUTH PLAIN {PLAIN}"),
				KindRefused, `"bad AUTH PLAIN (redacted)"`,
			},
			{
				"an echo of a part",
				s(login + "S: 501 bad command: {PASSWORD}"),
				KindUnusable, `"bad command: (redacted)"`,
			},
			{"an echo instead of a code", s(login + "S: {PLAIN}"), KindUnusable, "does not speak SMTP"},
			{"an echo as a challenge", s(login + "S: 334 {PASSWORD}"), KindUnusable, `334 "(redacted)"`},
			{"an echo before its turn", s("S: 421 {SECRET}"), KindTemporary, `421 "(redacted)"`},
		}},
		{"challenges of LOGIN, which no standard fixes", "Login", SecurityNone, []row{
			{"none in base64", s(loginAsks("334 Username:", "334 Password:") + welcome), 0, ""},
			{"in small letters", s(loginAsks("334 dXNlcm5hbWU6", "334 cGFzc3dvcmQ6") + welcome), 0, ""},
			{"in Microsoft's words", s(loginAsks("334 VXNlciBOYW1lAA==", "334 UGFzc3dvcmQA") + welcome), 0, ""},
			{"the other way round", s(loginAsks("334 UGFzc3dvcmQ6", "334 VXNlcm5hbWU6") + welcome), 0, ""},
			{"empty", s(loginAsks("334 ", "334") + welcome), 0, ""},
			{"of several lines", s(loginAsks("334-Username\nS: 334 please", "334 \t") + welcome), 0, ""},
			{"535 to LOGIN", s(offersLOGIN + "C: AUTH LOGIN\nS: 535 no"), KindRefused, `535 "no"`},
			{
				"535 to the user name",
				s(offersLOGIN + "C: AUTH LOGIN\nS: 334\nC: {USER}\nS: 535 no"),
				KindRefused, `535 "no"`,
			},
			{"535 to the password", s(loginAsks("334", "334") + "S: 535 no\nC: QUIT"), KindRefused, `535 "no"`},
			{
				"454 to the user name",
				s(offersLOGIN + "C: AUTH LOGIN\nS: 334\nC: {USER}\nS: 454 no"),
				KindTemporary, `454 "no"`,
			},
			{"235 before the user name", s(offersLOGIN + "C: AUTH LOGIN\nS: 235 OK"), KindUnusable, `235 "OK"`},
			{
				"235 before the password",
				s(offersLOGIN + "C: AUTH LOGIN\nS: 334\nC: {USER}\nS: 235 OK"),
				KindUnusable, `235 "OK"`,
			},
			{"a third challenge", s(loginAsks("334", "334") + "S: 334 bW9yZQ=="), KindUnusable, `334 "bW9yZQ=="`},
			{
				"none for the password",
				s(offersLOGIN + "C: AUTH LOGIN\nS: 334\nC: {USER}\nhang up"),
				KindUnreachable, "the connection ended",
			},
		}},
		{"QUIT, whose answer does not matter", "Login", SecurityNone, []row{
			{"is cut off", s(taken + "C: QUIT\nhang up"), 0, ""},
			{"is not waited for", s(taken + "hang up"), 0, ""},
			{"500", s(taken + "C: QUIT\nS: 500 no"), 0, ""},
			{"421", s(taken + "C: QUIT\nS: 421 no"), 0, ""},
			{"silence", s(taken + "C: QUIT\nsilence"), 0, ""},
			{"without an end", s(taken + "C: QUIT\nflood"), 0, ""},
			{"after a refusal, cut off", s(refused + "\nC: QUIT\nhang up"), KindRefused, "535"},
		}},
		{"STARTTLS (RFC 3207)", "Login", SecuritySTARTTLS, []row{
			{"taken", s(startsTLS + "S: 250-mail.test\nS: 250 AUTH PLAIN\n" + byPLAIN + welcome), 0, ""},
			{
				"refused",
				s(startsTLS + "S: 250-mail.test\nS: 250 AUTH PLAIN\n" + byPLAIN + "S: 535 no"),
				KindRefused, `535 "no"`,
			},
			{
				"in small letters",
				s(greeting + "S: 250-x\nS: 250 StartTLS\nC: STARTTLS\nS: 220\nTLS\n" +
					"C: EHLO\nS: 250-x\nS: 250-auth=plain\nS: 250\n" + byPLAIN + "S: 235"),
				0, "",
			},
			{"not offered", s(offersPLAIN), KindUnusable, "does not offer STARTTLS"},
			{
				"in the name alone",
				s(greeting + "S: 250-STARTTLS\nS: 250 AUTH PLAIN"),
				KindUnusable, "does not offer STARTTLS",
			},
			{
				"454",
				s(asksForTLS + "S: 454 4.7.0 TLS not available"),
				KindTemporary, `the server answered 454 "4.7.0 TLS not available" to STARTTLS`,
			},
			{
				"502",
				s(asksForTLS + "S: 502 5.5.1 no TLS here"),
				KindUnusable, `the server answered 502 "5.5.1 no TLS here" to STARTTLS`,
			},
			{"250", s(asksForTLS + "S: 250 never mind"), KindUnusable, `250 "never mind" to STARTTLS`},
			{"535", s(asksForTLS + "S: 535 no"), KindUnusable, `535 "no" to STARTTLS`},
			{"without an end", s(asksForTLS + "flood"), KindUnusable, "more than 64 KiB"},
			{
				"goes on in the clear",
				s(asksForTLS + "S: 220 go on\nC<\n" + begs),
				KindUnusable, "in the clear where TLS has to begin",
			},
			{
				"is followed by more",
				s(asksForTLS + "S: 220 go on\n" + begs),
				KindUnusable, "in the clear where TLS has to begin",
			},
			{
				"is answered before it is asked for",
				s("S: 220 x\nS: 250-x\nS: 250 STARTTLS\nS: 220 go on\nC: EHLO\nC: STARTTLS\nC<\n" + begs),
				KindUnusable, "in the clear where TLS has to begin",
			},
			{
				"and all else is answered before",
				s("S: 220 x\n" + begs + "S: 334 \nS: 334 \nS: 235 yes\nC: EHLO"),
				KindUnusable, "does not offer STARTTLS",
			},
			{
				"hangs up instead of TLS",
				s(asksForTLS + "S: 220 go on\nhang up"),
				KindUnreachable, "the connection ended",
			},
			{"AUTH before TLS alone", s(startsTLS + "S: 250-mail.test\nS: 250 8BITMIME"), KindUnusable, "the server offers no AUTH"},
			{"421 to the second EHLO", s(startsTLS + "S: 421 bye\nhang up"), KindTemporary, `421 "bye" to EHLO`},
			{"550 to the second EHLO", s(startsTLS + "S: 550 no"), KindUnusable, `550 "no" to EHLO`},
			{"begins with TLS at once", s("TLS"), KindUnreachable, "perhaps it waits for TLS"},
		}},
		{"TLS from the first byte (RFC 8314)", "Login", SecurityTLS, []row{
			{"taken", s("TLS\n" + taken), 0, ""},
			{"refused", s("TLS\n" + refused), KindRefused, `535 "5.7.8 no"`},
			{"421", s("TLS\n" + full), KindTemporary, `421 "4.3.2 too many"`},
			{"without TLS", s("C<\nS: 220 mail.test"), KindUnusable, "in the clear where TLS has to begin"},
			{"silence", s("silence"), KindUnreachable, "the server took the connection and said nothing"},
			{"cut", s("C<\nhang up"), KindUnreachable, "the connection ended: EOF"},
		}},
		{"versions of TLS, which no retry changes", "Await", SecurityTLS, []row{
			{"1.1 by an alert", s("TLS 1.1"), KindUnusable, "the server does not speak TLS 1.2 or later"},
			{
				"1.1 all the same",
				s("C<\n" + oldTLS + "silence"),
				KindUnusable, "the server does not speak TLS 1.2 or later",
			},
			{
				"none in common",
				s("C<\nS< \\x15\\x03\\x03\\x00\\x02\\x02\\x28\nsilence"),
				KindUnusable, "or knows no cipher of this client",
			},
			{"for now", s("C<\nS< \\x15\\x03\\x03\\x00\\x02\\x02\\x50\nsilence", "TLS\n"+taken), 0, ""},
		}},
		{"versions of TLS, after STARTTLS", "Await", SecuritySTARTTLS, []row{
			{
				"1.1 by an alert",
				s(asksForTLS + "S: 220\nTLS 1.1"),
				KindUnusable, "the server does not speak TLS 1.2 or later",
			},
			{
				"1.1 all the same",
				s(asksForTLS + "S: 220\nC<\n" + oldTLS + "silence"),
				KindUnusable, "the server does not speak TLS 1.2 or later",
			},
		}},
		{"until the password is taken", "Await", SecurityNone, []row{
			{"at once", s(taken), 0, ""},
			{"after refusals", s(refused, refused, refused, refused, refused, refused, refused, refused, taken), 0, ""},
			{"after 4xx", s(busy, full, busy, full, taken), 0, ""},
			{"after 421 to EHLO", s(greeting+"S: 421 bye\nhang up", greeting+"S: 450 later", taken), 0, ""},
			{"after a restart", s(refused, "refuse", "refuse", "hang up", "lose", taken), 0, ""},
			{"after all of it", s("refuse", refused, "hang up", busy, "refuse", full, refused, taken), 0, ""},
			{"after packets are lost", s(refused, "lose", refused, taken), 0, ""},
			{"after a connection is cut", s(login+"hang up", greeting+"hang up", "S< 22\nhang up", taken), 0, ""},
			{"never", s(refused, "again"), KindRefused, `the server answered 535 "5.7.8 no"; tried`},
			{"put off for ever", s(full, "again"), KindTemporary, `the server answered 421 "4.3.2 too many"; tried`},
			{"refused for another reason", s(refused, login+"S: 530 5.7.0 TLS"), KindUnusable, `530 "5.7.0 TLS"`},
		}},
		{"until the server is gone", "Await", SecurityNone, []row{
			{"nobody there", s("refuse", "again"), KindUnreachable, "dial: connection refused; tried"},
			{
				"banned, refusing",
				s(refused, refused, refused, "refuse", "again"),
				KindRefused, `answered 535 "5.7.8 no", and then stopped answering (dial: connection refused); tried`,
			},
			{
				"banned, dropping",
				s(refused, refused, refused, "lose", "again"),
				KindRefused, `answered 535 "5.7.8 no", and then stopped answering (dial: context deadline exceeded); tried`,
			},
			{
				"banned, hanging up",
				s(refused, refused, refused, "hang up", "again"),
				KindRefused, `answered 535 "5.7.8 no", and then stopped answering (the connection ended: EOF); tried`,
			},
			{
				"banned by 554",
				s(refused, refused, "S: 554 5.7.1 banned"),
				KindUnusable, `answered 535 "5.7.8 no"; after that, the server answered 554 "5.7.1 banned"`,
			},
			{
				"banned by 421",
				s(refused, refused, full, "again"),
				KindTemporary, `the server answered 421 "4.3.2 too many"; tried`,
			},
			{
				"busy before",
				s(busy, "refuse", "again"),
				KindTemporary, `answered 454 "4.7.0 Temporary failure", and then stopped answering (dial: connection refused); tried`,
			},
		}},
		{"LOGIN once, not once an attempt", "Await", SecurityNone, []row{
			{"refused by both", s(plainRefused, loginRefused, plainRefused, "again"), KindRefused, "535"},
			{"taken by LOGIN", s(plainRefused, loginTaken), 0, ""},
			{"taken by PLAIN in the end", s(plainRefused, loginRefused, plainRefused, plainTaken), 0, ""},
			{"banned between both", s(plainRefused, "refuse", "again"), KindRefused, "535"},
			{"PLAIN unknown", s(plainUnknown, loginRefused, loginRefused, loginTaken), 0, ""},
			{"LOGIN put off", s(plainRefused, loginBusy, plainRefused, loginTaken), 0, ""},
			{"LOGIN hung up on", s(plainRefused, loginDropped, plainRefused, loginDropped, plainTaken), 0, ""},
		}},
		{"LOGIN first", "Await after LOGIN", SecurityNone, []row{
			{"taken in the end", s(loginRefused, plainRefused, loginRefused, loginTaken), 0, ""},
		}},
		{"a refusal counts if it is repeated", "Probe", SecurityNone, []row{
			{"taken", s(plainTaken), 0, ""},
			{"refused twice", s(refused, refused), KindRefused, "535"},
			{"refused once", s(refused, taken), 0, ""},
			{"refused, then put off", s(refused, busy), KindTemporary, "454"},
			{"refused, then hung up on", s(refused, "hang up"), KindUnreachable, "the connection ended"},
			{"put off", s(busy), KindTemporary, "454"},
			{"refused for another reason", s(login + "S: 550 5.7.1 go away"), KindUnusable, "550"},
			{"refused by both", s(plainRefused, loginRefused, plainRefused), KindRefused, "535"},
			{"taken by LOGIN", s(plainRefused, loginTaken), 0, ""},
			{"PLAIN unknown", s(plainUnknown, loginTaken), 0, ""},
			{"PLAIN too weak", s(offersBoth+byPLAIN+"S: 534 5.7.9 too weak", loginTaken), 0, ""},
			{"PLAIN unknown, refused by LOGIN", s(plainUnknown, loginRefused, loginRefused), KindRefused, "535"},
			{"PLAIN unknown, refused by LOGIN once", s(plainUnknown, loginRefused, loginTaken), 0, ""},
			{"refused by PLAIN, LOGIN unknown", s(plainRefused, loginUnknown, plainRefused), KindRefused, "535"},
			{"neither is known", s(plainUnknown, loginUnknown), KindUnusable, "504"},
			{"LOGIN put off", s(plainRefused, loginBusy), KindTemporary, "535"},
			{"LOGIN hung up on", s(plainRefused, loginDropped), KindTemporary, "535"},
		}},
		{"LOGIN first", "Probe after LOGIN", SecurityNone, []row{
			{"refused once", s(loginRefused, plainRefused, loginTaken), 0, ""},
			{"refused twice", s(loginRefused, plainRefused, loginRefused), KindRefused, "535"},
			{"PLAIN is taken now", s(loginRefused, plainTaken), 0, ""},
			{"LOGIN is not offered any more", s(taken), 0, ""},
		}},
		{"a refusal counts if it is repeated", "Confirm", SecurityNone, []row{
			{"taken", s(taken), 0, ""},
			{"refused once", s(refused, taken), 0, ""},
			{"refused twice", s(refused, refused), KindRefused, "535"},
			{"refused by both", s(plainRefused, loginRefused, plainRefused), KindRefused, "535"},
			{"put off in between", s(refused, busy, "refuse", busy, taken), 0, ""},
			{"refused again at last", s(busy, refused, busy, "refuse", refused), KindRefused, "535"},
			{"refused for another reason", s(refused, login+"S: 530 5.7.0 TLS"), KindUnusable, "530"},
			{
				"refused, then banned",
				s(refused, "refuse", "again"),
				KindRefused, `535 "5.7.8 no", and then stopped answering`,
			},
		}},
		{"no login", "Preflight", SecurityNone, []row{
			{"usable", s(offersPLAIN + "C: QUIT\nS: 221 bye"), 0, ""},
			{"QUIT is not answered", s(offersBoth + "C: QUIT\nsilence"), 0, ""},
			{"after 4xx", s(full, greeting+"S: 421 bye\nhang up", greeting+"S: 450 later", offersPLAIN), 0, ""},
			{"after a restart", s("refuse", "hang up", "lose", offersPLAIN), 0, ""},
			{"full for ever", s(full, "again"), KindTemporary, `421 "4.3.2 too many"`},
			{"nobody there", s("refuse", "again"), KindUnreachable, "dial: connection refused"},
			{
				"full, then gone",
				s(full, "refuse", "again"),
				KindTemporary, `421 "4.3.2 too many", and then stopped answering`,
			},
			{"no AUTH", s(full, greeting+"S: 250 mail.test"), KindUnusable, "the server offers no AUTH"},
			{"504 to EHLO", s(greeting + "S: 504 no"), KindUnusable, `504 "no" to EHLO`},
			{"535 to EHLO", s(greeting + "S: 535 no"), KindUnusable, `535 "no" to EHLO`},
			{"554", s("S: 554 5.7.1 not you"), KindUnusable, `554 "5.7.1 not you"`},
			{"not SMTP", s("S: +OK"), KindUnusable, "does not speak SMTP"},
		}},
		{"no login", "Preflight", SecuritySTARTTLS, []row{
			{"usable", s(startsTLS + "S: 250-mail.test\nS: 250 AUTH LOGIN\nC: QUIT\nS: 221 bye"), 0, ""},
			{"454", s(asksForTLS+"S: 454 later", startsTLS+"S: 250-mail.test\nS: 250 AUTH LOGIN"), 0, ""},
			{"not offered", s(offersPLAIN), KindUnusable, "does not offer STARTTLS"},
			{"AUTH before TLS alone", s(startsTLS + "S: 250 mail.test"), KindUnusable, "the server offers no AUTH"},
		}},
		{"no login", "Preflight", SecurityTLS, []row{
			{"usable", s("TLS\n" + offersPLAIN + "C: QUIT\nS: 221 bye"), 0, ""},
			{"TLS 1.1", s("TLS 1.1"), KindUnusable, "the server does not speak TLS 1.2 or later"},
		}},
	} {
		for _, test := range group.rows {
			name := fmt.Sprintf("%s, %s, %s: %s", group.call, group.security, group.about, test.name)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { test.run(t, ca, group.call, group.security) })
			})
		}
	}
}

// loginAsks is LOGIN with these challenges.
func loginAsks(user, password string) string {
	return offersLOGIN + "C: AUTH LOGIN\nS: " + user + "\nC: {USER}\nS: " + password + "\nC: {PASSWORD}\n"
}

// calls are the functions that reach a server. Login is a single attempt.
var calls = map[string]func(context.Context, Server) (mechanism string, err error){
	"Login": func(ctx context.Context, s Server) (string, error) { return s.Login(ctx, testUser, testPassword) },
	"Await": func(ctx context.Context, s Server) (string, error) { return s.Await(ctx, testUser, testPassword) },
	"Probe": func(ctx context.Context, s Server) (string, error) { return s.Probe(ctx, testUser, testPassword) },
	"Await after LOGIN": func(ctx context.Context, s Server) (string, error) {
		s.Mechanism = mechanismLOGIN
		return s.Await(ctx, testUser, testPassword)
	},
	"Probe after LOGIN": func(ctx context.Context, s Server) (string, error) {
		s.Mechanism = mechanismLOGIN
		return s.Probe(ctx, testUser, testPassword)
	},
	"Confirm":   func(ctx context.Context, s Server) (string, error) { return s.Confirm(ctx, testUser, testPassword) },
	"Preflight": func(ctx context.Context, s Server) (string, error) { return "", s.Preflight(ctx) },
}

// run calls a function with the server of a row.
func (test row) run(t *testing.T, ca *issuer, call string, security Security) {
	t.Helper()
	var log records
	m := newMailServer(t, test.scripts...)
	m.tls = ca.config(nil)
	server := m.inMemory(security)
	server.CACertificate, server.Logger = ca.pem, log.logger()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	mechanism, err := calls[call](ctx, server)
	m.serving.Wait()

	connections, last := m.connections(), test.scripts[len(test.scripts)-1]
	want, enough := len(test.scripts), last == "again" && len(connections) > len(test.scripts)
	if len(connections) != want && !enough {
		t.Errorf("%d connections, want %d", len(connections), want)
	}
	noSecrets(t, "the log", log.String())
	if security != SecurityNone {
		noSecrets(t, "the wire", m.received())
		if strings.Contains(m.received(), "AUTH") {
			t.Errorf("AUTH was sent without TLS: %q", m.received())
		}
	}
	if call == "Preflight" && (strings.Contains(log.String(), "login") || strings.Contains(log.String(), "taken")) {
		t.Errorf("the log claims a login: %s", log.String())
	}
	if test.says == "" {
		if err != nil || call != "Preflight" && !strings.Contains(last, "AUTH "+mechanism) {
			t.Errorf("got %q, %v", mechanism, err)
		}
		return
	}
	e := asError(t, err)
	if e.Kind != test.kind || !strings.Contains(e.Error(), test.says) {
		t.Errorf("kind %d, want %d and %s: %v", e.Kind, test.kind, test.says, e)
	}
	isReply := strings.Contains(e.Error(), fmt.Sprintf("the server answered %d", e.Code))
	if isReply != (e.Code != 0) {
		t.Errorf("code %d: %v", e.Code, e)
	}
	if strings.ContainsFunc(e.Error(), func(r rune) bool { return r < ' ' }) || len(e.Error()) > 1000 {
		t.Errorf("not fit for a screen: %q", e)
	}
	if repeats := slices.Contains([]string{"Probe", "Probe after LOGIN", "Confirm"}, call); repeats &&
		e.Kind == KindRefused && connections[len(connections)-1] < refusalPause {
		t.Errorf("refused after %s", connections[len(connections)-1])
	}
}
