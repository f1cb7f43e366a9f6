package frameworks;

import com.netflix.appinfo.DataCenterInfo;
import com.netflix.appinfo.InstanceInfo;
import com.netflix.appinfo.LeaseInfo;
import com.netflix.appinfo.MyDataCenterInfo;
import com.netflix.discovery.shared.resolver.DefaultEndpoint;
import com.netflix.discovery.shared.transport.EurekaHttpClient;
import com.netflix.discovery.shared.transport.EurekaHttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.springframework.cloud.netflix.eureka.RestClientTimeoutProperties;
import org.springframework.cloud.netflix.eureka.http.DefaultEurekaClientHttpRequestFactorySupplier;
import org.springframework.cloud.netflix.eureka.http.RestClientTransportClientFactory;
import org.springframework.web.client.RestClient;

/** Eureka's records over the HTTP client of Spring Cloud. */
class Eureka implements Framework {
  private static final int LEASE = 4;

  private final EurekaHttpClient client;
  private final Map<String, InstanceInfo> registered = new HashMap<>();

  Eureka(String endpoint) {
    var clients =
        new RestClientTransportClientFactory(
            Optional.empty(),
            Optional.empty(),
            new DefaultEurekaClientHttpRequestFactorySupplier(new RestClientTimeoutProperties(), Set.of()),
            RestClient::builder);
    client = clients.newClient(new DefaultEndpoint("http://" + endpoint + "/eureka/"));
    Executors.newSingleThreadScheduledExecutor().scheduleAtFixedRate(this::beat, 1, 1, TimeUnit.SECONDS);
  }

  private synchronized void beat() {
    for (var info : registered.values()) client.sendHeartBeat(info.getAppName(), info.getId(), info, null);
  }

  @Override
  public synchronized void register(Instance instance) {
    var info =
        InstanceInfo.Builder.newBuilder()
            .setInstanceId(instance.id())
            .setAppName(instance.service())
            .setVIPAddress(instance.service())
            .setHostName(instance.host())
            .setIPAddr(instance.host())
            .setPort(instance.port())
            .setDataCenterInfo(new MyDataCenterInfo(DataCenterInfo.Name.MyOwn))
            .setLeaseInfo(LeaseInfo.Builder.newBuilder().setRenewalIntervalInSecs(1).setDurationInSecs(LEASE).build())
            .setMetadata(new HashMap<>(instance.some()))
            .build();
    succeed(client.register(info));
    registered.put(instance.id(), info);
  }

  @Override
  public synchronized void deregister(Instance instance) {
    var info = registered.remove(instance.id());
    succeed(client.cancel(info.getAppName(), info.getId()));
  }

  /** Those that are UP, as a discovery client has them. */
  @Override
  public List<Instance> find(String service) {
    var applications = client.getApplications().getEntity();
    var application = applications.getRegisteredApplications(service);
    var found = new ArrayList<Instance>();
    if (application == null) return found;
    for (var info : application.getInstancesAsIsFromEureka())
      if (info.getStatus() == InstanceInfo.InstanceStatus.UP)
        found.add(new Instance(null, info.getInstanceId(), info.getIPAddr() + ":" + info.getPort(), info.getMetadata()));
    return found;
  }

  private static void succeed(EurekaHttpResponse<?> answer) {
    if (answer.getStatusCode() >= 300) throw new IllegalStateException("HTTP " + answer.getStatusCode());
  }
}
