import com.alibaba.nacos.api.naming.NamingFactory;
import com.alibaba.nacos.api.naming.pojo.Instance;
import java.util.Properties;

/** Registers an instance over gRPC with Nacos' own client, says so, and holds it until standard input ends. */
public class Holder {
  public static void main(String[] words) throws Exception {
    var properties = new Properties();
    properties.setProperty("serverAddr", words[0]);
    properties.setProperty("namespace", words[1]);
    var naming = NamingFactory.createNamingService(properties);
    var instance = new Instance();
    instance.setIp(words[3]);
    instance.setPort(Integer.parseInt(words[4]));
    instance.setWeight(100);
    instance.addMetadata("kind", "grpc");
    instance.addMetadata("version", "v1.0.0");
    naming.registerInstance(words[2], instance);
    System.out.println("registered");
    while (System.in.read() >= 0) {}
    System.exit(0);
  }
}
