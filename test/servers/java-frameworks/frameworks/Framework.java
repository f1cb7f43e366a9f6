package frameworks;

import java.util.List;
import java.util.Map;

/** One library, connected to its registry. */
interface Framework {
  void register(Instance instance) throws Exception;

  /** Takes back what was registered under that service and id. */
  void deregister(Instance instance) throws Exception;

  /** What clients of the framework would call. */
  List<Instance> find(String service) throws Exception;

  /** What the frameworks know of an instance, each as far as it has a place for it. */
  record Instance(String service, String id, String address, Map<String, String> metadata) {
    String host() {
      return address.substring(0, address.lastIndexOf(':'));
    }

    int port() {
      return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    Map<String, String> some() {
      return metadata == null ? Map.of() : metadata;
    }
  }
}
