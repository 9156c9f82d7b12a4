package dev.hardening.examples.lms.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.ratelimit.RateLimitUnavailableException;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.concurrency.ConcurrencyLimiter.Acquisition;
import dev.hardening.ratelimit.concurrency.LoadShedder.Admission;
import dev.hardening.ratelimit.concurrency.Priority;
import dev.hardening.testing.FakeTicker;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LimitsTest {
    private static final String READ = "GET /api/courses";

    private final FakeTicker ticker = FakeTicker.create();
    private final BucketStore heap = BucketStores.local(LocalSpec.standard().withTicker(ticker));
    private final Limits limits = Limits.create(heap, heap, RateLimitListener.none());

    @Test
    void user_beyondASecondsWorth_isRefusedAndHandsInAllTheSame() {
        assertEquals(20, allowed(limits, 30, facts("sam", READ)));
        assertEquals(20, allowed(limits, 30, facts("sam", Limits.SUBMISSION)));
        assertTrue(limits.users().check(facts("eve", READ)).allowed(), "somebody else");

        Decision refused = limits.users().check(facts("sam", READ));
        assertEquals(List.of("api-user"), refused.violated());
        ticker.advance(refused.retryAfter());
        assertTrue(limits.users().check(facts("sam", READ)).allowed());
    }

    @Test
    void user_ofTwoTenants_isTwo() {
        assertEquals(20, allowed(limits, 30, facts("sam", READ)));

        RequestFacts other = RequestFacts.builder()
                .tenantId("other")
                .userId("sam")
                .route(READ)
                .build();
        assertEquals(20, allowed(limits, 30, other));
    }

    @Test
    void call_thatCostsMore_isChargedForIt() {
        assertEquals(6, allowed(limits, 30, facts("sam", "GET /api/courses/{id}/submissions")));
    }

    @Test
    void stranger_withoutAUser_isNotCountedByTheLimitsOfUsers() {
        RequestFacts stranger =
                RequestFacts.builder().clientAddress("192.0.2.1").route(READ).build();

        assertEquals(10_000, allowed(limits, 10_000, stranger));
        assertInstanceOf(Acquisition.Granted.class, limits.places().acquire(stranger));
    }

    @Test
    void tenant_beyondItsLimit_isOnTrialAndRefusedNothing() {
        List<Outcome> outcomes = IntStream.range(0, 4_020)
                .mapToObj(number ->
                        limits.users().check(facts("u" + number / 20, READ)).outcome())
                .toList();

        assertTrue(outcomes.subList(0, 4_000).stream().allMatch(Outcome.ALLOWED::equals));
        assertTrue(outcomes.subList(4_000, 4_020).stream().allMatch(Outcome.SHADOW_DENIED::equals));
    }

    @Test
    @Tag("ratelimit:O2")
    void submission_whileTheStoreIsAway_isNeverRefused() {
        Limits away = away();

        for (int number = 0; number < 100; number++) {
            Decision decision = away.users().check(facts("sam", Limits.SUBMISSION));
            assertTrue(decision.allowed());
            assertTrue(decision.degraded());
        }
    }

    @Test
    @Tag("ratelimit:O2")
    void others_whileTheStoreIsAway_areCountedHereByAShare() {
        Limits away = away();

        assertEquals(5, allowed(away, 100, facts("sam", READ)), "a quarter of 20");
        int registrations = 0;
        int confirmations = 0;
        for (int number = 0; number < 2_000; number++) {
            registrations += away.registration("192.0.2.1").allowed() ? 1 : 0;
            confirmations += away.confirmation("192.0.2.1").allowed() ? 1 : 0;
        }
        assertEquals(150, registrations, "a quarter of 600, and never open");
        assertEquals(750, confirmations, "a quarter of 3,000, and never open");
        assertEquals(Outcome.DENIED, away.registration("192.0.2.1").outcome(), "429, not 503");
    }

    @Test
    @Tag("ratelimit:A4")
    void stranger_withAWholeSite_isLimitedOverAllItsNetworks() {
        int registrations = 0;
        int confirmations = 0;
        for (int number = 0; number < 10_000; number++) {
            String address = "2001:db8:7:" + Integer.toHexString(number) + "::1";
            registrations += limits.registration(address).allowed() ? 1 : 0;
            confirmations += limits.confirmation(address).allowed() ? 1 : 0;
        }

        assertEquals(600, registrations);
        assertEquals(3_000, confirmations);
        assertTrue(limits.registration("2001:db8:8::1").allowed(), "the next site");
    }

    @Test
    @Tag("ratelimit:A4")
    void stranger_ofOneNetworkOrWithoutAnAddress_isOneClient() {
        assertEquals(60, registrations("2001:db8::", 200));
        assertEquals(60, registrations("not an address ", 200));
    }

    @Test
    @Tag("ratelimit:A4")
    @Tag("ratelimit:A24")
    void stranger_ofOneIpv4Address_hasRoomForAClassHoweverItIsWritten() {
        List<String> spellings =
                List.of("192.0.2.1", "::ffff:192.0.2.1", "64:ff9b::c000:201", "2002:c000:201::1", "2002:c000:201:7::9");

        long allowed = IntStream.range(0, 2_000)
                .filter(number -> limits.registration(spellings.get(number % spellings.size()))
                        .allowed())
                .count();

        assertEquals(600, allowed);
        assertTrue(limits.registration("192.0.2.2").allowed());
    }

    private long registrations(String prefix, int count) {
        return IntStream.range(0, count)
                .filter(number -> limits.registration(prefix + number).allowed())
                .count();
    }

    @Test
    void places_allTaken_leaveThoseForHandingIn() {
        for (int number = 0; number < 20; number++) {
            assertInstanceOf(Acquisition.Granted.class, limits.places().acquire(facts("sam", READ)));
        }

        assertInstanceOf(Acquisition.Refused.class, limits.places().acquire(facts("sam", "GET /api/me")));
        assertInstanceOf(Acquisition.Granted.class, limits.places().acquire(facts("sam", Limits.SUBMISSION)));
        assertInstanceOf(Acquisition.Granted.class, limits.places().acquire(facts("eve", READ)));
    }

    @Test
    void room_fullOfOtherRequests_hasAFifthForHandingIn() {
        int normal = 0;
        while (limits.room().admit(Priority.NORMAL) instanceof Admission.Admitted) {
            normal++;
        }
        int critical = 0;
        while (limits.room().admit(Priority.CRITICAL) instanceof Admission.Admitted) {
            critical++;
        }

        assertEquals(160, normal);
        assertEquals(40, critical);
    }

    @Test
    void priority_ofHandingIn_isForThoseWithAToken() {
        assertEquals(Priority.CRITICAL, Limits.priority(Optional.of(Limits.SUBMISSION), true));
        assertEquals(Priority.NORMAL, Limits.priority(Optional.of(Limits.SUBMISSION), false));
        assertEquals(Priority.NORMAL, Limits.priority(Optional.of(READ), true));
        assertEquals(Priority.NORMAL, Limits.priority(Optional.empty(), true));
    }

    private Limits away() {
        BucketStore guarded =
                BucketStores.guarded(spec -> broken(), OutageSpec.standard().withTicker(ticker));
        return Limits.create(guarded, guarded, RateLimitListener.none());
    }

    private static Space broken() {
        return (Space) Proxy.newProxyInstance(
                Space.class.getClassLoader(), new Class<?>[] {Space.class}, (proxy, method, arguments) -> {
                    if (method.getReturnType() == Optional.class) {
                        return Optional.empty();
                    }
                    if (method.getReturnType() == boolean.class) {
                        return true;
                    }
                    throw new RateLimitUnavailableException("away, for this test");
                });
    }

    private static long allowed(Limits limits, int requests, RequestFacts facts) {
        return IntStream.range(0, requests)
                .filter(number -> limits.users().check(facts).allowed())
                .count();
    }

    private static RequestFacts facts(String user, String call) {
        return RequestFacts.builder()
                .tenantId("main")
                .userId(user)
                .clientAddress("198.51.100.7")
                .route(call)
                .build();
    }
}
