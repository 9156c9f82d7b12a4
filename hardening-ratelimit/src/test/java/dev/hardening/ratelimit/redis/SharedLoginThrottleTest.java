package dev.hardening.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.KnownDevices;
import dev.hardening.ratelimit.LoginThrottle;
import dev.hardening.ratelimit.LoginThrottle.Attempt.Admitted;
import dev.hardening.ratelimit.LoginThrottle.Attempt.Throttled;
import dev.hardening.ratelimit.LoginThrottle.Backoff;
import dev.hardening.ratelimit.LoginThrottle.Dimension;
import dev.hardening.ratelimit.LoginThrottle.Request;
import dev.hardening.ratelimit.Parallel;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.TestPostgres;
import dev.hardening.testing.TestRedis;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The throttle of several processes on one real store. */
@Tag("database")
@Tag("slow")
class SharedLoginThrottleTest {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.server();

    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/ratelimit/db/V1__buckets.sql");

    private static final String HOME = "192.0.2.1";
    private static final Duration NANO = Duration.ofNanos(1);

    private final FakeClock clock = FakeClock.create();
    private final KeptConnections database = new KeptConnections(POSTGRES);
    private final List<BucketStore> stores = new ArrayList<>();
    private final KnownDevices devices = KnownDevices.builder(new byte[] {
                1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2
            })
            .clock(clock)
            .build();

    @AfterEach
    void close() throws SQLException {
        stores.forEach(BucketStore::close);
        database.close();
    }

    private LoginThrottle.Builder process(Place place, String name) {
        BucketStore store = place.store(database, clock);
        stores.add(store);
        return LoginThrottle.builder().name(name).store(store);
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

    private static int guesses(int count, LoginThrottle throttle, Request request) {
        int looked = 0;
        for (int attempt = 0; attempt < count; attempt++) {
            looked += guess(throttle, request) ? 1 : 0;
        }
        return looked;
    }

    private static Throttled refused(LoginThrottle throttle, Request request) {
        return assertInstanceOf(Throttled.class, throttle.begin(request));
    }

    private static Admitted admitted(LoginThrottle throttle, Request request) {
        return assertInstanceOf(Admitted.class, throttle.begin(request));
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    @Tag("ratelimit:G1")
    void begin_afterTheFreeFailures_waitsDoubleWhicheverProcessIsAsked(Place place) {
        LoginThrottle one = process(place, "waits").build();
        LoginThrottle other = process(place, "waits").build();
        Request victim = Request.of("main", "victim", HOME);
        assertEquals(5, guesses(3, one, victim) + guesses(3, other, victim));

        for (long seconds : List.of(10L, 20L, 40L, 80L, 160L, 320L, 640L, 900L, 900L)) {
            Duration wait = Duration.ofSeconds(seconds);
            assertEquals(wait, refused(one, victim).retryAfter());
            assertEquals(wait, refused(other, victim).retryAfter());
            clock.advance(wait.minus(NANO));
            assertEquals(0, guesses(1, one, victim) + guesses(1, other, victim));
            clock.advance(NANO);
            assertEquals(1, guesses(1, other, victim));
        }
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    @Tag("ratelimit:G2")
    void succeeded_onOneProcess_clearsTheAccountButNotTheNetworkOnTheOther(Place place) {
        Backoff few = new Backoff(6, Duration.ofSeconds(1), Duration.ofSeconds(8), Duration.ofMinutes(1));
        LoginThrottle one =
                process(place, "clears").backoff(Dimension.CLIENT_IPV4, few).build();
        LoginThrottle other =
                process(place, "clears").backoff(Dimension.CLIENT_IPV4, few).build();
        Request victim = Request.of("main", "victim", HOME);
        assertEquals(4, guesses(4, one, victim));

        admitted(other, victim).succeeded();

        assertEquals(2, guesses(4, one, victim), "of the account 5 are free again, of the network 2 are left");
        assertEquals(Duration.ofSeconds(1), refused(other, victim).retryAfter());
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    @Tag("ratelimit:G3")
    @Tag("ratelimit:A16")
    void begin_twoHundredParallelGuessesThatFail_passOnlyTheFreeOnes(Place place) {
        LoginThrottle one = process(place, "parallel").build();
        LoginThrottle other = process(place, "parallel").build();
        Request victim = Request.of("main", "victim", HOME);
        AtomicInteger turn = new AtomicInteger();

        int looked = Parallel.count(8, 25, () -> guess(turn.getAndIncrement() % 2 == 0 ? one : other, victim));

        assertEquals(5, looked);
        assertEquals(Duration.ofSeconds(10), refused(one, victim).retryAfter());
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    @Tag("ratelimit:G3")
    @Tag("ratelimit:A16")
    void begin_twoHundredParallelGuessesUnanswered_passOnlyTheFreeOnes(Place place) {
        LoginThrottle one = process(place, "unanswered").build();
        LoginThrottle other = process(place, "unanswered").build();
        Request victim = Request.of("main", "victim", HOME);
        AtomicInteger turn = new AtomicInteger();

        int looked = Parallel.count(
                8, 25, () -> (turn.getAndIncrement() % 2 == 0 ? one : other).begin(victim) instanceof Admitted);

        assertEquals(5, looked);
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    @Tag("ratelimit:G5")
    @Tag("ratelimit:G4")
    @Tag("ratelimit:G2")
    void begin_accountShutOnOneProcess_letsTheKnownDeviceInOnTheOther(Place place) {
        LoginThrottle one = process(place, "devices").build();
        LoginThrottle other = process(place, "devices").build();
        int looked = 0;
        for (int address = 0; address < 25; address++) {
            looked += guesses(1, one, Request.of("main", "victim", "10.0." + address + ".1"));
        }
        assertEquals(20, looked, "the account, whatever the address");
        Request stranger = Request.of("main", "victim", HOME);
        refused(other, stranger);
        String cookie = devices.issue("main", "victim", null);
        Request known = stranger.withDevice(devices.recognize("main", "victim", cookie));

        admitted(other, known).succeeded();

        refused(other, stranger);
        int stolen = Parallel.count(4, 5, () -> one.begin(known) instanceof Admitted);
        assertEquals(5, stolen, "strangers are not forgiven, and the device has its own");
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    @Tag("ratelimit:A4")
    @Tag("ratelimit:G4")
    void begin_manySlash64OfOneSlash48_hitTheSite(Place place) {
        LoginThrottle strict = process(place, "strict")
                .backoff(
                        Dimension.CLIENT_IPV6_SITE,
                        new Backoff(10, Duration.ofSeconds(1), Duration.ofSeconds(8), Duration.ofMinutes(1)))
                .build();
        int looked = 0;
        for (int network = 0; network < 15; network++) {
            looked += guesses(1, strict, Request.of("main", "a" + network, "2001:db8:0:" + network + "::1"));
        }

        assertEquals(10, looked);
    }
}
