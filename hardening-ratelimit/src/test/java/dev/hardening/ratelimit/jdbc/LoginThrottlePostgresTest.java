package dev.hardening.ratelimit.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.hardening.ratelimit.KnownDevices;
import dev.hardening.ratelimit.LoginThrottle;
import dev.hardening.ratelimit.LoginThrottle.Attempt;
import dev.hardening.ratelimit.LoginThrottle.Attempt.Admitted;
import dev.hardening.ratelimit.LoginThrottle.Attempt.Throttled;
import dev.hardening.ratelimit.LoginThrottle.Request;
import dev.hardening.ratelimit.Parallel;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.TestPostgres;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The throttle of several processes on one PostgreSQL. */
@Tag("database")
@Tag("slow")
class LoginThrottlePostgresTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/ratelimit/db/V1__buckets.sql");

    private final FakeClock clock = FakeClock.create();
    private final LoginThrottle one = process();
    private final LoginThrottle other = process();
    private final KnownDevices devices = KnownDevices.builder(new byte[] {
                1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2
            })
            .clock(clock)
            .build();

    private LoginThrottle process() {
        return LoginThrottle.builder()
                .store(PostgresBucketStore.builder(POSTGRES.dataSource())
                        .clock(clock)
                        .build())
                .build();
    }

    private static boolean guess(LoginThrottle throttle, Request request) {
        return throttle.begin(request)
                .fold(
                        admitted -> {
                            admitted.failed();
                            return true;
                        },
                        throttled -> false);
    }

    @Test
    @Tag("ratelimit:G3")
    @Tag("ratelimit:A16")
    void begin_twoHundredParallelGuessesThatFail_passOnlyTheFreeOnes() {
        Request victim = Request.of("main", "parallel", "192.0.2.1");
        AtomicInteger turn = new AtomicInteger();

        int looked = Parallel.count(8, 25, () -> guess(turn.getAndIncrement() % 2 == 0 ? one : other, victim));

        assertEquals(5, looked);
        Throttled refused = assertInstanceOf(Throttled.class, one.begin(victim));
        assertEquals(Duration.ofSeconds(10), refused.retryAfter());
    }

    @Test
    @Tag("ratelimit:G5")
    @Tag("ratelimit:G2")
    void begin_accountShutOnOneProcess_letsTheKnownDeviceInOnTheOther() {
        for (int address = 0; address < 25; address++) {
            guess(one, Request.of("main", "victim", "10.0." + address + ".1"));
        }
        assertInstanceOf(Throttled.class, other.begin("main", "victim", "192.0.2.1"));
        String cookie = devices.issue("main", "victim", null);
        Request known =
                Request.of("main", "victim", "192.0.2.1").withDevice(devices.recognize("main", "victim", cookie));

        assertInstanceOf(Admitted.class, other.begin(known)).succeeded();

        assertInstanceOf(Throttled.class, other.begin("main", "victim", "192.0.2.1"), "strangers are not forgiven");
        int stolen = Parallel.count(4, 5, () -> one.begin(known) instanceof Attempt.Admitted);
        assertEquals(5, stolen);
    }

    @Test
    @Tag("ratelimit:A4")
    @Tag("ratelimit:G4")
    void begin_manySlash64OfOneSlash48_hitTheSite() {
        LoginThrottle strict = LoginThrottle.builder()
                .name("strict")
                .store(PostgresBucketStore.builder(POSTGRES.dataSource())
                        .clock(clock)
                        .build())
                .backoff(
                        LoginThrottle.Dimension.CLIENT_IPV6_SITE,
                        new LoginThrottle.Backoff(
                                10, Duration.ofSeconds(1), Duration.ofSeconds(8), Duration.ofMinutes(1)))
                .build();
        int looked = 0;
        for (int network = 0; network < 15; network++) {
            looked += guess(strict, Request.of("main", "a" + network, "2001:db8:0:" + network + "::1")) ? 1 : 0;
        }

        assertEquals(10, looked);
    }
}
