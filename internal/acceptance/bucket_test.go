package acceptance

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// bucket is as much of S3 as a backend "s3" asks for, with the conditional
// writes that its lock is made of.
type bucket struct {
	url string

	mu      sync.Mutex
	objects map[string][]byte
	// locks is how many locks have been taken.
	locks int
}

const lockSuffix = ".tflock"

func startBucket(t *testing.T) *bucket {
	t.Helper()
	b := &bucket{objects: map[string][]byte{}}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// environment leads a backend to the bucket.
func (b *bucket) environment() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + b.url, "AWS_ENDPOINT_URL_S3=", "AWS_ENDPOINT_URL_STS=", "AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test", "AWS_SESSION_TOKEN=", "AWS_PROFILE=", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
	}
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	object, found := b.objects[r.URL.Path]
	switch {
	case r.Method == http.MethodPost:
		answerXML(w, http.StatusOK, callerIdentity{Account: "123456789012", Arn: "arn:aws:iam::123456789012:user/test", UserID: "test"})
	case r.URL.Query().Has("list-type"):
		answerXML(w, http.StatusOK, listBucketResult{})
	case r.Method == http.MethodPut && found && r.Header.Get("If-None-Match") == "*":
		answerXML(w, http.StatusPreconditionFailed, s3Error{Code: "PreconditionFailed"})
	case r.Method == http.MethodPut:
		b.objects[r.URL.Path] = body
		if strings.HasSuffix(r.URL.Path, lockSuffix) {
			b.locks++
		}
	case r.Method == http.MethodDelete:
		delete(b.objects, r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
	case !found:
		answerXML(w, http.StatusNotFound, s3Error{Code: "NoSuchKey"})
	default:
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(object)) // It is read in ranges.
	}
}

// lock takes the lock of every state in the bucket, as somebody else would.
func (b *bucket) lock() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for path := range b.objects {
		b.objects[path+lockSuffix] = []byte(`{"ID":"92703823-f3a4-48e2-8e87-7adf25454800","Operation":"OperationTypeApply","Who":"somebody"}`)
	}
}

// locked tells how many locks have been taken, and how many are not given back.
func (b *bucket) locked() (taken, held int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for path := range b.objects {
		if strings.HasSuffix(path, lockSuffix) {
			held++
		}
	}
	return b.locks, held
}

type (
	callerIdentity struct {
		XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
		Account string   `xml:"GetCallerIdentityResult>Account"`
		Arn     string   `xml:"GetCallerIdentityResult>Arn"`
		UserID  string   `xml:"GetCallerIdentityResult>UserId"`
	}
	listBucketResult struct {
		XMLName xml.Name `xml:"ListBucketResult"`
	}
	s3Error struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
	}
)

func answerXML(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(body)
}
