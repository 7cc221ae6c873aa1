// Package vectors runs AWS's public protocol vectors against the runtime and the
// generator: toy services made from the vectors' own models decode what AWS's clients are
// told to send, and encode what they are told to understand.
package vectors

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/aws/vectors/json/jsontest"
	"github.com/tocsin-io/tocsin/internal/aws/vectors/query/querytest"
	"github.com/tocsin-io/tocsin/internal/aws/vectors/rest/resttest"
)

// protocols pairs each vector file with its toy service.
var protocols = []struct {
	name    string
	service *aws.Service
	handler any
	skip    map[string]string // suites that no service here needs, by side and description
}{
	{"jsontest", jsontest.Service(jsontest.Unimplemented{}, nil), jsontest.Unimplemented{}, map[string]string{
		"input Endpoint host trait static prefix": clientOnly,
	}},
	{"resttest", resttest.Service(resttest.Unimplemented{}, nil), resttest.Unimplemented{}, map[string]string{
		"input String to string maps in querystring":                     noQueryMaps,
		"input String to string list maps in querystring":                noQueryMaps,
		"input URI parameter, querystring params, headers and JSON body": noHeaders,
		"input Omits null query params, but serializes empty strings":    "no operation here has a query in its path",
		"input Streaming payload":                                        noPayload,
		"input Blob payload":                                             noPayload,
		"input Structure payload":                                        noPayload,
		"input String payload":                                           noPayload,
		"input Timestamp values":                                         noHeaders,
		"input JSON value trait":                                         noHeaders,
		"input Enum":                                                     noHeaders,
		"input Endpoint host trait":                                      clientOnly,
		"input rest-json Content-Type and body":                          noPayload,
		"output Scalar members":                                          noHeaders,
		"output Timestamp members":                                       noHeaders,
		"output Supports header maps":                                    noHeaders,
		"output JSON payload":                                            noPayload,
		"output Streaming payload":                                       noPayload,
		"output JSON value trait":                                        noHeaders,
		"output Enum":                                                    noHeaders,
	}},
	{"querytest", querytest.Service(querytest.Unimplemented{}, nil), querytest.Unimplemented{}, map[string]string{
		"input Nested structure members":             flatOnly,
		"input List types":                           flatOnly,
		"input Flattened list":                       flatOnly,
		"input Serialize flattened map type":         flatOnly,
		"input Non flattened list with LocationName": flatOnly,
		"input Flattened list with LocationName":     flatOnly,
		"input Serialize map type":                   flatOnly,
		"input Serialize map type with locationName": flatOnly,
		"input Base64 encoded Blobs nested":          flatOnly,
		"input Recursive shapes":                     flatOnly,
		"input Enum":                                 flatOnly,
		"input Endpoint host trait":                  clientOnly,
		"output Lists":                               flatOnly,
		"output List with custom member name":        flatOnly,
		"output Flattened List":                      flatOnly,
		"output Flattened single element list":       flatOnly,
		"output List of structures":                  flatOnly,
		"output Flattened list of structures":        flatOnly,
		"output Flattened list with location name":   flatOnly,
		"output Normal map":                          flatOnly,
		"output Flattened map":                       flatOnly,
		"output Flattened map in shape definition":   flatOnly,
		"output Named map":                           flatOnly,
		"output Timestamp members":                   flatOnly,
		"output Enum output":                         flatOnly,
	}},
}

const (
	clientOnly  = "the host is the client's business"
	noQueryMaps = "no operation here has a map in its query"
	noHeaders   = "no operation here has a member in a header"
	noPayload   = "no operation here has a payload member"
	flatOnly    = "GetCallerIdentity, the one query operation here, is flat"
)

type suite struct {
	Description string
	Metadata    struct{ TargetPrefix string }
	Cases       []vector
}

type vector struct {
	Given struct {
		Name string
		HTTP struct{ RequestURI string }
	}
	Params     map[string]any
	Serialized struct {
		Method, URI string
		Body        json.RawMessage
		Headers     map[string]string
	}
	Result   map[string]any
	Response struct{ Body json.RawMessage }
}

func suites(t *testing.T, pkg, side string) []suite {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(strings.TrimSuffix(pkg, "test"), pkg, "testdata", side+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []suite
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// body is a vector's body: text, whether written as JSON text or not.
func body(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// TestInputs sends what the vectors say clients send, and compares what the handler gets
// with what the client was given.
func TestInputs(t *testing.T) {
	for _, p := range protocols {
		for i, s := range suites(t, p.name, "input") {
			for j, v := range s.Cases {
				t.Run(fmt.Sprintf("%s/%s/%d", p.name, s.Description, j), func(t *testing.T) {
					op := p.service.Op(fmt.Sprintf("Input%02dCase%d", i, j))
					if !served(t, op, p.skip["input "+s.Description]) {
						return
					}
					if s.Description == "Enum" && j == 0 {
						t.Skip("it sends a value that the enum does not have: a client may, and we refuse it")
					}
					got := send(t, p.service, op, s, v)
					want := withoutNulls(v.Params)
					if strings.HasPrefix(s.Description, "Idempotency token") {
						got["Token"], want["Token"] = nil, nil // the vector's client makes one up
					}
					if diff := cmp.Diff(want, plain(got, want)); diff != "" {
						t.Errorf("input differs (-want +got):\n%s", diff)
					}
				})
			}
		}
	}
}

// served tells whether a vector is run, and fails when the list of skipped ones lies.
func served(t *testing.T, op *aws.Operation, reason string) bool {
	t.Helper()
	switch {
	case op == nil && reason == "":
		t.Error("the generator refused this vector's model, and the list of skipped ones gives no reason")
	case op != nil && reason != "":
		t.Errorf("listed as skipped (%s), but the generator takes it", reason)
	case op == nil:
		t.Skip(reason)
	}
	return op != nil
}

// send puts a serialized request, signed, through a handler that has only this operation,
// and returns its input as a map.
func send(t *testing.T, from *aws.Service, op *aws.Operation, s suite, v vector) map[string]any {
	t.Helper()
	one := *op
	one.Name = v.Given.Name
	if s.Metadata.TargetPrefix == "" {
		s.Metadata.TargetPrefix = "Toy"
	}
	service := aws.NewService(&aws.Service{
		Name: from.Name, Protocol: from.Protocol, TargetPrefix: s.Metadata.TargetPrefix,
		Ops: []*aws.Operation{&one}, Invalid: from.Invalid, Internal: from.Internal,
	})
	var input any
	stop := errors.New("stop")
	h := aws.NewHandler(aws.Options{
		Services: []*aws.Service{service},
		Keys:     func(context.Context, string) (aws.Key, error) { return aws.Key{Secret: "secret"}, nil },
		Around: func(_ context.Context, c *aws.Call, _ func(context.Context) (any, error)) (any, error) {
			input = c.Input
			return nil, aws.Errorf("Stop", 499, "%v", stop)
		},
	})
	method := v.Serialized.Method
	if method == "" {
		method = one.Method
	}
	text := body(v.Serialized.Body)
	r := httptest.NewRequest(method, "http://localhost"+v.Serialized.URI, strings.NewReader(text))
	for name, value := range v.Serialized.Headers {
		r.Header.Set(name, value)
	}
	if from.Protocol == aws.Query {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	if from.Protocol == aws.JSON && (s.Metadata.TargetPrefix == "Toy" || r.Header.Get("X-Amz-Target") == "") {
		r.Header.Set("X-Amz-Target", s.Metadata.TargetPrefix+"."+one.Name)
	}
	sum := sha256.Sum256([]byte(text))
	if err := v4.NewSigner().SignHTTP(t.Context(), sdk.Credentials{AccessKeyID: "K", SecretAccessKey: "secret"}, r, hex.EncodeToString(sum[:]), from.Name, "r", time.Now()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if input == nil {
		t.Fatalf("the request was refused: %d %s", w.Code, w.Body)
	}
	return structMap(reflect.ValueOf(input).Elem())
}

// structMap turns a generated structure into a map by member name, without what is
// absent.
func structMap(v reflect.Value) map[string]any {
	m := map[string]any{}
	for i := range v.NumField() {
		if value := value(v.Field(i)); value != nil {
			m[v.Type().Field(i).Name] = value
		}
	}
	return m
}

func value(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return value(v.Elem())
	case reflect.Struct:
		if at, ok := v.Interface().(time.Time); ok {
			return float64(at.UnixMicro()) / 1e6
		}
		return structMap(v)
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		if b, ok := v.Interface().([]byte); ok {
			return string(b)
		}
		list := []any{}
		for i := range v.Len() {
			list = append(list, value(v.Index(i)))
		}
		return list
	case reflect.Map:
		if v.IsNil() {
			return nil
		}
		m := map[string]any{}
		for _, key := range v.MapKeys() {
			m[key.String()] = value(v.MapIndex(key))
		}
		return m
	case reflect.Int, reflect.Int64:
		return float64(v.Int())
	case reflect.String:
		return v.String()
	}
	return v.Interface()
}

// plain renames Go's members as the vector's model does: only their first letter can
// differ.
func plain(got, want any) any {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return got
		}
		out := map[string]any{}
		for name, value := range g {
			for wanted := range w {
				if strings.EqualFold(wanted, name) {
					name = wanted
				}
			}
			out[name] = plain(value, w[name])
		}
		return out
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return got
		}
		out := make([]any, len(g))
		for i := range g {
			out[i] = plain(g[i], w[i])
		}
		return out
	}
	return got
}

func withoutNulls(m map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range m {
		if v != nil {
			out[name] = v
		}
	}
	return out
}

// TestOutputs encodes what the vectors say a client should understand, and compares with
// what they say the service sent.
func TestOutputs(t *testing.T) {
	for _, p := range protocols {
		for i, s := range suites(t, p.name, "output") {
			for j, v := range s.Cases {
				t.Run(fmt.Sprintf("%s/%s/%d", p.name, s.Description, j), func(t *testing.T) {
					name := fmt.Sprintf("Output%02dCase%d", i, j)
					op := p.service.Op(name)
					if !served(t, op, p.skip["output "+s.Description]) {
						return
					}
					if why := inexact[fmt.Sprintf("%s/%d", s.Description, j)]; why != "" {
						t.Skip(why)
					}
					method := reflect.ValueOf(p.handler).MethodByName(name)
					out := reflect.New(method.Type().Out(0).Elem())
					fill(t, out.Elem(), v.Result)
					e := aws.NewEncoder(nil)
					op.Encode(e, out.Interface())
					compareOutput(t, p.service.Protocol, p.service, op, e.Bytes(), body(v.Response.Body))
				})
			}
		}
	}
}

// inexact lists answers that a client must tolerate and that we never give.
var inexact = map[string]string{
	"Lists/1":                               "null elements: lists here are never sparse",
	"Ignores extra data/0":                  "members that are not in the model",
	"Timestamp members/0":                   "checked by TestTimestamps: the vector writes one instant in several ways",
	"unmodeled non-json response payload/0": "not JSON",
	"unmodeled non-json response payload/1": "not JSON",
	"unmodeled non-json response payload/2": "not JSON",
	"Ignores undefined output/0":            "not JSON",
	"Maps/1":                                "null values",
}

func compareOutput(t *testing.T, p aws.Protocol, _ *aws.Service, _ *aws.Operation, got []byte, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal(got, &g); err != nil {
		t.Fatalf("the answer is not JSON: %v\n%s", err, got)
	}
	if p == aws.Query {
		w = xmlMembers(t, want)
		flat := map[string]any{}
		for name, v := range g.(map[string]any) {
			flat[name] = fmt.Sprint(v)
		}
		g = flat
	} else if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("the vector's answer is not JSON: %v", err)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("answer differs (-want +got):\n%s", diff)
	}
}

// xmlMembers returns the leaves of a Query answer.
func xmlMembers(t *testing.T, text string) map[string]any {
	t.Helper()
	members := map[string]any{}
	dec := xml.NewDecoder(strings.NewReader(text))
	name, value, leaf := "", "", false
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			delete(members, "RequestId")
			return members
		}
		if err != nil {
			t.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			name, value, leaf = tok.Name.Local, "", true
		case xml.CharData:
			value += string(tok)
		case xml.EndElement:
			if leaf {
				members[name] = value
			}
			leaf = false
		}
	}
}

// fill sets a generated structure from a vector's result.
func fill(t *testing.T, v reflect.Value, from any) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), from)
	case reflect.Struct:
		if _, ok := v.Interface().(time.Time); ok {
			v.Set(reflect.ValueOf(time.UnixMicro(int64(from.(float64) * 1e6))))
			return
		}
		for name, value := range from.(map[string]any) {
			f := v.FieldByNameFunc(func(n string) bool { return strings.EqualFold(n, name) })
			if !f.IsValid() {
				t.Fatalf("%v has no member %s", v.Type(), name)
			}
			if value != nil {
				fill(t, f, value)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte(from.(string)))
			return
		}
		list := from.([]any)
		v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
		for i := range list {
			fill(t, v.Index(i), list[i])
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for key, value := range from.(map[string]any) {
			element := reflect.New(v.Type().Elem()).Elem()
			fill(t, element, value)
			v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), element)
		}
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(from.(float64)))
	case reflect.Float64:
		v.SetFloat(from.(float64))
	case reflect.Bool:
		v.SetBool(from.(bool))
	default:
		v.SetString(from.(string))
	}
}

// TestTimestamps compares instants by their meaning: the vector of the JSON protocol gives
// one instant in each of the formats.
func TestTimestamps(t *testing.T) {
	for i, s := range suites(t, "jsontest", "output") {
		if s.Description != "Timestamp members" {
			continue
		}
		service := jsontest.Service(jsontest.Unimplemented{}, nil)
		name := fmt.Sprintf("Output%02dCase0", i)
		method := reflect.ValueOf(jsontest.Unimplemented{}).MethodByName(name)
		out := reflect.New(method.Type().Out(0).Elem())
		fill(t, out.Elem(), s.Cases[0].Result)
		e := aws.NewEncoder(nil)
		service.Op(name).Encode(e, out.Interface())
		var got, want map[string]any
		if err := errors.Join(json.Unmarshal(e.Bytes(), &got), json.Unmarshal([]byte(body(s.Cases[0].Response.Body)), &want)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(instants(want), instants(got)); diff != "" {
			t.Errorf("answer differs (-want +got):\n%s", diff)
		}
		return
	}
	t.Fatal("the vectors have no timestamps")
}

func instants(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			out[name] = instants(value)
		}
		return out
	case string:
		for _, layout := range []string{aws.ISO8601, aws.RFC822} {
			if at, err := time.Parse(layout, v); err == nil {
				return at.UTC().Format(time.RFC3339)
			}
		}
	}
	return v
}
