package dev.hardening.examples.lms.guide;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.health.Drain;
import dev.hardening.health.Health;
import dev.hardening.health.checks.Checks;
import dev.hardening.health.http.HealthServer;
import dev.hardening.health.micrometer.HealthMeters;
import dev.hardening.health.servlet.InFlightFilter;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.TestPostgres;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Runs what docs/health.md shows. */
@Tag("database")
class HealthGuideTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.empty();

    private final List<String> acts = new ArrayList<>();

    @Test
    void quickStart_fromStartToStop_doesWhatThePageSays(@TempDir Path dataFolder) throws Exception {
        DataSource dataSource = POSTGRES.dataSource();
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        InetSocketAddress management = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

        // region health-build
        Health health = Health.builder("lms")
                .liveness("deadlock", Checks.deadlock())
                .readiness("db", Checks.jdbc(dataSource), check -> check.critical())
                .readiness("disk", Checks.disk(dataFolder))
                .startup("migrations")
                .build()
                .start();
        HealthMeters.of(health).bindTo(registry);
        HealthServer server = HealthServer.builder(health)
                .bind(management)
                .route("/metrics", () -> registry.scrape().getBytes(UTF_8), "text/plain; version=0.0.4")
                .start();
        migrate();
        health.opened("migrations");
        // endregion

        Eventually.until(Duration.ofSeconds(10), "ready", health::ready);
        assertEquals(200, get(server, "/health/ready").statusCode());
        assertTrue(get(server, "/metrics").body().contains("hardening_health_ready"));

        // region health-drain
        InFlightFilter inFlight = new InFlightFilter(); // the container's first filter
        Drain drain = Drain.builder(health)
                .loadBalancerDelay(Duration.ofSeconds(5))
                .deadline(Duration.ofSeconds(20))
                .inFlight(inFlight::inFlight)
                .then(this::stopContainer)
                .then(server::close)
                .build(); // .onShutdown() runs it on SIGTERM
        // endregion

        Thread.currentThread().interrupt();
        drain.run();
        assertTrue(Thread.interrupted(), "the interrupt that hurried the drain is not lost");
        assertEquals(List.of("migrated", "stopped"), acts);
        assertEquals(true, health.snapshot().draining());
        health.close();
    }

    private void migrate() {
        acts.add("migrated");
    }

    private void stopContainer() {
        acts.add("stopped");
    }

    private static HttpResponse<String> get(HealthServer server, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + server.address().getPort() + path);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }
}
