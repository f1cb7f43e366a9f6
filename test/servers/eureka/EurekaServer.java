package servers;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.cloud.netflix.eureka.server.EnableEurekaServer;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

/** Spring Cloud's Eureka server. With --logins=true it asks for one: "writer" may do everything, "reader" may only read. */
@SpringBootApplication
@EnableEurekaServer
public class EurekaServer {
  public static void main(String[] arguments) {
    SpringApplication.run(EurekaServer.class, arguments);
    // So that the JVM archives the classes that a start takes.
    if (Boolean.getBoolean("once")) System.exit(0);
  }

  @Bean
  SecurityFilterChain open(HttpSecurity http, @Value("${logins:false}") boolean logins) throws Exception {
    http.csrf(csrf -> csrf.disable());
    if (!logins) return http.build();
    return http
        .authorizeHttpRequests(asked -> asked.requestMatchers(HttpMethod.GET).authenticated().anyRequest().hasRole("WRITER"))
        .httpBasic(Customizer.withDefaults())
        .build();
  }

  @Bean
  @ConditionalOnProperty("logins")
  UserDetailsService users() {
    return new InMemoryUserDetailsManager(
        User.withUsername("writer").password("{noop}writer-password").roles("WRITER").build(),
        User.withUsername("reader").password("{noop}reader-password").roles().build());
  }
}
