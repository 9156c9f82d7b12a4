package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.hardening.ratelimit.Policy.Mode;
import dev.hardening.ratelimit.RateLimitAdmin.Finding;
import dev.hardening.ratelimit.RateLimitAdmin.Finding.Code;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Each finding, where it is due and where it is not. */
class FindingsTest {
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Limit FEW = Limit.of("few", 5, HOUR);

    private final BucketStore shared = new BreakableStore(BucketStores.local());

    private static List<Code> of(RateLimiter limiter) {
        return limiter.findings().stream().map(Finding::code).toList();
    }

    private static List<Code> local(Policy.Builder policy) {
        return of(RateLimiter.builder().policy(policy.build()).build());
    }

    private static Policy.Builder perUser(Limit... limits) {
        Policy.Builder policy = Policy.named("p").key(Keys.user()).onMissingKey(MissingKey.SKIP);
        List.of(limits).forEach(policy::limit);
        return policy;
    }

    private static Policy.Builder by(KeySpec key, Limit limit) {
        return Policy.named("p").key(key).limit(limit);
    }

    @Test
    void longLimit_alone_mayPassInOneMoment() {
        assertEquals(List.of(Code.NO_BURST_LIMIT), local(perUser(Limit.of("day", 101, DAY))));
        assertEquals(
                List.of(Code.NO_BURST_LIMIT),
                local(perUser(Limit.calendar("day", 10_000, Limit.Refill.Unit.DAY, ZoneOffset.UTC))));
        assertEquals(
                List.of(Code.NO_BURST_LIMIT),
                local(perUser(Limit.of("day", 1_000, DAY), Limit.of("week", 5_000, Duration.ofDays(7)))
                                .tier("pro", Limit.of("day", 100, DAY)))
                        .subList(0, 1));
    }

    @Test
    void longLimit_ofATier_isNamedWithIt() {
        RateLimiter limiter = RateLimiter.builder()
                .policy(perUser(FEW).tier("pro", Limit.of("day", 5_000, DAY)).build())
                .build();

        assertEquals(
                "All 5000 of limit \"day\" of tier \"pro\" may pass in one moment.",
                limiter.findings().get(0).sentence());
    }

    @Test
    void longLimit_withAShortOneOrSmallOrNotSoLong_isFine() {
        assertEquals(
                List.of(), local(perUser(Limit.of("day", 10_000, DAY), Limit.of("second", 20, Duration.ofSeconds(1)))));
        assertEquals(List.of(), local(perUser(Limit.of("day", 100, DAY))));
        assertEquals(List.of(), local(perUser(Limit.of("hour", 10_000, HOUR))));
        assertEquals(List.of(), local(perUser(Limit.of("day", 10_000, DAY).withCapacity(50))));
    }

    @Test
    void open_forANameThatCallersChoose_isFoundAndForAProvenUserNot() {
        assertEquals(
                List.of(Code.OPEN_TO_CLAIMS),
                local(by(Keys.all(Keys.tenant(), Keys.attribute("account")), FEW)
                        .onMissingKey(MissingKey.SKIP)
                        .onStoreFailure(FailureMode.OPEN)));
        assertEquals(List.of(), local(by(Keys.attribute("account"), FEW)));
        assertEquals(List.of(), local(perUser(FEW).onStoreFailure(FailureMode.OPEN)));
    }

    @Test
    @Tag("ratelimit:A24")
    void ipv4Address_ofASchool_withoutRoom_isFound() {
        assertEquals(List.of(Code.SHARED_ADDRESS), local(by(Keys.clientAddress(), Limit.of("m", 199, HOUR))));
        assertEquals(
                List.of(Code.SHARED_ADDRESS),
                local(by(Keys.all(Keys.clientAddress(), Keys.route()), Limit.of("m", 400, HOUR))
                        .cost(3)));
    }

    @Test
    @Tag("ratelimit:A24")
    void address_withRoomOrForSomeRequestsOrBesideTheUserOrOfIpv6_isFine() {
        assertEquals(List.of(), local(by(Keys.clientAddress(), Limit.of("m", 200, HOUR))));
        assertEquals(
                List.of(),
                local(by(Keys.clientAddress(), FEW).when(facts -> facts.userId().isEmpty())));
        assertEquals(
                List.of(),
                local(by(Keys.all(Keys.clientAddress(), Keys.user()), FEW).onMissingKey(MissingKey.SKIP)));
        assertEquals(List.of(), local(by(Keys.clientAddress(IpPrefix.ipv6Only(64)), FEW)));
    }

    @Test
    void identity_thatNobodyHasBeforeTheLogin_sharedByAllWithoutOne_isFound() {
        byte[] key = KnownDevicesTest.key(1);

        for (KeySpec identity : List.of(
                Keys.user(),
                Keys.tenant(),
                Keys.apiKey(key),
                Keys.all(Keys.tenant(), Keys.user()),
                Keys.all(Keys.route(), Keys.user()))) {
            assertEquals(List.of(Code.ANONYMOUS_TOGETHER), local(by(identity, FEW)), identity::name);
            assertEquals(
                    List.of(Code.ANONYMOUS_TOGETHER),
                    local(by(identity, FEW).onMissingKey(MissingKey.SHARE)),
                    identity::name);
        }
    }

    @Test
    void identity_skippedWhereThereIsNoneOrNotAppliedOrNoIdentity_isFine() {
        assertEquals(List.of(), local(by(Keys.user(), FEW).onMissingKey(MissingKey.SKIP)));
        assertEquals(
                List.of(),
                local(by(Keys.user(), FEW).when(facts -> facts.userId().isPresent())));
        assertEquals(List.of(), local(by(Keys.route(), FEW)));
        assertEquals(List.of(), local(by(Keys.attribute("user-name"), FEW)));
        assertEquals(List.of(), local(by(Keys.clientAddress(), Limit.of("m", 200, HOUR))));
    }

    @Test
    void mode_leftOnTrialOrAtRest_isFound() {
        assertEquals(List.of(Code.ON_TRIAL), local(perUser(FEW).mode(Mode.SHADOW)));
        assertEquals(List.of(Code.AT_REST), local(perUser(FEW).mode(Mode.OFF)));
        assertEquals(List.of(), local(perUser(FEW)));
    }

    @Test
    @Tag("ratelimit:L3")
    void sharedStore_withoutAVersion_isFound() {
        Policy policy = perUser(FEW).build();

        assertEquals(
                List.of(Code.UNVERSIONED),
                of(RateLimiter.builder().policy(policy).store(shared).build()));
        assertEquals(
                List.of(),
                of(RateLimiter.builder().policy(policy).store(shared).version(1).build()));
    }

    @Test
    void claims_countedInThisProcessBesideASharedStore_areFound() {
        Policy login =
                Policy.named("login").key(Keys.attribute("account")).limit(FEW).build();
        Policy api = perUser(FEW).build();

        assertEquals(
                List.of(Code.COUNTED_APART),
                of(RateLimiter.builder()
                        .policy(login)
                        .policy(api, shared)
                        .version(1)
                        .build()));
        assertEquals(
                List.of(),
                of(RateLimiter.builder()
                        .policy(login, shared)
                        .policy(api)
                        .version(1)
                        .build()));
        assertEquals(
                List.of(), of(RateLimiter.builder().policy(login).policy(api).build()));
    }

    @Test
    void finding_isLoggedOnceAndOnlyWhileItIsNew() {
        Policy trial = perUser(FEW).mode(Mode.SHADOW).build();
        Policy both = perUser(Limit.of("day", 500, DAY)).mode(Mode.SHADOW).build();
        PrintStream before = System.err;
        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        System.setErr(new PrintStream(heard, true, StandardCharsets.UTF_8));
        try {
            RateLimiter limiter = RateLimiter.builder().policy(trial).build();
            limiter.replacePolicies(1, List.of(trial));
            limiter.replacePolicies(2, List.of(both));
        } finally {
            System.setErr(before);
        }

        String log = heard.toString(StandardCharsets.UTF_8);
        assertEquals(1, count(log, "ON_TRIAL"), log);
        assertEquals(1, count(log, "NO_BURST_LIMIT"), log);
        assertFalse(log.contains("AT_REST"), log);
    }

    private static int count(String text, String word) {
        return text.split(word, -1).length - 1;
    }
}
