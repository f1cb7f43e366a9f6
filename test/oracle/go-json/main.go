// The oracle of the layout tests: what Go's own encoding/json and net/url make of a document.
// Standard input: a JSON object a line, {"kind": "kratos" | "aio" | "url", "doc": base64}.
// Standard output: a JSON object a line, in the same order.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"time"
)

type kratosInstance struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	Version   string            `json:"version"`
	Metadata  map[string]string `json:"metadata"`
	Endpoints []string          `json:"endpoints"`
}

type aioInstance struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	Address       string            `json:"address"`
	Protocol      string            `json:"protocol"`
	Env           string            `json:"env"`
	RegisterTime  time.Time         `json:"register_time"`
	StartTime     time.Time         `json:"start_time"`
	OfflineTime   time.Time         `json:"offline_time"`
	LastRenewTime time.Time         `json:"last_renew_time"`
	Metadata      map[string]string `json:"metadata,omitempty"`
	Weight        int               `json:"weight"`
	Status        string            `json:"status"`
}

type question struct {
	Kind string `json:"kind"`
	Doc  []byte `json:"doc"`
}

type answer struct {
	// "ok", "null", "syntax", "type"; for a URL "ok" or "refused".
	Verdict string `json:"verdict"`
	Error   string `json:"error,omitempty"`
	// The struct as far as it was decoded. Times in milliseconds since 1970.
	Fields map[string]any `json:"fields,omitempty"`
	// What json.Marshal makes of it again.
	Encoded []byte `json:"encoded,omitempty"`
}

func decode[T any](doc []byte, fields func(*T) map[string]any) answer {
	var value *T
	err := json.Unmarshal(doc, &value)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return answer{Verdict: "syntax", Error: err.Error()}
	case err != nil:
		return answer{Verdict: "type", Error: err.Error()}
	case value == nil:
		return answer{Verdict: "null"}
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		encoded = nil
	}
	return answer{Verdict: "ok", Fields: fields(value), Encoded: encoded}
}

func kratosFields(v *kratosInstance) map[string]any {
	return map[string]any{"id": v.ID, "name": v.Name, "version": v.Version, "metadata": v.Metadata, "endpoints": v.Endpoints}
}

func aioFields(v *aioInstance) map[string]any {
	return map[string]any{
		"id": v.ID, "name": v.Name, "address": v.Address, "protocol": v.Protocol, "env": v.Env,
		"register_time": v.RegisterTime.UnixMilli(), "start_time": v.StartTime.UnixMilli(),
		"offline_time": v.OfflineTime.UnixMilli(), "last_renew_time": v.LastRenewTime.UnixMilli(),
		"metadata": v.Metadata, "weight": v.Weight, "status": v.Status,
	}
}

func parse(doc []byte) answer {
	u, err := url.Parse(string(doc))
	if err != nil {
		return answer{Verdict: "refused", Error: err.Error()}
	}
	return answer{Verdict: "ok", Fields: map[string]any{
		"scheme": u.Scheme, "address": u.Host, "host": u.Hostname(), "port": u.Port(),
	}}
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 16<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for in.Scan() {
		var q question
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			panic(err)
		}
		var a answer
		switch q.Kind {
		case "kratos":
			a = decode(q.Doc, kratosFields)
		case "aio":
			a = decode(q.Doc, aioFields)
		case "url":
			a = parse(q.Doc)
		}
		if err := encoder.Encode(a); err != nil {
			panic(err)
		}
	}
	if err := in.Err(); err != nil {
		panic(err)
	}
}
