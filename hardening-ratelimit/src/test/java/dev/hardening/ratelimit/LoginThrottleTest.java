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
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("ASVS-6.3.1")
class LoginThrottleTest {
    private static final String HOME = "192.0.2.1";
    private static final Duration NANO = Duration.ofNanos(1);

    private final FakeTicker ticker = FakeTicker.create();
    private final RecordingListener listener = new RecordingListener();
    private final BreakableStore store =
            new BreakableStore(BucketStores.local(LocalSpec.standard().withTicker(ticker)));
    private final LoginThrottle throttle =
            LoginThrottle.builder().store(store).listener(listener).build();

    private boolean guess(String account, String address) {
        return throttle.begin("main", account, address)
                .fold(
                        admitted -> {
                            admitted.failed();
                            return true;
                        },
                        throttled -> false);
    }

    private int guesses(int count, String account, String address) {
        int admitted = 0;
        for (int attempt = 0; attempt < count; attempt++) {
            admitted += guess(account, address) ? 1 : 0;
        }
        return admitted;
    }

    private Throttled refused(String account, String address) {
        return assertInstanceOf(Throttled.class, throttle.begin("main", account, address));
    }

    private Admitted admitted(String account, String address) {
        return assertInstanceOf(Admitted.class, throttle.begin("main", account, address));
    }

    @Test
    @Tag("ratelimit:G1")
    void begin_afterTheFreeFailures_waitsDoubleUpToTheLongest() {
        assertEquals(5, guesses(5, "victim", HOME));

        for (long seconds : List.of(10L, 20L, 40L, 80L, 160L, 320L, 640L, 900L, 900L, 900L)) {
            Duration wait = refused("victim", HOME).retryAfter();
            assertEquals(Duration.ofSeconds(seconds), wait);
            ticker.advance(wait.minus(NANO));
            assertFalse(guess("victim", HOME));
            ticker.advance(NANO);
            assertTrue(guess("victim", HOME));
        }
    }

    @Test
    @Tag("ratelimit:G1")
    void begin_whileThrottled_makesTheWaitNoLonger() {
        guesses(7, "victim", HOME);

        assertEquals(0, guesses(1_000, "victim", HOME));

        assertEquals(Duration.ofSeconds(10), refused("victim", HOME).retryAfter());
    }

    @Test
    @Tag("ratelimit:G1")
    void begin_severalGatesShut_tellsTheLongestWaitAndThatIsEnough() {
        LoginThrottle patient = LoginThrottle.builder()
                .store(BucketStores.local(LocalSpec.standard().withTicker(ticker)))
                .backoff(
                        Dimension.ACCOUNT,
                        new Backoff(5, Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofMinutes(1)))
                .build();
        for (int failure = 0; failure < 5; failure++) {
            assertInstanceOf(Admitted.class, patient.begin("main", "victim", HOME))
                    .failed();
        }

        Duration wait = assertInstanceOf(Throttled.class, patient.begin("main", "victim", HOME))
                .retryAfter();
        assertEquals(Duration.ofMinutes(1), wait, "its network waits 10 s");
        ticker.advance(wait.minus(NANO));
        assertInstanceOf(Throttled.class, patient.begin("main", "victim", HOME));
        ticker.advance(NANO);
        assertInstanceOf(Admitted.class, patient.begin("main", "victim", HOME));
    }

    @Test
    @Tag("ratelimit:G1")
    void begin_afterADayOfRest_isFreeAgain() {
        guesses(5, "victim", HOME);
        ticker.advance(Duration.ofSeconds(10));
        guesses(1, "victim", HOME);

        ticker.advance(Duration.ofDays(1));

        assertEquals(5, guesses(9, "victim", HOME));
        assertEquals(Duration.ofSeconds(10), refused("victim", HOME).retryAfter());
    }

    @Test
    @Tag("ratelimit:G2")
    void succeeded_afterFailures_clearsTheAccountNotTheNetwork() {
        guesses(4, "victim", HOME);

        admitted("victim", HOME).succeeded();

        assertEquals(5, guesses(9, "victim", HOME));
        int others = 0;
        for (int account = 0; account < 300; account++) {
            others += guess("other" + account, HOME) ? 1 : 0;
        }
        assertEquals(250 - 4 - 5, others);
    }

    @Test
    @Tag("ratelimit:G2")
    @Tag("ratelimit:A24")
    void succeeded_aWholeSchoolBehindOneAddress_isNeverThrottled() {
        for (int student = 0; student < 2_000; student++) {
            admitted("student" + student, HOME).succeeded();
        }

        assertTrue(listener.throttled.isEmpty());
    }

    @Test
    @Tag("ratelimit:G2")
    void succeeded_whileTheTableIsFull_costsNothing() {
        LoginThrottle crowded = LoginThrottle.builder()
                .store(BucketStores.local(new LocalSpec(16, ticker)))
                .listener(listener)
                .build();
        for (int account = 0; account < 16; account++) {
            assertInstanceOf(Admitted.class, crowded.begin("main", "early" + account, "10.0.0." + account));
        }

        for (int attempt = 0; attempt < 100; attempt++) {
            assertInstanceOf(Admitted.class, crowded.begin("main", "late", HOME))
                    .succeeded();
        }

        assertTrue(listener.throttled.isEmpty());
    }

    @Test
    @Tag("ratelimit:G3")
    @Tag("ratelimit:A16")
    void begin_twoHundredParallelGuesses_passesOnlyTheFreeOnes() {
        int looked = Parallel.count(200, 1, () -> throttle.begin("main", "victim", HOME) instanceof Admitted);

        assertEquals(5, looked);
    }

    @Test
    @Tag("ratelimit:G3")
    @Tag("ratelimit:A16")
    void failed_parallelGuesses_passOnlyTheFreeOnes() {
        assertEquals(5, Parallel.count(200, 1, () -> guess("victim", HOME)));
        assertEquals(Duration.ofSeconds(10), refused("victim", HOME).retryAfter());
    }

    @Test
    @Tag("ratelimit:G3")
    void admitted_toldThreeWordsAtOnce_givesBackOnce() {
        for (int round = 0; round < 200; round++) {
            Admitted attempt = admitted("victim", HOME);
            Parallel.count(3, 1, () -> {
                attempt.withdrawn();
                return true;
            });
        }
        admitted("victim", HOME);

        assertEquals(4, guesses(9, "victim", HOME), "a token given back twice would be a fifth");
    }

    @Test
    @Tag("ratelimit:G4")
    void begin_manyAccountsFromOneSlash64_hitsTheNetwork() {
        int looked = 0;
        for (int account = 0; account < 10_000; account++) {
            looked += guess("account" + account, "2001:db8:0:1::" + Integer.toHexString(account)) ? 1 : 0;
        }

        assertEquals(50, looked);
        assertEquals(Dimension.CLIENT_IPV6, listener.throttled.get(0).dimension());
        assertTrue(guess("account1", "2001:db8:0:2::1"), "the next network is another client");
    }

    @Test
    @Tag("ratelimit:G4")
    @Tag("ratelimit:A4")
    void begin_manySlash64OfOneSlash48_hitsTheSite() {
        int looked = 0;
        for (int network = 0; network < 10_000; network++) {
            String address = "2001:db8:7:" + Integer.toHexString(network) + "::" + (network % 9);
            looked += guess("account" + network, address) ? 1 : 0;
        }

        assertEquals(250, looked);
        assertEquals(Dimension.CLIENT_IPV6_SITE, listener.throttled.get(0).dimension());
        assertEquals(
                Duration.ofMillis(200),
                refused("one more", "2001:db8:7:ffff::1").retryAfter());
        assertTrue(guess("one more", "2001:db8:8::1"), "the next site is another client");
    }

    @Test
    @Tag("ratelimit:G4")
    @Tag("ratelimit:A4")
    void begin_sixToFourNetworksOfOneIpv4Address_areThatAddress() {
        int looked = 0;
        for (int network = 0; network < 10_000; network++) {
            looked += guess("account" + network, "2002:c000:201:" + Integer.toHexString(network) + "::1") ? 1 : 0;
        }

        assertEquals(250, looked);
        assertFalse(guess("one more", HOME), "192.0.2.1 itself");
        assertTrue(guess("one more", "2002:c000:202::1"), "his neighbour");
    }

    @Test
    @Tag("ratelimit:A4")
    void begin_everySpellingOfOneIpv4Address_isOneClient() {
        List<String> spellings = List.of(
                HOME,
                "::ffff:192.0.2.1",
                "::ffff:c000:201",
                "[::ffff:c000:201]",
                "64:ff9b::c000:201",
                "2002:c000:201::9");
        int looked = 0;
        for (int attempt = 0; attempt < 60; attempt++) {
            looked += guess("victim", spellings.get(attempt % spellings.size())) ? 1 : 0;
        }

        assertEquals(5, looked);
    }

    @Test
    @Tag("ratelimit:G4")
    void begin_oneAccountFromManyAddresses_hitsTheAccount() {
        int looked = 0;
        for (int address = 0; address < 10_000; address++) {
            looked += guess("victim", "10." + (address >> 8) + '.' + (address & 255) + ".1") ? 1 : 0;
        }

        assertEquals(20, looked);
        assertEquals(Dimension.ACCOUNT, listener.throttled.get(0).dimension());
    }

    @Test
    @Tag("ratelimit:A17")
    @Tag("ratelimit:G1")
    void begin_attackedForADayFromEverywhere_isNeverShutLongerThanTheCap() {
        Duration longest = Duration.ZERO;
        for (int minute = 0; minute < 24 * 60; minute++) {
            for (int address = 0; address < 50; address++) {
                guess("victim", "10." + (minute & 255) + '.' + address + ".1");
            }
            Duration wait = refused("victim", HOME).retryAfter();
            longest = wait.compareTo(longest) > 0 ? wait : longest;
            ticker.advance(Duration.ofMinutes(1));
        }

        assertTrue(longest.compareTo(Duration.ofMinutes(15)) <= 0, longest::toString);
        assertTrue(longest.compareTo(Duration.ofMinutes(14)) > 0, "and it does grow: " + longest);
    }

    @Test
    @Tag("ratelimit:A17")
    void begin_oneNoisyClient_leavesTheVictimHisAccount() {
        guesses(500, "victim", "203.0.113.9");

        admitted("victim", HOME).succeeded();
    }

    @ParameterizedTest
    @ValueSource(strings = {"VICTIM", " victim", "v\u0131ctim", "vic\u200btim", "\uff36ictim", "victim\u0000"})
    @Tag("ratelimit:A8")
    void begin_otherSpellings_areOneAccount(String spelling) {
        guesses(5, "victim", HOME);

        assertFalse(guess(spelling, HOME));
    }

    @Test
    void begin_sameNameInAnotherTenant_isAnotherAccount() {
        guesses(9, "victim", HOME);

        assertInstanceOf(Admitted.class, throttle.begin("other", "victim", HOME));
    }

    /** One spelling is the caller's to find: folded here, one customer would use up what is the other's. */
    @Test
    void begin_tenantsThatDifferInOneLetter_areTwo() {
        guesses(9, "victim", HOME);

        assertFalse(guess("victim", HOME));
        assertInstanceOf(Admitted.class, throttle.begin("MAIN", "victim", HOME));
        assertInstanceOf(Admitted.class, throttle.begin(" main", "victim", HOME));
    }

    @Test
    @Tag("ratelimit:A9")
    void begin_hugeOrOddNames_areCountedLikeAny() {
        String huge = "x".repeat(1 << 20);

        assertEquals(5, guesses(9, huge, HOME));
        assertEquals(5, guesses(9, "", HOME));
        assertEquals(5, guesses(9, "a\r\nb", "not an address"));
    }

    @Test
    @Tag("ratelimit:G4")
    void begin_ipv6InBracketsOrWithAZone_isTheSameClient() {
        guesses(5, "victim", "2001:db8::1");

        assertFalse(guess("victim", "[2001:db8::2]"));
        assertFalse(guess("victim", "[2001:db8::3%eth0]"));
        assertTrue(guess("victim", "[192.0.2.1]"), "brackets make no IPv4 address: it counts as a client without one");
    }

    @Test
    void withdrawn_attempt_costsNothing() {
        for (int attempt = 0; attempt < 100; attempt++) {
            admitted("victim", HOME).withdrawn();
        }

        assertEquals(5, guesses(9, "victim", HOME));
    }

    @Test
    void admitted_toldTwice_countsOnce() {
        Admitted attempt = admitted("victim", HOME);
        attempt.failed();
        attempt.succeeded();
        attempt.withdrawn();

        assertEquals(4, guesses(9, "victim", HOME));
    }

    @Test
    void admitted_toldNothing_staysPaid() {
        for (int attempt = 0; attempt < 5; attempt++) {
            admitted("victim", HOME);
        }

        assertEquals(Duration.ofSeconds(10), refused("victim", HOME).retryAfter());
    }

    @Test
    void throttled_event_tellsWhoAndHowLong() {
        guesses(6, " VICTIM", HOME);

        RateLimitEvent.LoginThrottled event = listener.throttled.get(0);
        assertEquals("login", event.throttle());
        assertEquals("victim", event.account());
        assertEquals(Dimension.ACCOUNT_AND_CLIENT, event.dimension());
        assertEquals(Duration.ofSeconds(10), event.retryAfter());
        assertFalse(event.toString().contains("victim"));
    }

    @Test
    void begin_storeDown_isNeverOpenAndSaysWhy() {
        store.broken = "login.account"::equals;

        Throttled refused = refused("victim", HOME);

        assertEquals(Attempt.Reason.STORE, refused.reason());
        assertFalse(refused.retryAfter().isZero());
        assertEquals(Operation.TAKE, listener.failed.get(0).operation());
        assertTrue(listener.throttled.isEmpty());
        store.broken = name -> false;
        assertEquals(5, guesses(9, "victim", HOME), "what was taken before is given back");
    }

    @Test
    void told_storeDown_throwsNothing() {
        Admitted failing = admitted("victim", HOME);
        Admitted succeeding = admitted("victim", HOME);
        store.broken = name -> true;
        store.undoBroken = true;

        failing.failed();
        succeeding.succeeded();

        assertEquals(6, listener.failed.size());
        assertEquals(Operation.PENALTY, listener.failed.get(0).operation());
        assertEquals(Operation.REFUND, listener.failed.get(5).operation());
    }

    @Test
    void build_namedThrottles_countApart() {
        LoginThrottle second = LoginThrottle.builder().name("mfa").store(store).build();
        guesses(9, "victim", HOME);

        assertInstanceOf(Admitted.class, second.begin("main", "victim", HOME));
    }

    @Test
    @Tag("ratelimit:G1")
    void forSecondFactor_guessedForAWeek_meetsNoCodeByChance() {
        LoginThrottle mfa = LoginThrottle.forSecondFactor()
                .store(BucketStores.local(LocalSpec.standard().withTicker(ticker)))
                .build();
        int looked = 0;
        for (int minute = 0; minute < 7 * 24 * 60; minute++) {
            for (int address = 0; address < 3; address++) {
                Attempt attempt = mfa.begin("main", "victim", "10." + (minute & 255) + '.' + address + ".1");
                looked += attempt.fold(
                        admitted -> {
                            admitted.failed();
                            return 1;
                        },
                        throttled -> 0);
            }
            ticker.advance(Duration.ofMinutes(1));
        }

        assertTrue(
                looked <= 5 + 7 + 7 * 24, "three of a million codes count at a time: 1 in 1,800 a week, got " + looked);
    }

    @Test
    void build_otherFigures_areUsed() {
        LoginThrottle strict = LoginThrottle.builder()
                .store(BucketStores.local(LocalSpec.standard().withTicker(ticker)))
                .backoff(
                        Dimension.ACCOUNT_AND_CLIENT,
                        new Backoff(1, Duration.ofSeconds(3), Duration.ofSeconds(3), Duration.ofHours(1)))
                .build();

        for (int attempt = 0; attempt < 4; attempt++) {
            assertInstanceOf(Admitted.class, strict.begin("main", "a", HOME)).failed();
            Throttled refused = assertInstanceOf(Throttled.class, strict.begin("main", "a", HOME));
            assertEquals(Duration.ofSeconds(3), refused.retryAfter());
            ticker.advance(refused.retryAfter());
        }
    }

    @Test
    void build_badName_isRefused() {
        LoginThrottle.Builder builder = LoginThrottle.builder().name("No Good");

        assertThrows(RateLimitConfigurationException.class, builder::build);
        LoginThrottle.builder().name("l".repeat(41)).build();
        LoginThrottle.Builder overLong = LoginThrottle.builder().name("l".repeat(42));
        assertThrows(RateLimitConfigurationException.class, overLong::build);
    }

    @Test
    void build_openWhileTheStoreIsSilent_isRefused() {
        LoginThrottle.Builder open = LoginThrottle.builder().name("No Good").onStoreFailure(FailureMode.OPEN);

        assertEquals(
                2,
                assertThrows(RateLimitConfigurationException.class, open::build)
                        .faults()
                        .size());
    }

    @Test
    void build_spaces_areLocalForAttemptsAndClosedForFailures() {
        Map<String, FailureMode> modes = new HashMap<>();
        BucketStore recording = spec -> {
            modes.put(spec.name(), spec.onFailure());
            return BucketStores.local().open(spec);
        };

        LoginThrottle.builder().store(recording).build();
        LoginThrottle.builder()
                .name("mfa")
                .store(recording)
                .onStoreFailure(FailureMode.CLOSED)
                .build();

        assertEquals(2 * 2 * Dimension.values().length, modes.size());
        modes.forEach((name, mode) -> assertEquals(
                name.startsWith("mfa") || name.endsWith(".strikes") ? FailureMode.CLOSED : FailureMode.LOCAL, mode));
    }

    @Test
    void backoff_outOfRange_isRefused() {
        Duration second = Duration.ofSeconds(1);

        assertThrows(IllegalArgumentException.class, () -> new Backoff(0, second, second, second));
        assertThrows(IllegalArgumentException.class, () -> new Backoff(1, Duration.ZERO, second, second));
        assertThrows(IllegalArgumentException.class, () -> new Backoff(1, second, Duration.ofMillis(999), second));
        assertThrows(IllegalArgumentException.class, () -> new Backoff(1, second, Duration.ofDays(2), second));
        assertThrows(IllegalArgumentException.class, () -> new Backoff(1, second, second, Duration.ZERO));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Backoff(1, second, Duration.ofMinutes(1), Duration.ofSeconds(59)));
    }
}
