package dev.hardening.secrets.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.hardening.health.CheckResult;
import dev.hardening.health.CheckResult.Outcome;
import dev.hardening.health.Deadline;
import dev.hardening.health.HealthCheck;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.source.FakeReader;
import dev.hardening.secrets.source.ManualScheduler;
import dev.hardening.secrets.source.WatchedSource;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("secrets:R3")
@Tag("secrets:A10")
class SecretsChecksTest {
    private static final Deadline DEADLINE = new Deadline() {
        @Override
        public Duration remaining() {
            return Duration.ofSeconds(1);
        }

        @Override
        public void onExpire(AutoCloseable resource) {}

        @Override
        public void step(String step) {}
    };

    private final FakeReader place = new FakeReader(Map.of("A", "canary"));
    private final FakeTicker ticker = FakeTicker.create();
    private final ManualScheduler scheduler = new ManualScheduler();
    private final WatchedSource source = WatchedSource.builder()
            .name("lms")
            .reader(place)
            .ticker(ticker)
            .scheduler(scheduler)
            .maxStale(Duration.ofMinutes(10))
            .build();
    private final HealthCheck check = SecretsChecks.source(source);

    @Test
    void source_fresh_isOkWithItsNumbers() throws Exception {
        ticker.advance(Duration.ofSeconds(7));

        assertEquals(
                new CheckResult(
                        Outcome.OK, "", Map.of("generation", 1L, "ageSeconds", 7L, "failures", 0, "findings", 0)),
                check.run(DEADLINE));
    }

    @Test
    void source_failing_warnsWithAgeAndReasonAndRecovers() throws Exception {
        place.fail(() -> new SecretsUnavailableException("the place is down"));
        ticker.advance(Duration.ofSeconds(10));
        scheduler.run();

        CheckResult stale = check.run(DEADLINE);
        place.heal();
        scheduler.run();

        assertEquals(Outcome.WARN, stale.outcome());
        assertEquals("stale", stale.reason());
        assertEquals(10L, stale.data().get("ageSeconds"));
        assertEquals(1, stale.data().get("failures"));
        assertEquals("the place is down", stale.data().get("why"));
        assertEquals(Outcome.OK, check.run(DEADLINE).outcome());
    }

    @Test
    void source_pastMaxStale_fails() throws Exception {
        place.fail(() -> new IllegalStateException("canary"));
        ticker.advance(Duration.ofMinutes(10));
        scheduler.run();
        assertEquals(Outcome.WARN, check.run(DEADLINE).outcome());

        ticker.advance(Duration.ofNanos(1));
        CheckResult expired = check.run(DEADLINE);

        assertEquals(Outcome.FAIL, expired.outcome());
        assertEquals("expired", expired.reason());
        assertFalse(expired.toString().contains("cana"));
    }

    @Test
    void source_revisionAndClosedSource_areTold() throws Exception {
        WatchedSource revised = WatchedSource.builder()
                .name("vault")
                .reader(() -> dev.hardening.secrets.source.SecretReading.builder()
                        .value("A", Secret.of("canary"))
                        .revision("7")
                        .build())
                .scheduler(scheduler)
                .build();
        revised.close();

        assertEquals("7", SecretsChecks.source(revised).run(DEADLINE).data().get("revision"));
    }
}
