package main

import (
	"context"
	"strings"

	"github.com/cloudwego/kitex/pkg/discovery"
	"github.com/cloudwego/kitex/pkg/registry"
	etcd "github.com/kitex-contrib/registry-etcd"
)

type kitex struct {
	registry registry.Registry
	resolver discovery.Resolver
}

func newKitex(endpoint string) (Framework, error) {
	written, err := etcd.NewEtcdRegistry([]string{endpoint})
	if err != nil {
		return nil, err
	}
	read, err := etcd.NewEtcdResolver([]string{endpoint})
	return &kitex{written, read}, err
}

func (k *kitex) Register(i Instance) error   { return k.registry.Register(kitexInfo(i)) }
func (k *kitex) Deregister(i Instance) error { return k.registry.Deregister(kitexInfo(i)) }

func (k *kitex) Find(service string, keys []string) ([]Instance, error) {
	result, err := k.resolver.Resolve(context.Background(), service)
	if err != nil {
		// That none is left is an error to Kitex.
		if strings.HasPrefix(err.Error(), "no instance remains") {
			return nil, nil
		}
		return nil, err
	}
	var found []Instance
	for _, i := range result.Instances {
		found = append(found, Instance{Address: i.Address().String(), Weight: i.Weight(), Metadata: byName(keys, i.Tag)})
	}
	return found, nil
}

func kitexInfo(i Instance) *registry.Info {
	return &registry.Info{ServiceName: i.Service, Addr: address(i.Address), Weight: i.Weight, Tags: i.Metadata}
}
