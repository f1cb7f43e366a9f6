package main

import (
	"context"
	"fmt"
	"net/url"
	"sync"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/naming/endpoints"
	naming "go.etcd.io/etcd/client/v3/naming/resolver"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/serviceconfig"
)

// Seconds; the program chooses its lease.
const grpcLease = 2

// The service is the target, and the id what the key ends with.
type grpcNaming struct {
	client  *clientv3.Client
	targets map[string]*target
}

func newGrpcNaming(endpoint string) (Framework, error) {
	client, err := clientv3.NewFromURL(endpoint)
	return &grpcNaming{client, map[string]*target{}}, err
}

func (g *grpcNaming) Register(i Instance) error {
	ctx := context.Background()
	manager, err := endpoints.NewManager(g.client, i.Service)
	if err != nil {
		return err
	}
	lease, err := g.client.Grant(ctx, grpcLease)
	if err != nil {
		return err
	}
	beats, err := g.client.KeepAlive(ctx, lease.ID)
	if err != nil {
		return err
	}
	go func() {
		for range beats {
		}
	}()
	key := i.Service + "/" + i.Address
	endpoint := endpoints.Endpoint{Addr: i.Address, Metadata: i.Metadata}
	return manager.AddEndpoint(ctx, key, endpoint, clientv3.WithLease(lease.ID))
}

func (g *grpcNaming) Deregister(i Instance) error {
	manager, err := endpoints.NewManager(g.client, i.Service)
	if err != nil {
		return err
	}
	return manager.DeleteEndpoint(context.Background(), i.Service+"/"+i.Address)
}

// Find answers with what gRPC's resolver last told the connection to the target.
func (g *grpcNaming) Find(service string, _ []string) ([]Instance, error) {
	asked := g.targets[service]
	if asked == nil {
		builder, err := naming.NewBuilder(g.client)
		if err != nil {
			return nil, err
		}
		asked = &target{}
		// As of grpc.NewClient("etcd:///" + service).
		at := resolver.Target{URL: url.URL{Scheme: "etcd", Path: "/" + service}}
		if _, err := builder.Build(at, asked, resolver.BuildOptions{}); err != nil {
			return nil, err
		}
		g.targets[service] = asked
	}
	return asked.instances(), nil
}

// A connection that only notes its addresses.
type target struct {
	lock  sync.Mutex
	state resolver.State
}

func (t *target) instances() []Instance {
	t.lock.Lock()
	defer t.lock.Unlock()
	var found []Instance
	for _, endpoint := range t.state.Endpoints {
		for _, address := range endpoint.Addresses {
			metadata, _ := address.Metadata.(map[string]any)
			found = append(found, Instance{Address: address.Addr, Metadata: asText(metadata)})
		}
	}
	return found
}

func (t *target) UpdateState(state resolver.State) error {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.state = state
	return nil
}

func (t *target) ReportError(err error) { fmt.Println(err) }

func (t *target) NewAddress([]resolver.Address) {}

func (t *target) ParseServiceConfig(string) *serviceconfig.ParseResult { return nil }
