package dev.hardening.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.Limit;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.TestRedis;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a store on a real server says the time is, by which quotas of the calendar go. */
@Tag("slow")
@Tag("ratelimit:C2")
class StoreTimeTest {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.server();

    /** The server runs on this machine, by its clock. */
    private static final Clock SERVER = Clock.systemUTC();

    private static final Duration HOUR = Duration.ofHours(1);
    /** Of a busy machine, and far from the hour. */
    private static final Duration SLACK = Duration.ofMinutes(1);

    private static RedisBucketStore.Builder builder() {
        return RedisBucketStore.builder(REDIS.uri()).requestTimeout(Duration.ofSeconds(5));
    }

    @Test
    void time_ofAMachineAnHourAhead_isTheServers() {
        try (RedisBucketStore store =
                builder().machineClock(Clock.offset(SERVER, HOUR)).build()) {
            store.open("time", List.of(Limit.of("a", 10, HOUR))).take("k", 1);
            Eventually.until(
                    Duration.ofSeconds(20),
                    "the server is heard",
                    () -> store.time().isPresent());

            Duration off = Duration.between(SERVER.instant(), store.time().orElseThrow());

            assertTrue(off.abs().compareTo(SLACK) < 0, "off by " + off);
        }
    }

    @Test
    void time_ofAServerThatIsAway_isNotKnown() {
        try (BucketStore store = RedisBucketStore.connect("redis://127.0.0.1:1")) {
            assertEquals(Optional.empty(), store.time());
        }
    }

    @Test
    void time_withAClockOfATest_isThat() {
        FakeClock clock = FakeClock.create();
        try (BucketStore store = builder().clock(clock).build()) {
            clock.advance(HOUR);

            assertEquals(Optional.of(clock.instant()), store.time());
        }
    }
}
