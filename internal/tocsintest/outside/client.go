package outside

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// Client is the HTTP client that AWS's SDK is given where it tries once. The SDK
// closes a request's body as soon as there is an answer, which from a server as near
// as this may be before net/http has seen the body's end; it then cuts the connection
// while the answer is still being read. So this sends bodies that do not mind.
type Client struct{}

// Do is what the SDK calls.
func (Client) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(b))
	}
	return client.Do(r)
}

var client = http.Client{Timeout: time.Minute}
