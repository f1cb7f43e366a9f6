package frameworks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.details.JsonInstanceSerializer;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.commons.util.InetUtils;
import org.springframework.cloud.commons.util.InetUtilsProperties;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.zookeeper.discovery.ZookeeperDiscoveryClient;
import org.springframework.cloud.zookeeper.discovery.ZookeeperDiscoveryProperties;
import org.springframework.cloud.zookeeper.discovery.ZookeeperInstance;
import org.springframework.cloud.zookeeper.discovery.ZookeeperServiceInstanceListSupplier;
import org.springframework.cloud.zookeeper.discovery.dependency.ZookeeperDependencies;
import org.springframework.cloud.zookeeper.serviceregistry.ServiceInstanceRegistration;
import org.springframework.cloud.zookeeper.serviceregistry.ZookeeperRegistration;
import org.springframework.cloud.zookeeper.serviceregistry.ZookeeperServiceRegistry;
import org.springframework.cloud.zookeeper.support.StatusConstants;
import reactor.core.publisher.Flux;

/** Spring Cloud ZooKeeper's registry, and what its load balancer chooses from; the parts of it that an application is given. */
class Spring implements Framework {
  private final ZookeeperServiceRegistry registry;
  private final ZookeeperDiscoveryClient client;
  private final ZookeeperDependencies dependencies = new ZookeeperDependencies();
  private final HashMap<String, ZookeeperRegistration> registered = new HashMap<>();

  Spring(String endpoint) throws Exception {
    ServiceDiscovery<ZookeeperInstance> discovery =
        ServiceDiscoveryBuilder.builder(ZookeeperInstance.class)
            .client(Curator.connect(endpoint))
            .basePath("/services")
            .serializer(new JsonInstanceSerializer<>(ZookeeperInstance.class))
            .build();
    discovery.start();
    registry = new ZookeeperServiceRegistry(discovery);
    var properties = new ZookeeperDiscoveryProperties(new InetUtils(new InetUtilsProperties()));
    client = new ZookeeperDiscoveryClient(discovery, dependencies, properties);
  }

  @Override
  public void register(Instance instance) {
    var metadata = new HashMap<>(instance.some());
    metadata.put(StatusConstants.INSTANCE_STATUS_KEY, StatusConstants.STATUS_UP);
    var registration =
        ServiceInstanceRegistration.builder()
            .name(instance.service())
            .id(instance.id())
            .address(instance.host())
            .port(instance.port())
            .payload(new ZookeeperInstance(instance.id(), instance.service(), metadata))
            .defaultUriSpec()
            .build();
    registered.put(instance.id(), registration);
    registry.register(registration);
  }

  @Override
  public void deregister(Instance instance) {
    registry.deregister(registered.get(instance.id()));
  }

  /** Those that its load balancer would call. */
  @Override
  public List<Instance> find(String service) {
    var all = new ServiceInstanceListSupplier() {
      @Override
      public String getServiceId() {
        return service;
      }

      @Override
      public Flux<List<ServiceInstance>> get() {
        return Flux.just(client.getInstances(service));
      }
    };
    var found = new ArrayList<Instance>();
    for (var each : new ZookeeperServiceInstanceListSupplier(all, dependencies).get().blockFirst())
      found.add(new Instance(null, each.getInstanceId(), each.getUri().toString(), each.getMetadata()));
    return found;
  }
}
