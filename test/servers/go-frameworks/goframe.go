package main

import (
	"context"
	"strings"

	"github.com/gogf/gf/contrib/registry/etcd/v2"
	"github.com/gogf/gf/v2/net/gsvc"
	"github.com/gogf/gf/v2/os/glog"
)

type goFrame struct{ registry gsvc.Registry }

func newGoFrame(endpoint string) (Framework, error) {
	quiet := glog.New()
	quiet.SetStdoutPrint(false)
	return &goFrame{etcd.New(endpoint, etcd.Option{Logger: quiet})}, nil
}

func (g *goFrame) Register(i Instance) error {
	_, err := g.registry.Register(context.Background(), goFrameService(i))
	return err
}

func (g *goFrame) Deregister(i Instance) error {
	return g.registry.Deregister(context.Background(), goFrameService(i))
}

func (g *goFrame) Find(service string, _ []string) ([]Instance, error) {
	// Of any version: without a prefix it would look for the version "latest" alone.
	folders := []string{"", gsvc.DefaultHead, gsvc.DefaultDeployment, gsvc.DefaultNamespace, service, ""}
	asked := gsvc.SearchInput{Prefix: strings.Join(folders, "/"), Name: service}
	services, err := g.registry.Search(context.Background(), asked)
	var found []Instance
	for _, each := range services {
		for _, endpoint := range each.GetEndpoints() {
			i := Instance{Address: endpoint.String(), Version: each.GetVersion(), Metadata: asText(each.GetMetadata())}
			found = append(found, i)
		}
	}
	return found, err
}

func goFrameService(i Instance) gsvc.Service {
	metadata := gsvc.Metadata{}
	for key, value := range i.Metadata {
		metadata[key] = value
	}
	return &gsvc.LocalService{
		Name:      i.Service,
		Version:   i.Version,
		Endpoints: gsvc.NewEndpoints(i.Address),
		Metadata:  metadata,
	}
}
