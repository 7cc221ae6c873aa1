package aws

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// The Query protocol is served as far as flat structures go, which is what
// GetCallerIdentity needs; the generator refuses a query model that wants more.

// queryResult turns a flat JSON object into the XML of a Query answer.
func queryResult(c *Call, flat []byte) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<%[1]sResponse xmlns="%[2]s"><%[1]sResult>`, c.Op.Name, c.Service.Namespace)
	if err := flatXML(&b, flat); err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, "</%[1]sResult><ResponseMetadata><RequestId>%[2]s</RequestId></ResponseMetadata></%[1]sResponse>", c.Op.Name, c.RequestID)
	return b.Bytes(), nil
}

// flatXML writes one element for each member of a flat JSON object, in its order.
func flatXML(b *bytes.Buffer, flat []byte) error {
	dec := json.NewDecoder(bytes.NewReader(flat))
	dec.UseNumber()
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("encode a Query answer: %w", err)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return fmt.Errorf("encode a Query answer: %w", err)
		}
		value, err := dec.Token()
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("encode a Query answer: %w", err)
		}
		if _, nested := value.(json.Delim); nested {
			return fmt.Errorf("encode a Query answer: member %v is not flat", name)
		}
		fmt.Fprintf(b, "<%v>", name)
		_ = xml.EscapeText(b, fmt.Append(nil, value)) // a Buffer takes everything
		fmt.Fprintf(b, "</%v>", name)
	}
	return nil
}

// queryError writes an error as a Query service does.
func queryError(namespace, requestID string, err APIError) []byte {
	kind := "Sender"
	if err.HTTPStatus() >= 500 {
		kind = "Receiver"
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<ErrorResponse xmlns="%s"><Error><Type>%s</Type><Code>%s</Code><Message>`, namespace, kind, err.Code())
	_ = xml.EscapeText(&b, []byte(err.ErrorMessage())) // a Buffer takes everything
	fmt.Fprintf(&b, "</Message></Error><RequestId>%s</RequestId></ErrorResponse>", requestID)
	return b.Bytes()
}
