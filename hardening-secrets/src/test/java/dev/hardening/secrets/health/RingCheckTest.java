package dev.hardening.secrets.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hardening.health.CheckResult;
import dev.hardening.health.CheckResult.Outcome;
import dev.hardening.health.Deadline;
import dev.hardening.health.HealthCheck;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException.Reason;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingStatus;
import dev.hardening.secrets.ring.RingStatus.Freshness;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("secrets:R3")
@Tag("secrets:A10")
class RingCheckTest {
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

    @Test
    void ring_freshRing_isOkWithItsNumbers() throws Exception {
        HealthCheck check = SecretsChecks.ring(KeyRing.builder()
                .name("data")
                .kind(KeyKind.AES_256)
                .store(new InMemoryRingStore())
                .ticker(() -> 0)
                .keyEncryptionKey(Secret.of("k".repeat(32)))
                .build());

        assertEquals(new CheckResult(Outcome.OK, "", Map.of("version", 1L, "ageSeconds", 0L)), check.run(DEADLINE));
    }

    @ParameterizedTest
    @CsvSource({
        "FRESH,,OK,''",
        "STALE,INFRASTRUCTURE,WARN,stale",
        "STALE,WRONG_KEY,WARN,stale",
        "STALE,TAMPERED,FAIL,tampered",
        "EXPIRED,TAMPERED,FAIL,expired",
        "EXPIRED,INFRASTRUCTURE,FAIL,expired"
    })
    void judge_eachState_hasItsOutcome(Freshness freshness, Reason reason, Outcome outcome, String said) {
        String why = reason == null ? "" : reason.name();

        CheckResult result = SecretsChecks.judge(new RingStatus("data", freshness, 7, Duration.ofSeconds(9), why));

        assertEquals(outcome, result.outcome());
        assertEquals(said, result.reason());
        assertEquals(7L, result.data().get("version"));
        assertEquals(9L, result.data().get("ageSeconds"));
        assertEquals(reason == null ? null : why, result.data().get("why"));
    }
}
