package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.LoginThrottle.Attempt;
import dev.hardening.ratelimit.LoginThrottle.Attempt.Admitted;
import dev.hardening.ratelimit.LoginThrottle.Attempt.Throttled;
import dev.hardening.ratelimit.LoginThrottle.Backoff;
import dev.hardening.ratelimit.LoginThrottle.Dimension;
import dev.hardening.ratelimit.LoginThrottle.Request;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A device that has logged in before has a gate of its own, which strangers cannot shut. */
@Tag("ratelimit:G5")
@Tag("ASVS-6.3.1")
class KnownDeviceLaneTest {
    private static final String HOME = "192.0.2.1";
    private static final String HOME_V6 = "2001:db8:0:1::1";
    private static final Duration NANO = Duration.ofNanos(1);

    private final FakeTicker ticker = FakeTicker.create();
    private final RecordingListener listener = new RecordingListener();
    private final BreakableStore store =
            new BreakableStore(BucketStores.local(LocalSpec.standard().withTicker(ticker)));
    private final LoginThrottle throttle =
            LoginThrottle.builder().store(store).listener(listener).build();
    private final KnownDevices devices = KnownDevices.builder(KnownDevicesTest.key(1))
            .clock(FakeClock.create())
            .build();
    private final String cookie = devices.issue("main", "victim", null);

    private Request victim(String address) {
        return Request.of("main", "victim", address).withDevice(devices.recognize("main", "victim", cookie));
    }

    private boolean guess(Request request) {
        return guess(throttle, request);
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

    private int guesses(int count, Request request) {
        int looked = 0;
        for (int attempt = 0; attempt < count; attempt++) {
            looked += guess(request) ? 1 : 0;
        }
        return looked;
    }

    private Admitted admitted(Request request) {
        return assertInstanceOf(Admitted.class, throttle.begin(request));
    }

    private Throttled refused(Request request) {
        return assertInstanceOf(Throttled.class, throttle.begin(request));
    }

    private void botnetOnTheAccount() {
        for (int address = 0; address < 10_000; address++) {
            guess(Request.of("main", "victim", "10." + (address >> 8) + '.' + (address & 255) + ".1"));
        }
    }

    @Test
    @Tag("ratelimit:A17")
    void begin_accountShutByABotnet_letsTheKnownDeviceIn() {
        botnetOnTheAccount();
        refused(Request.of("main", "victim", HOME));

        admitted(victim(HOME)).succeeded();
    }

    @Test
    @Tag("ratelimit:A17")
    @Tag("ratelimit:A24")
    void begin_networkShutByAClassmate_letsTheKnownDeviceIn() {
        for (int account = 0; account < 10_000; account++) {
            guess(Request.of("main", "account" + account, HOME_V6));
            guess(Request.of("main", "account" + account, HOME));
        }
        refused(Request.of("main", "victim", HOME));
        refused(Request.of("main", "victim", HOME_V6));

        admitted(victim(HOME)).succeeded();
        admitted(victim(HOME_V6)).succeeded();
    }

    @Test
    void begin_stolenCookie_givesAFewGuessesAndGrowingWaits() {
        LoginThrottle shut = LoginThrottle.builder()
                .store(BucketStores.local(LocalSpec.standard().withTicker(ticker)))
                .backoff(
                        Dimension.ACCOUNT,
                        new Backoff(1, Duration.ofHours(2), Duration.ofHours(2), Duration.ofHours(2)))
                .build();
        assertTrue(guess(shut, Request.of("main", "victim", HOME)));

        assertEquals(5, Parallel.count(1, 1_000, () -> guess(shut, victim(HOME))));
        for (long seconds : List.of(10L, 20L, 40L, 80L, 160L, 320L, 640L, 900L, 900L)) {
            Throttled refused = assertInstanceOf(Throttled.class, shut.begin(victim(HOME)));
            assertEquals(Duration.ofSeconds(seconds), refused.retryAfter());
            ticker.advance(refused.retryAfter().minus(NANO));
            assertFalse(guess(shut, victim(HOME)));
            ticker.advance(NANO);
            assertTrue(guess(shut, victim(HOME)));
        }
    }

    private Request harvested() {
        return Request.of("main", "victim", HOME).withDevice(devices.recognize("main", "victim", issue("victim")));
    }

    /** With nobody's lane shut, so that what is let through went by the lane of the devices. */
    private LoginThrottle shutForAnybody(LoginThrottle.Builder figures) {
        Duration day = Duration.ofDays(1);
        LoginThrottle shut = figures.store(
                        BucketStores.local(LocalSpec.standard().withTicker(ticker)))
                .backoff(Dimension.ACCOUNT, new Backoff(1, day, day, day))
                .build();
        assertTrue(guess(shut, Request.of("main", "victim", HOME)));
        return shut;
    }

    @Test
    @Tag("ratelimit:A17")
    void begin_thousandsOfHarvestedCookies_areWorthNoMoreThanAConstant() {
        LoginThrottle shut = shutForAnybody(LoginThrottle.builder());
        int looked = 0;
        for (int number = 0; number < 10_000; number++) {
            looked += guess(shut, harvested()) ? 1 : 0;
        }

        assertEquals(50, looked);
        for (long seconds : List.of(10L, 20L, 40L, 80L, 160L, 320L, 640L)) {
            Throttled refused = assertInstanceOf(Throttled.class, shut.begin(harvested()));
            assertEquals(Duration.ofSeconds(seconds), refused.retryAfter());
            ticker.advance(refused.retryAfter().minus(NANO));
            assertFalse(guess(shut, harvested()));
            ticker.advance(NANO);
            assertTrue(guess(shut, harvested()));
        }
    }

    @Test
    @Tag("ratelimit:A17")
    void begin_harvestedCookiesForAWeek_areWorthOneGuessInFifteenMinutes() {
        LoginThrottle shut = shutForAnybody(LoginThrottle.builder());
        int looked = 0;
        for (int tens = 0; tens < 7 * 24 * 360; tens++) {
            looked += guess(shut, harvested()) ? 1 : 0;
            ticker.advance(Duration.ofSeconds(10));
        }

        assertTrue(looked <= 50 + 20 + 7 * 96 + 7, "20 while waits grow, 7 in the lane for anybody, got " + looked);
    }

    @Test
    @Tag("ratelimit:G3")
    void begin_parallelGuessesWithHarvestedCookies_passTheFreeOnes() {
        LoginThrottle shut = shutForAnybody(LoginThrottle.builder());

        assertEquals(50, Parallel.count(8, 100, () -> guess(shut, harvested())));
    }

    @Test
    @Tag("ratelimit:G1")
    void begin_harvestedCookiesAtASecondFactor_areWorthTenCodes() {
        LoginThrottle shut = shutForAnybody(LoginThrottle.forSecondFactor());

        assertEquals(10, Parallel.count(1, 1_000, () -> guess(shut, harvested())));
        assertEquals(
                Duration.ofSeconds(30),
                assertInstanceOf(Throttled.class, shut.begin(harvested())).retryAfter());
    }

    @Test
    void begin_devicesUsedUpByHarvestedCookies_leaveTheOwnerTheLaneForAnybody() {
        for (int number = 0; number < 1_000; number++) {
            Request thief = Request.of("main", "victim", "203.0.113.9")
                    .withDevice(devices.recognize("main", "victim", issue("victim")));
            guess(thief);
        }

        admitted(victim(HOME)).succeeded();
    }

    @Test
    void begin_strangersAndAnOldPasswordOnATelephoneForAWeek_letTheOwnerInOnHisOtherDevice() {
        Request telephone = harvested();
        for (int minute = 0; minute < 7 * 24 * 60; minute++) {
            for (int address = 0; address < 3; address++) {
                guess(Request.of("main", "victim", "10." + (minute & 255) + '.' + address + ".1"));
            }
            guess(telephone);
            if (minute % 60 == 59) {
                admitted(victim("198.51.100." + (minute & 127))).succeeded();
            }
            ticker.advance(Duration.ofMinutes(1));
        }
    }

    @Test
    @Tag("ratelimit:G2")
    void succeeded_onOneDevice_forgivesTheOtherDevicesNothing() {
        LoginThrottle shut = shutForAnybody(LoginThrottle.builder());
        Parallel.count(1, 45, () -> guess(shut, harvested()));

        for (int login = 0; login < 100; login++) {
            assertInstanceOf(Admitted.class, shut.begin(victim(HOME))).succeeded();
        }

        assertEquals(5, Parallel.count(1, 1_000, () -> guess(shut, harvested())));
    }

    @Test
    void begin_aDeviceThatIsShut_usesUpNothingOfTheOthers() {
        LoginThrottle shut = shutForAnybody(LoginThrottle.builder());
        Parallel.count(1, 1_000, () -> guess(shut, victim(HOME)));

        assertEquals(45, Parallel.count(1, 1_000, () -> guess(shut, harvested())));
    }

    @Test
    @Tag("ratelimit:G3")
    void begin_parallelGuessesWithOneCookie_passTheFreeOnesOfBothLanes() {
        int looked = Parallel.count(200, 1, () -> throttle.begin(victim(HOME)) instanceof Admitted);

        assertEquals(5 + 5, looked);
    }

    @Test
    void begin_deviceUsedUp_isTreatedLikeAnybody() {
        assertEquals(5, guesses(5, victim(HOME)));

        assertEquals(5, guesses(100, victim(HOME)));

        assertEquals(0, guesses(1, Request.of("main", "victim", HOME)));
    }

    @Test
    void begin_bothLanesShut_tellsTheShorterWait() {
        guesses(10, victim(HOME));
        ticker.advance(Duration.ofSeconds(10));
        assertTrue(guess(victim(HOME)), "the device waits 20 s from now, its network has waited enough");

        assertTrue(guess(victim(HOME)), "anybody's lane");
        ticker.advance(Duration.ofSeconds(5));
        assertEquals(Duration.ofSeconds(15), refused(victim(HOME)).retryAfter());
        ticker.advance(Duration.ofSeconds(15));
        assertTrue(guess(victim(HOME)));
        assertTrue(guess(victim(HOME)));
        refused(victim(HOME));
    }

    @Test
    void throttled_event_namesTheLaneThatIsFreeFirst() {
        guesses(5, victim(HOME));
        for (int failure = 0; failure < 40; failure++) {
            guess(Request.of("main", "victim", HOME));
            ticker.advance(Duration.ofSeconds(1));
        }
        listener.throttled.clear();
        guesses(5, victim(HOME));

        refused(victim(HOME));

        RateLimitEvent.LoginThrottled last = listener.throttled.get(listener.throttled.size() - 1);
        assertEquals(Dimension.DEVICE, last.dimension());
        assertFalse(last.toString().contains("victim"));
    }

    @Test
    @Tag("ratelimit:G2")
    void succeeded_onTheDevice_clearsTheDeviceAndForgivesStrangersNothing() {
        botnetOnTheAccount();
        guesses(4, victim(HOME));

        admitted(victim(HOME)).succeeded();

        assertEquals(5, guesses(9, victim(HOME)), "the device begins anew");
        refused(Request.of("main", "victim", "198.51.100.1"));
    }

    @Test
    @Tag("ratelimit:G2")
    void succeeded_likeAnybodyWithAUsedUpDevice_clearsBoth() {
        guesses(5, victim(HOME));

        admitted(victim(HOME)).succeeded();

        assertEquals(10, guesses(100, victim(HOME)));
    }

    @Test
    void withdrawnAndFailed_likeAnybodyWithAUsedUpDevice_leaveTheDeviceAsItIs() {
        guesses(5, victim(HOME));
        admitted(victim(HOME)).withdrawn();
        assertEquals(5, guesses(100, victim(HOME)));
        ticker.advance(Duration.ofSeconds(10));

        admitted(victim(HOME)).withdrawn();

        assertEquals(2, guesses(100, victim(HOME)), "one in each lane");
    }

    @Test
    void begin_deviceOfAnotherAccount_countsAsNone() {
        Request borrowed =
                Request.of("main", "victim", HOME).withDevice(devices.recognize("main", "mine", issue("mine")));
        Request elsewhere = new Request("other", "victim", HOME, devices.recognize("main", "victim", cookie));
        guesses(5, Request.of("main", "victim", HOME));
        guesses(5, Request.of("other", "victim", HOME));

        refused(borrowed);
        refused(elsewhere);
    }

    private String issue(String account) {
        return devices.issue("main", account, null);
    }

    @Test
    void begin_oneDeviceShut_leavesTheOtherDeviceAlone() {
        botnetOnTheAccount();
        guesses(100, victim(HOME));

        admitted(Request.of("main", "victim", HOME).withDevice(devices.recognize("main", "victim", issue("victim"))))
                .succeeded();
    }

    @Test
    void begin_onTheDevice_usesUpNothingOfAnybody() {
        guesses(5, victim(HOME));

        assertEquals(5, guesses(100, Request.of("main", "victim", HOME)));
    }

    @Test
    @Tag("ratelimit:A6")
    void begin_tableFullOfStrangers_letsTheKnownDeviceIn() {
        LoginThrottle crowded = LoginThrottle.builder()
                .store(BucketStores.local(new LocalSpec(16, ticker)))
                .build();
        for (int account = 0; account < 50_000; account++) {
            Request request = Request.of("main", "made-up" + account, "10.0." + (account & 255) + ".1");
            crowded.begin(request)
                    .fold(
                            admitted -> {
                                admitted.failed();
                                return true;
                            },
                            throttled -> false);
        }

        assertInstanceOf(Throttled.class, crowded.begin("main", "victim", HOME));
        assertInstanceOf(Admitted.class, crowded.begin(victim(HOME)));
    }

    @Test
    void begin_storeDownInEitherLane_isNeverOpen() {
        store.broken = "login.device"::equals;
        assertEquals(Attempt.Reason.STORE, refused(victim(HOME)).reason());
        assertEquals(1, listener.failed.size(), "one timeout is enough");

        store.broken = name -> false;
        guesses(5, victim(HOME));
        store.broken = "login.account"::equals;
        assertEquals(Attempt.Reason.STORE, refused(victim(HOME)).reason());

        store.broken = name -> false;
        assertEquals(5, guesses(100, Request.of("main", "victim", HOME)), "what was taken before is given back");
    }

    @Test
    @Tag("ratelimit:A9")
    @Tag("ratelimit:A10")
    void begin_hostileNames_reachTheStoreAsShortPlainKeysWithoutTheToken() {
        Set<String> keys = new HashSet<>();
        BucketStore recording = spec -> RecordingSpace.of(store.open(spec), keys);
        LoginThrottle recorded = LoginThrottle.builder().store(recording).build();
        for (String name : List.of("a\r\nSet-Cookie: x", "\u0000", "x".repeat(1 << 20), "'; DROP TABLE--", "\ud800")) {
            String token = devices.issue(name, name, null);
            Request request = new Request(name, name, name, devices.recognize(name, name, token));
            guess(recorded, request);
            guess(recorded, Request.of(name, name, "2001:db8::1"));
            keys.forEach(key -> assertFalse(key.contains(token.substring(22)), key));
        }

        assertEquals(
                5 + 5 * (1 + 1),
                keys.stream().filter(key -> key.contains("account")).count());
        for (String key : keys) {
            assertTrue(key.length() < 300 && key.chars().allMatch(letter -> letter > ' ' && letter < 127), key);
        }
    }

    @Test
    void request_anything_isRedactedAndComplete() {
        assertEquals("Request[****]", victim(HOME).toString());
        assertThrows(NullPointerException.class, () -> new Request("main", "a", HOME, null));
        assertThrows(NullPointerException.class, () -> Request.of(null, "a", HOME));
        assertThrows(NullPointerException.class, () -> Request.of("main", null, HOME));
        assertThrows(NullPointerException.class, () -> Request.of("main", "a", null));
    }
}
