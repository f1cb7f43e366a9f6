package frameworks;

import java.util.ArrayList;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.UriSpec;

/** Curator's service discovery, without a payload. */
class Curator implements Framework {
  private final ServiceDiscovery<Void> discovery;

  Curator(String endpoint) throws Exception {
    discovery = ServiceDiscoveryBuilder.builder(Void.class).client(connect(endpoint)).basePath("/services").build();
    discovery.start();
  }

  static CuratorFramework connect(String endpoint) {
    // How long ZooKeeper waits for a process that is gone, and a connection may take to begin, in milliseconds.
    var curator = CuratorFrameworkFactory.newClient(endpoint, 2_000, 30_000, new RetryOneTime(100));
    curator.start();
    return curator;
  }

  @Override
  public void register(Instance instance) throws Exception {
    discovery.registerService(instanceOf(instance));
  }

  @Override
  public void deregister(Instance instance) throws Exception {
    discovery.unregisterService(instanceOf(instance));
  }

  @Override
  public List<Instance> find(String service) throws Exception {
    var found = new ArrayList<Instance>();
    for (var each : discovery.queryForInstances(service))
      found.add(new Instance(null, each.getId(), each.buildUriSpec(), null));
    return found;
  }

  private static ServiceInstance<Void> instanceOf(Instance instance) throws Exception {
    return ServiceInstance.<Void>builder()
        .name(instance.service())
        .id(instance.id())
        .address(instance.host())
        .port(instance.port())
        .uriSpec(new UriSpec("{scheme}://{address}:{port}"))
        .build();
  }
}
