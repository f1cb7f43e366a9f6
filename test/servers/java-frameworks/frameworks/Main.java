package frameworks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Registers and finds instances with the libraries of Java's frameworks: `Main FRAMEWORK HOST:PORT`. It reads a request in JSON from
 * each line of standard input, and answers each with a line. It ends with its input, and then leaves what it registered.
 */
public class Main {
  record Answer(String error, List<Framework.Instance> instances) {}

  public static void main(String[] words) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err); // where libraries may log
    var json = new ObjectMapper()
        .setSerializationInclusion(JsonInclude.Include.NON_EMPTY)
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    var framework = open(words[0], words[1]);
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = lines.readLine()) != null; ) {
      answers.println(json.writeValueAsString(obey(framework, json, line)));
      answers.flush();
    }
    System.exit(0);
  }

  private static Framework open(String framework, String endpoint) throws Exception {
    return switch (framework) {
      case "curator" -> new Curator(endpoint);
      case "spring" -> new Spring(endpoint);
      case "dubbo" -> new Dubbo(endpoint);
      default -> throw new IllegalArgumentException("there is no framework " + framework);
    };
  }

  private static Answer obey(Framework framework, ObjectMapper json, String line) {
    try {
      var asked = json.readTree(line);
      var instance = json.treeToValue(asked, Framework.Instance.class);
      switch (asked.path("do").asText()) {
        case "register" -> framework.register(instance);
        case "deregister" -> framework.deregister(instance);
        case "find" -> {
          return new Answer(null, framework.find(instance.service()));
        }
        default -> throw new IllegalArgumentException("cannot do this");
      }
      return new Answer(null, List.of());
    } catch (Exception error) {
      error.printStackTrace();
      return new Answer(error.toString(), List.of());
    }
  }
}
