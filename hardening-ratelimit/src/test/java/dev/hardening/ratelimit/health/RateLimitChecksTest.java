package dev.hardening.ratelimit.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hardening.health.CheckResult;
import dev.hardening.health.CheckResult.Outcome;
import dev.hardening.health.HealthCheck;
import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStore.Health;
import dev.hardening.ratelimit.BucketStore.Health.Status;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.ClientIpResolver;
import dev.hardening.ratelimit.FailureMode;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.LoginThrottle;
import dev.hardening.ratelimit.MissingKey;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateLimitChecksTest {
    private static final Limit LIMIT = Limit.of("hour", 5, Duration.ofHours(1));

    /** A store whose health a test sets. */
    private record Told(Status status) implements BucketStore {
        @Override
        public Space open(SpaceSpec spec) {
            return BucketStores.local().open(spec);
        }

        @Override
        public Health health() {
            return new Health(status, Duration.ofSeconds(7));
        }
    }

    private static CheckResult run(HealthCheck check) throws Exception {
        return check.run(null);
    }

    @ParameterizedTest
    @CsvSource({"UP,OK,''", "DOWN,WARN,silent", "UNKNOWN,OK,''"})
    void store_isTakenAtItsWord(Status status, Outcome outcome, String reason) throws Exception {
        CheckResult result = run(RateLimitChecks.store(new Told(status)));

        assertEquals(outcome, result.outcome());
        assertEquals(reason, result.reason());
        assertEquals(status.name(), result.data().get("status"));
        assertEquals(7L, result.data().get("ageSeconds"));
    }

    @ParameterizedTest
    @CsvSource({"500,OK", "501,WARN", "-500,OK", "-501,WARN"})
    @Tag("ratelimit:C2")
    void store_whoseClockIsFarFromOurs_isWorthALook(long millis, Outcome outcome) throws Exception {
        CheckResult result =
                run(RateLimitChecks.store(new Told(Status.UP), () -> Optional.of(Duration.ofMillis(millis))));

        assertEquals(outcome, result.outcome());
        assertEquals(millis, result.data().get("skewMillis"));
    }

    @Test
    void policies_withFindings_areNamedWithTheirCodes() throws Exception {
        RateLimiter limiter = RateLimiter.builder()
                .policy(policy("fine").build())
                .policy(policy("tried").mode(Policy.Mode.SHADOW).build())
                .version(3)
                .build();

        CheckResult result = run(RateLimitChecks.policies(limiter));

        assertEquals("findings", result.reason());
        assertEquals("ON_TRIAL", result.data().get("policy.tried"));
        assertEquals(3L, result.data().get("version"));
        limiter.replacePolicies(4, List.of(policy("fine").build()));
        assertEquals(Outcome.OK, run(RateLimitChecks.policies(limiter)).outcome());
    }

    @Test
    void probes_ofNothing_failOnlyWhatIsMissing() {
        assertEquals(List.of("fail-mode", "login-limited"), failed(RateLimitProbes.builder()));
    }

    @Test
    void probes_ofAServiceThatIsReady_passAll() {
        RateLimitProbes probes = RateLimitProbes.builder()
                .limiter(RateLimiter.builder().policy(byAddress()).build())
                .login(LoginThrottle.builder().build())
                .addresses(ClientIpResolver.peerOnly());

        assertEquals(List.of(), failed(probes));
    }

    @Test
    void probes_openPolicyAndAddressesThatNobodyReads_fail() {
        RateLimiter limiter = RateLimiter.builder()
                .policy(policy("open").onStoreFailure(FailureMode.OPEN).build())
                .policy(byAddress())
                .build();

        assertEquals(
                List.of("fail-mode", "login-limited", "trusted-proxies"),
                failed(RateLimitProbes.builder().limiter(limiter)));
        assertEquals(
                "open: open",
                RateLimitProbes.builder().limiter(limiter).answer().get(0).reason());
    }

    @Test
    void probes_tableThatWasFull_fails() {
        RateLimiter limiter = RateLimiter.builder()
                .policy(policy("p").build())
                .store(BucketStores.local(LocalSpec.standard().withMaxKeys(16)))
                .build();
        for (int user = 0; user < 40; user++) {
            limiter.check(RequestFacts.builder().userId("u" + user).build());
        }

        assertEquals(
                List.of("login-limited", "keys-bounded"),
                failed(RateLimitProbes.builder().limiter(limiter)));
    }

    private static List<String> failed(RateLimitProbes probes) {
        return probes.answer().stream()
                .filter(result -> !result.passed())
                .map(RateLimitProbes.Result::name)
                .toList();
    }

    private static Policy byAddress() {
        return Policy.named("address")
                .key(Keys.clientAddress())
                .limit(Limit.of("minute", 500, Duration.ofMinutes(1)))
                .build();
    }

    private static Policy.Builder policy(String name) {
        return Policy.named(name).key(Keys.user()).limit(LIMIT).onMissingKey(MissingKey.SKIP);
    }
}
