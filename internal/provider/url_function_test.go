package provider

import (
	"fmt"
	"math/big"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// callURL calls the function as Terraform does.
func callURL(t *testing.T, username, password, host string, port float64) (string, *function.FuncError) {
	t.Helper()
	req := function.RunRequest{Arguments: function.NewArgumentsData([]attr.Value{
		types.StringValue(username), types.StringValue(password), types.StringValue(host),
		types.NumberValue(big.NewFloat(port)),
	})}
	resp := function.RunResponse{Result: function.NewResultData(types.StringUnknown())}
	newURLFunction().Run(t.Context(), req, &resp)
	result, _ := resp.Result.Value().(types.String)
	return result.ValueString(), resp.Error
}

func TestURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		username, password, host string
		port                     float64
		want                     string
	}{
		{"mailer", "secret", "smtp.example.com", 587, "smtp://mailer:secret@smtp.example.com:587"},
		{"mailer", "secret", "smtp.example.com", 465, "smtps://mailer:secret@smtp.example.com:465"},
		{"mailer", "secret", "smtp.example.com", 1, "smtp://mailer:secret@smtp.example.com:1"},
		{"mailer", "secret", "smtp.example.com", 65535, "smtp://mailer:secret@smtp.example.com:65535"},
		{"mailer@example.com", "", "localhost", 25, "smtp://mailer%40example.com:@localhost:25"},
		{"m", "aZ09-._~", "192.0.2.1", 587, "smtp://m:aZ09-._~@192.0.2.1:587"},
		{"m", " +:/?#[]@", "2001:db8::1", 587, "smtp://m:%20%2B%3A%2F%3F%23%5B%5D%40@[2001:db8::1]:587"},
		{"m", "!$&'()*,;=", "h", 587, "smtp://m:%21%24%26%27%28%29%2A%2C%3B%3D@h:587"},
		{"m", "%\"<>\\^`{|}", "h", 587, "smtp://m:%25%22%3C%3E%5C%5E%60%7B%7C%7D@h:587"},
		{"é", "\n€", "xn--bcher-kva.example", 587, "smtp://%C3%A9:%0A%E2%82%AC@xn--bcher-kva.example:587"},
	} {
		got, err := callURL(t, test.username, test.password, test.host, test.port)
		if err != nil || got != test.want {
			t.Errorf("%+v: got %s, %v", test, got, err)
		}
	}
}

// TestURLRefuses checks that each error names its argument, shows a good one and quotes
// none.
func TestURLRefuses(t *testing.T) {
	t.Parallel()
	const hidden = "secret"
	for _, test := range []struct {
		username, host string
		port           float64
		argument       int64
		name, good     string
	}{
		{"", "smtp.example.com", 587, urlUsername, "username", "mailer@example.com"},
		{"m", "", 587, urlHost, "host", "smtp.example.com"},
		{"m", "smtps://secret.example", 587, urlHost, "host", "smtp.example.com"},
		{"m", "smtp.example.com:587", 587, urlHost, "host", "smtp.example.com"},
		{"m", "smtp.example.com/secret", 587, urlHost, "host", "smtp.example.com"},
		{"m", "smtp.example.com?secret", 587, urlHost, "host", "smtp.example.com"},
		{"m", "smtp.example.com#secret", 587, urlHost, "host", "smtp.example.com"},
		{"m", "m:secret@smtp.example.com", 587, urlHost, "host", "smtp.example.com"},
		{"m", "secret@smtp.example.com", 587, urlHost, "host", "smtp.example.com"},
		{"m", "fe80::1%eth0", 587, urlHost, "host", "smtp.example.com"},
		{"m", "fe80::1%25secret", 587, urlHost, "host", "smtp.example.com"},
		{"m", "[2001:db8::1]", 587, urlHost, "host", "smtp.example.com"},
		{"m", "bücher.example", 587, urlHost, "host", "smtp.example.com"},
		{"m", "secret example", 587, urlHost, "host", "smtp.example.com"},
		{"m", "smtp.example.com\n", 587, urlHost, "host", "smtp.example.com"},
		{"m", strings.Repeat("secret.", 50), 587, urlHost, "host", "smtp.example.com"},
		{"m", "smtp.example.com", 0, urlPort, "port", "587"},
		{"m", "smtp.example.com", -1, urlPort, "port", "587"},
		{"m", "smtp.example.com", 65536, urlPort, "port", "587"},
		{"m", "smtp.example.com", 587.5, urlPort, "port", "587"},
		{"m", "smtp.example.com", 1e30, urlPort, "port", "587"},
	} {
		got, err := callURL(t, test.username, hidden, test.host, test.port)
		if err == nil || err.FunctionArgument == nil || *err.FunctionArgument != test.argument {
			t.Errorf("%+v: got %q, %v", test, got, err)
			continue
		}
		if !strings.HasPrefix(err.Text, test.name+" is ") || !strings.Contains(err.Text, test.good) {
			t.Errorf("%+v: the error is %q", test, err.Text)
		}
		if strings.HasSuffix(err.Text, ".") {
			t.Errorf("%+v: the CLI adds another full stop to %q", test, err.Text)
		}
		if got != "" || strings.Contains(err.Text, hidden) {
			t.Errorf("%+v: got %q, or an argument in %q", test, got, err.Text)
		}
	}
}

const encoded = `[A-Za-z0-9._~-]|%[0-9A-F]{2}`

var (
	plainHost = regexp.MustCompile(`^[a-z0-9]{1,10}(\.[a-z0-9]{1,10}){0,5}$`)
	plainURL  = regexp.MustCompile(`^smtps?://(` + encoded + `)+:(` + encoded + `)*@[^/?#@%\s]+:[0-9]+$`)
)

// FuzzURL compares with net/url: it gives back what went into a URL. What is refused has
// an argument that is not plain, whatever the password is.
func FuzzURL(f *testing.F) {
	f.Add("mailer@example.com", "p a+s%s:/?#[]@", "smtp.example.com", 587.0)
	f.Add("m", "", "2001:db8::1", 465.0)
	f.Add("", "\x00\xff", "m:p@[fe80::1%25eth0]/x?y#z", -0.5)
	f.Fuzz(func(t *testing.T, username, password, host string, port float64) {
		if port != port { // Terraform has no such number, and math/big panics
			return
		}
		got, err := callURL(t, username, password, host, port)
		isPort := port == float64(uint16(max(0, min(port, 65535)))) && port != 0
		if err != nil {
			if username != "" && plainHost.MatchString(host) && isPort {
				t.Errorf("refused: %s", err.Text)
			}
			if _, other := callURL(t, username, "other", host, port); !other.Equal(err) {
				t.Errorf("the error depends on the password: %q, and %q", err.Text, other.Text)
			}
			return
		}
		parsed, parseErr := url.Parse(got)
		if parseErr != nil || !plainURL.MatchString(got) {
			t.Fatalf("%q is no plain URL: %v", got, parseErr)
		}
		given, _ := parsed.User.Password()
		want := fmt.Sprint(username, password, host, strconv.FormatFloat(port, 'f', -1, 64), port == 465)
		back := fmt.Sprint(parsed.User.Username(), given, parsed.Hostname(), parsed.Port(), parsed.Scheme == "smtps")
		if back != want || !isPort {
			t.Errorf("%q gives back %q, want %q", got, back, want)
		}
	})
}
