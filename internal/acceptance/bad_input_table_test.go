package acceptance

// badValue is what somebody, or a broken pipeline, may put into an argument.
type badValue struct {
	// value is as it is written in a configuration.
	value string
	// says is what the error has to say.
	says string
	// cli tells that the CLI or the framework refuses it, in words of its own.
	cli bool
	// argument is filled in from the table.
	argument string
}

const (
	// unseen is part of what may not be printed.
	unseen, unseenCoded = "nobody-may-see-this", "bm9ib2R5LW1heS1zZWUtdGhpcw=="
	// megabyte and big are digits: a file that was not meant, and all that has to
	// be more than any of these values is.
	megabyte = `join("", [for i in range(1024) : format("%01024d", 0)])`
	big      = `join("", [for i in range(8) : format("%01024d", 0)])`

	privateKey = `"-----BEGIN PRIVATE KEY-----\n` + unseenCoded + `\n-----END PRIVATE KEY-----\n"`
	brokenKey  = `"-----BEGIN PRIVATE KEY-----\n` + unseen + `\n"`
	brokenPEM  = `"-----BEGIN CERTIFICATE-----\n` + unseen + `\n-----END CERTIFICATE-----\n"`
	noPEM      = `"` + unseen + `"`
	uuid       = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
)

// badInputs has something for every argument of the schema, nested ones
// included; those of the provider begin with "provider.".
var badInputs = map[string][]badValue{
	"provider.base_url": {
		{value: `""`, says: "does not start with https://"},
		{value: `"smtp-app.kirim.email"`, says: `A good value looks like "https://smtp-app.kirim.email"`},
		{value: `"localhost:8080"`, says: "where the host is this machine"},
		{value: `"https://smtp-app.kirim.email\n"`, says: "trimspace()"},
		{value: `"https://smtp app.kirim.email"`, says: "not a URL"},
		{value: `"http://smtp-app.kirim.email"`, says: "does not start with https://"},
		{value: `"ftp://smtp-app.kirim.email"`, says: "does not start with https://"},
		{value: `"https://me:` + unseen + `@smtp-app.kirim.email"`, says: "a user name, a password"},
		{value: `"https://smtp-app.kirim.email?token=` + unseen + `"`, says: "query"},
		{value: `"https://smtp-app.kirim.email#` + unseen + `"`, says: "fragment"},
		{value: `"https://"`, says: "no host"},
		{value: `"https://${` + big + `}.example"`, says: "253"},
		{value: `["https://smtp-app.kirim.email"]`, says: "string required", cli: true},
	},
	"provider.username": {
		{value: `""`, says: "empty"},
		{value: `"me:` + unseen + `"`, says: "colon"},
		{value: `"me\n` + unseen + `"`, says: "line break"},
		{value: `"me\n"`, says: "trimspace()"},
		{value: `"me\u0000"`, says: "cannot be seen"},
		{value: `"me\u200b"`, says: "cannot be seen"},
		{value: big, says: "2048 are the most"},
		{value: `{}`, says: "string required", cli: true},
	},
	"provider.token": {
		{value: `""`, says: "empty"},
		{value: `" ` + unseen + `"`, says: "white space"},
		{value: `"` + unseen + `\n"`, says: "trimspace()"},
		{value: `"` + unseen + `\u0000"`, says: "cannot be seen"},
		{value: `"\ufeff` + unseen + `"`, says: "cannot be seen"},
		{value: megabyte, says: "it has 1048576 bytes, and 2048 are the most"},
		{value: `{}`, says: "string required", cli: true},
	},
	"provider.domain_api_key": {
		{value: `""`, says: "empty"},
		{value: `"key:` + unseen + `"`, says: "colon"},
		{value: `"` + unseen + `\n"`, says: "trimspace()"},
		{value: big, says: "2048 are the most"},
		{value: `{}`, says: "string required", cli: true},
	},
	"provider.domain_api_secret": {
		{value: `""`, says: "empty"},
		{value: `"` + unseen + `\n"`, says: "trimspace()"},
		{value: `"\ufeff` + unseen + `"`, says: "cannot be seen"},
		{value: megabyte, says: "2048 are the most"},
		{value: `{}`, says: "string required", cli: true},
	},
	"domain": {
		{value: `""`, says: "empty"},
		{value: `"example.com\n"`, says: "trimspace()"},
		{value: `" example.com"`, says: "white space"},
		{value: `"https://example.com/"`, says: "URL"},
		{value: `"example.com/../admin"`, says: "not a domain name"},
		{value: `"example.com\\admin"`, says: "not a domain name"},
		{value: `"example.com%2eadmin"`, says: "not a domain name"},
		{value: `"example.com?a=b"`, says: "not a domain name"},
		{value: `"example.com#a"`, says: "not a domain name"},
		{value: `"me@example.com"`, says: "@"},
		{value: `"example.com:25"`, says: "port"},
		{value: `"exam\u0000ple.com"`, says: "not a domain name"},
		{value: `"exam\u202eple.com"`, says: "not a domain name"},
		{value: `"exam_ple.com"`, says: "not a domain name"},
		{value: `"example..com"`, says: "not a domain name"},
		{value: `"-example.com"`, says: "not a domain name"},
		{value: `"localhost"`, says: "one dot"},
		{value: `"192.0.2.1"`, says: "IP address"},
		{value: `"2001:db8::1"`, says: "IP address"},
		{value: `1.5`, says: "not a domain name"},
		{value: `"xn--a.example"`, says: "not a domain name"},
		{value: `"${join("", [for i in range(64) : "a"])}.example"`, says: "not a domain name"},
		{value: `"${join(".", [for i in range(100) : "abc"])}.example"`, says: "253 in all"},
		{value: megabyte, says: "253 in all"},
		{value: `["example.com"]`, says: "string required", cli: true},
	},
	"credential_guid": {
		{value: `""`, says: "empty"},
		{value: `42`, says: "numeric id"},
		{value: `"mailer"`, says: "not a UUID"},
		{value: `"` + uuid + `\n"`, says: "trimspace()"},
		{value: `"{` + uuid + `}"`, says: "8-4-4-4-12"},
		{value: `"6F9619FF8B864011B42D00C04FC964FF"`, says: "8-4-4-4-12"},
		{value: `"urn:uuid:` + uuid + `"`, says: "8-4-4-4-12"},
		{value: `"` + uuid + `/../x"`, says: "8-4-4-4-12"},
		{value: `"` + uuid + `\u200b"`, says: "8-4-4-4-12"},
		{value: big, says: "a number"},
		{value: "\"x${" + big + "}\"", says: "not a UUID"},
		{value: `{}`, says: "string required", cli: true},
	},
	"rotation_triggers": {
		{value: `"1"`, says: "map of string required", cli: true},
		{value: `{ version = ["1"] }`, says: "string required", cli: true},
	},
	"rotation_period": {
		{value: `""`, says: "h, m and s"},
		{value: `"30d"`, says: "(30 days)"},
		{value: `"1mo"`, says: "h, m and s"},
		{value: `"-1h"`, says: "zero or negative"},
		{value: `"0"`, says: "zero or negative"},
		{value: `"0s"`, says: "zero or negative"},
		{value: `"1ns"`, says: "shorter than a second"},
		{value: `720`, says: "h, m and s"},
		{value: `"720h\n"`, says: "trimspace()"},
		{value: `"9999999999h"`, says: "292 years"},
		{value: `"P30D"`, says: "h, m and s"},
		{value: big, says: "h, m and s"},
		{value: `["720h"]`, says: "string required", cli: true},
	},
	"rotation_schedule": {
		{value: `""`, says: "0 fields"},
		{value: `"0 0 3 1 * *"`, says: "6 fields"},
		{value: `"@every 1h"`, says: "rotation_period"},
		{value: `"TZ=Asia/Jakarta 0 3 1 * *"`, says: "rotation_timezone"},
		{value: `"CRON_TZ=Asia/Jakarta 0 3 1 * *"`, says: "rotation_timezone"},
		{value: `"TZ="`, says: "rotation_timezone"},
		{value: `"@reboot"`, says: "is none of @yearly"},
		{value: `"0 0 31 2 *"`, says: "never comes"},
		{value: `"0 0 1 january *"`, says: "jan to dec"},
		{value: `"on the first"`, says: "3 fields"},
		{value: `"720h"`, says: "rotation_period"},
		{value: `"0 3 1 *\u200b *"`, says: `"*\u200b"`},
		{value: big, says: "1 fields"},
	},
	"rotation_timezone": {
		{value: `""`, says: "no time zone"},
		{value: `"Local"`, says: "no time zone"},
		{value: `"UTC+7"`, says: "Asia/Jakarta"},
		{value: `"Jakarta"`, says: "Asia/Jakarta"},
		{value: `"../etc/passwd"`, says: "no time zone"},
		{value: `"asia/jakarta"`, says: "Asia/Jakarta"},
		{value: `"Asia/Jakarta\n"`, says: "trimspace()"},
		{value: `"UTC\u0000"`, says: `"UTC\x00"`},
		{value: big, says: "no time zone"},
	},
	"rotate_on_external_change": {{value: `"yes"`, says: "bool", cli: true}},
	"revoke_on_destroy":         {{value: `"yes"`, says: "bool", cli: true}},
	"existing_password": {
		{value: `""`, says: "empty"},
		{value: `"` + unseen + `\n"`, says: "trimspace()"},
		{value: `" ` + unseen + `"`, says: "white space"},
		{value: `"\ufeff` + unseen + `"`, says: "cannot be seen"},
		{value: big, says: "2048 are the most"},
	},
	"login_check": {
		{value: `{}`, says: `"host" is required`, cli: true},
		{value: `"smtp.example.com"`, says: "object required", cli: true},
	},
	"login_check.host": {
		{value: `""`, says: "empty"},
		{value: `"smtp.example.com\n"`, says: "trimspace()"},
		{value: `"smtps://smtp.example.com"`, says: "no scheme"},
		{value: `"smtp.example.com:587"`, says: "no port"},
		{value: `"[2001:db8::1]"`, says: "no brackets"},
		{value: `"smtp.example.com/x"`, says: "no path"},
		{value: `"me@smtp.example.com"`, says: "neither a host name"},
		{value: `"bücher.example"`, says: "xn--"},
		{value: `"smtp\u202e.example.com"`, says: "neither a host name"},
		{value: big, says: "neither a host name"},
	},
	"login_check.port": {
		{value: `0`, says: "it is 0"},
		{value: `-1`, says: "from 1 to 65535"},
		{value: `65536`, says: "from 1 to 65535"},
		{value: `587.5`, says: "it is 587.5"},
		{value: `1e30`, says: "from 1 to 65535"},
		{value: `"smtp"`, says: "a number is required", cli: true},
	},
	"login_check.security": {
		{value: `"ssl"`, says: `one of: ["starttls" "tls" "none"], got: "ssl"`, cli: true},
		{value: `"TLS"`, says: `got: "TLS"`, cli: true},
		{value: `""`, says: `got: ""`, cli: true},
		{value: `"none"`, says: "loopback hosts alone"},
	},
	"login_check.username": {
		{value: `""`, says: "empty"},
		{value: `"mailer@example.com\n"`, says: "trimspace()"},
		{value: `"mail\u0000er"`, says: "cannot be seen"},
		{value: `"\ufeffmailer"`, says: "cannot be seen"},
	},
	"login_check.timeout": {
		{value: `"30d"`, says: "h, m and s"},
		{value: `"0s"`, says: "zero"},
		{value: `5`, says: "h, m and s"},
	},
	"login_check.ca_certificate": {
		{value: `""`, says: "no certificate in PEM"},
		{value: `"ca.pem"`, says: `file("ca.pem")`},
		{value: noPEM, says: "no certificate in PEM"},
		{value: privateKey, says: "holds a private key"},
		{value: brokenKey, says: "holds a private key"},
		{value: brokenPEM, says: "no certificate in PEM"},
	},
	"login_check.on_refresh": {{value: `"yes"`, says: "bool", cli: true}},
	"timeouts":               {{value: `"5m"`, says: "object required", cli: true}},
	"timeouts.create": {
		{value: `""`, says: "h, m and s"},
		{value: `5`, says: "h, m and s"},
		{value: `"-5m"`, says: "zero or negative"},
		{value: `"1d"`, says: "h, m and s"},
		{value: `"1mo"`, says: "h, m and s"},
		{value: `"5m\n"`, says: "h, m and s"},
		{value: `"99999999999h"`, says: "292 years"},
		{value: big, says: "h, m and s"},
	},
	"timeouts.read":   {{value: `"soon"`, says: `"5m"`}},
	"timeouts.update": {{value: `"0"`, says: "zero"}},
	"timeouts.delete": {{value: `"five minutes"`, says: "h, m and s"}},
}
