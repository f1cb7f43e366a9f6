package frameworks;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

/** A provider of Dubbo, which registers for its interfaces and as an application, as it does unless it is told otherwise. */
class Dubbo implements Framework {
  public interface Orders {
    String order(String what);
  }

  private final String endpoint;
  private final Map<String, DubboBootstrap> running = new HashMap<>();

  Dubbo(String endpoint) {
    this.endpoint = endpoint;
  }

  /** It serves at the port of the address. The id is Dubbo's own. */
  @Override
  public void register(Instance instance) {
    System.setProperty("DUBBO_IP_TO_REGISTRY", instance.host());
    var application = new ApplicationConfig(instance.service());
    application.setQosEnable(false);
    application.setRegisterMode("all");
    var registry = new RegistryConfig("zookeeper://" + endpoint);
    registry.setParameters(Map.of("session", "2000"));
    var service = new ServiceConfig<Orders>();
    service.setInterface(Orders.class);
    service.setRef(what -> what);
    service.setVersion("1.0.0");
    var bootstrap =
        DubboBootstrap.newInstance()
            .application(application)
            .registry(registry)
            .protocol(new ProtocolConfig("dubbo", instance.port()))
            .service(service);
    bootstrap.start();
    running.put(instance.service(), bootstrap);
  }

  @Override
  public void deregister(Instance instance) {
    running.remove(instance.service()).stop();
  }

  @Override
  public List<Instance> find(String service) {
    throw new UnsupportedOperationException("what Dubbo registers is read, and not written");
  }
}
