package dev.hardening.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.Eventually;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The drain in a process of its own, ended by a real SIGTERM. */
class DrainProcessTest {
    /** Waits to be told to end; one request is in flight until it was asked about three times. */
    static final class Service {
        private Service() {}

        public static void main(String[] arguments) throws InterruptedException {
            AtomicInteger left = new AtomicInteger(3);
            Health health = Health.builder("process").build().start();
            Drain.builder(health)
                    .loadBalancerDelay(Duration.ofMillis(100))
                    .inFlight(left::decrementAndGet)
                    .then(() -> {
                        System.out.println("ready=" + health.ready() + " left=" + Math.max(0, left.get()));
                        System.out.flush();
                        Runtime.getRuntime().halt(0);
                    })
                    .build()
                    .onShutdown();
            System.out.println("serving");
            System.out.flush();
            new CountDownLatch(1).await();
        }
    }

    @Test
    @Tag("slow")
    @Tag("health:F18")
    void sigterm_toAProcess_drainsThenStopsWithZero() throws IOException {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Service.class.getName()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            assertEquals("serving", out.readLine());

            process.toHandle().destroy();

            assertEquals("ready=false left=0", out.readLine());
            Eventually.until(Duration.ofSeconds(20), "ended", () -> !process.isAlive());
            assertTrue(process.exitValue() == 0);
        } finally {
            process.destroyForcibly();
        }
    }
}
