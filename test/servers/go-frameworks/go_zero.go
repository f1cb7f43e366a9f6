package main

import (
	"fmt"

	"github.com/zeromicro/go-zero/core/discov"
	"github.com/zeromicro/go-zero/core/logx"
)

// The service is go-zero's Key.
type goZero struct {
	endpoints   []string
	publishers  map[string]*discov.Publisher
	subscribers map[string]*discov.Subscriber
}

func newGoZero(endpoint string) (Framework, error) {
	logx.Disable()
	return &goZero{[]string{endpoint}, map[string]*discov.Publisher{}, map[string]*discov.Subscriber{}}, nil
}

func (g *goZero) Register(i Instance) error {
	publisher := discov.NewPublisher(g.endpoints, i.Service, i.Address)
	g.publishers[i.Service+" "+i.Address] = publisher
	return publisher.KeepAlive()
}

func (g *goZero) Deregister(i Instance) error {
	publisher := g.publishers[i.Service+" "+i.Address]
	if publisher == nil {
		return fmt.Errorf("%s is not registered at %s", i.Service, i.Address)
	}
	publisher.Stop()
	return nil
}

// Find answers with what the subscriber of the service has heard so far.
func (g *goZero) Find(service string, _ []string) ([]Instance, error) {
	subscriber := g.subscribers[service]
	if subscriber == nil {
		var err error
		if subscriber, err = discov.NewSubscriber(g.endpoints, service); err != nil {
			return nil, err
		}
		g.subscribers[service] = subscriber
	}
	var found []Instance
	for _, value := range subscriber.Values() {
		found = append(found, Instance{Address: value})
	}
	return found, nil
}
