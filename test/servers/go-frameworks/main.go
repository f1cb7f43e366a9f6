// Go-frameworks registers and finds instances with the libraries of Go's frameworks: `go-frameworks FRAMEWORK HOST:PORT`.
//
// It reads a request in JSON from each line of standard input, and answers each with a line. It ends with its input, and then
// leaves what it registered.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
)

// Instance has what the frameworks know of one, each as far as it has a place for it.
type Instance struct {
	Service  string            `json:"service,omitempty"`
	ID       string            `json:"id,omitempty"`
	Address  string            `json:"address"`
	Version  string            `json:"version,omitempty"`
	Weight   int               `json:"weight,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

// Framework is one library, connected to its registry.
type Framework interface {
	Register(Instance) error
	// Deregister takes back what was registered under that service and address.
	Deregister(Instance) error
	// Find answers what clients of the framework would call. Where a library tells metadata only by name, keys are asked for.
	Find(service string, keys []string) ([]Instance, error)
}

type request struct {
	Do string `json:"do"`
	Instance
	Keys []string `json:"keys"`
}

type answer struct {
	Error     string     `json:"error,omitempty"`
	Instances []Instance `json:"instances,omitempty"`
}

var frameworks = map[string]func(endpoint string) (Framework, error){
	"go-zero":     newGoZero,
	"goframe":     newGoFrame,
	"grpc-naming": newGrpcNaming,
	"kitex":       newKitex,
}

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(words []string) error {
	if len(words) != 2 || frameworks[words[0]] == nil {
		return fmt.Errorf("usage: go-frameworks FRAMEWORK HOST:PORT; there is no framework %q", words)
	}
	answers := json.NewEncoder(os.Stdout)
	os.Stdout = os.Stderr // where libraries may log
	framework, err := frameworks[words[0]](words[1])
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		found, err := obey(framework, lines.Bytes())
		said := answer{Instances: found}
		if err != nil {
			said.Error = err.Error()
		}
		if err := answers.Encode(said); err != nil {
			return err
		}
	}
	return nil
}

func obey(framework Framework, line []byte) ([]Instance, error) {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	switch asked.Do {
	case "register":
		return nil, framework.Register(asked.Instance)
	case "deregister":
		return nil, framework.Deregister(asked.Instance)
	case "find":
		return framework.Find(asked.Service, asked.Keys)
	}
	return nil, fmt.Errorf("cannot %q", asked.Do)
}

// An address as it is given: nothing is looked up.
type address string

var _ net.Addr = address("")

func (a address) Network() string { return "tcp" }
func (a address) String() string  { return string(a) }

// Asked for by name, for libraries that do not list what they have.
func byName(keys []string, tag func(key string) (string, bool)) map[string]string {
	found := map[string]string{}
	for _, key := range keys {
		if value, ok := tag(key); ok {
			found[key] = value
		}
	}
	return found
}

// Metadata of any type as text.
func asText[V any](metadata map[string]V) map[string]string {
	text := map[string]string{}
	for key, value := range metadata {
		text[key] = fmt.Sprint(value)
	}
	return text
}
