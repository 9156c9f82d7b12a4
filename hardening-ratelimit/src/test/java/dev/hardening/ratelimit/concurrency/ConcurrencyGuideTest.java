package dev.hardening.ratelimit.concurrency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.hardening.ratelimit.KeySpec;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.MissingKey;
import dev.hardening.ratelimit.RequestFacts;
import org.junit.jupiter.api.Test;

/** Blocks of docs/ratelimit/concurrency.md. */
class ConcurrencyGuideTest {
    @Test
    void permits_oneUser_areTakenAndGivenBack() throws Exception {
        KeySpec exportsOfAUser = Keys.all(Keys.user(), Keys.attribute("export"));
        RequestFacts facts = RequestFacts.builder()
                .userId("u1")
                .attribute("export", "grades")
                .build();

        // region ratelimit-permits
        ConcurrencyLimiter permits = ConcurrencyLimiter.builder()
                .limit(PermitLimit.of("user", Keys.user(), 6))
                .limit(PermitLimit.of("exports", exportsOfAUser, 2).withMissingKey(MissingKey.SKIP))
                .build();
        String answer = permits.call(
                facts, () -> "report", refused -> "429, " + refused.limit().name() + " is full");
        // endregion

        assertEquals("report", answer);
        permits.acquire(facts);
        permits.acquire(facts);
        assertEquals(
                "429, exports is full",
                permits.call(
                        facts,
                        () -> "report",
                        refused -> "429, " + refused.limit().name() + " is full"));
        assertEquals(2, permits.inFlight("user").orElseThrow());
    }

    @Test
    void shedder_lowest_stopsAtSixtyPercent() {
        // region ratelimit-shedder
        LoadShedder shedder = LoadShedder.builder(200)
                .reserve(Priority.CRITICAL, 20)
                .reserve(Priority.NORMAL, 20)
                .build();
        int status = shedder.admit(Priority.LOW)
                .fold(
                        admitted -> {
                            try (Permit permit = admitted.permit()) {
                                return work(permit);
                            }
                        },
                        shed -> 503);
        // endregion

        assertEquals(200, status);
        assertEquals(120, shedder.ceiling(Priority.LOW));
        assertEquals(160, shedder.ceiling(Priority.NORMAL));
        assertEquals(0, shedder.inFlight(Priority.LOW));
        LoadShedder standard = LoadShedder.builder(200).build();
        for (Priority priority : Priority.values()) {
            assertEquals(shedder.ceiling(priority), standard.ceiling(priority));
        }
    }

    private static int work(Permit permit) {
        assertNotNull(permit);
        return 200;
    }
}
