package consumer;

import dev.hardening.health.Health;
import java.time.Duration;
import dev.hardening.health.CheckResult;

/** Starts a health engine and waits until its first check has said yes. */
public final class Main {
    private Main() {}

    /** Prints that it works. */
    public static void main(String[] arguments) {
        try (Health health = Health.builder("consumer")
                .readiness("yes", deadline -> CheckResult.ok(), options -> options.critical().every(Duration.ofSeconds(1)))
                .build()
                .start()) {
            long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            while (!health.ready() && System.nanoTime() - end < 0) {
                Thread.onSpinWait();
            }
            System.out.println(health.ready() && health.live() ? "health works" : "broken");
        }
    }
}
