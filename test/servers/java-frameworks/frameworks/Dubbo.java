package frameworks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.dubbo.common.BaseServiceMetadata;
import org.apache.dubbo.common.URL;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;
import org.apache.dubbo.registry.RegistryFactory;
import org.apache.dubbo.registry.client.ServiceDiscoveryFactory;
import org.apache.dubbo.rpc.model.FrameworkModel;

/** A provider of Dubbo, which registers for its interfaces and as an application, as it does unless it is told otherwise; and what consumers find. */
class Dubbo implements Framework {
  public interface Orders {
    String order(String what);
  }

  private final String endpoint;
  /** For what it finds. */
  private final URL registry;
  private final Map<String, DubboBootstrap> running = new HashMap<>();

  Dubbo(String endpoint) {
    this.endpoint = endpoint;
    var finder = FrameworkModel.defaultModel().newApplication();
    finder.getApplicationConfigManager().setApplication(new ApplicationConfig("finder"));
    registry = URL.valueOf("zookeeper://" + endpoint).setScopeModel(finder);
  }

  /** It serves at the port of the address. The id is Dubbo's own. */
  @Override
  public void register(Instance instance) {
    System.setProperty("DUBBO_IP_TO_REGISTRY", instance.host());
    var application = new ApplicationConfig(instance.service());
    application.setQosEnable(false);
    application.setRegisterMode("all");
    var config = new RegistryConfig("zookeeper://" + endpoint);
    config.setParameters(Map.of("session", "2000"));
    var service = new ServiceConfig<Orders>();
    service.setInterface(Orders.class);
    service.setRef(what -> what);
    service.setVersion("1.0.0");
    var bootstrap =
        DubboBootstrap.newInstance()
            .application(application)
            .registry(config)
            .protocol(new ProtocolConfig("dubbo", instance.port()))
            .service(service);
    bootstrap.start();
    running.put(instance.service(), bootstrap);
  }

  @Override
  public void deregister(Instance instance) {
    running.remove(instance.service()).stop();
  }

  /** Of an application, or of an interface as Dubbo names it, `{group}/{interface}:{version}`. */
  @Override
  public List<Instance> find(String service) {
    return service.contains("/") ? providersOf(service) : instancesOf(service);
  }

  private List<Instance> instancesOf(String application) {
    var discovery = ServiceDiscoveryFactory.getExtension(registry).getServiceDiscovery(registry);
    var found = new ArrayList<Instance>();
    for (var each : discovery.getInstances(application))
      found.add(new Instance(null, null, each.getAddress(), each.getMetadata()));
    return found;
  }

  private List<Instance> providersOf(String key) {
    var asked = new HashMap<String, String>();
    asked.put("interface", BaseServiceMetadata.interfaceFromServiceKey(key));
    asked.put("group", BaseServiceMetadata.groupFromServiceKey(key));
    asked.put("version", BaseServiceMetadata.versionFromServiceKey(key));
    asked.put("category", "providers");
    var consumer = new URL("consumer", "127.0.0.1", 0, asked.get("interface"), asked);
    var factory = registry.getOrDefaultApplicationModel().getExtensionLoader(RegistryFactory.class).getAdaptiveExtension();
    var found = new ArrayList<Instance>();
    for (var each : factory.getRegistry(registry).lookup(consumer))
      found.add(new Instance(null, null, each.getProtocol() + "://" + each.getAddress(), each.getParameters()));
    return found;
  }
}
