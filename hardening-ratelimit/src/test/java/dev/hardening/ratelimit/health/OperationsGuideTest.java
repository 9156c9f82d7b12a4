package dev.hardening.ratelimit.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.health.CheckResult;
import dev.hardening.health.HealthCheck;
import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.ClientIpResolver;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.LoginThrottle;
import dev.hardening.ratelimit.MissingKey;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimitAdmin;
import dev.hardening.ratelimit.RateLimitAdmin.Finding;
import dev.hardening.ratelimit.RateLimitAdmin.Result;
import dev.hardening.ratelimit.RateLimitAdmin.Standing;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The code in docs/ratelimit/operations.md is the code in here. */
class OperationsGuideTest {
    private static final Path SELF =
            Path.of("src", "test", "java", "dev", "hardening", "ratelimit", "health", "OperationsGuideTest.java");
    private static final Path GUIDE = Path.of("..", "docs", "ratelimit", "operations.md");

    private final RateLimiter limiter = RateLimiter.builder()
            .policy(Policy.named("api-user")
                    .key(Keys.user())
                    .limit(Limit.of("day", 5_000, Duration.ofDays(1)))
                    .onMissingKey(MissingKey.SKIP)
                    .build())
            .build();

    @Test
    void administrator_looksAndBlocks() {
        // region operations-admin
        RateLimitAdmin admin = limiter.admin();
        RequestFacts caller = RequestFacts.builder().userId("u1").build();
        Optional<Standing> standing = admin.peek("api-user", caller);
        Result blocked = admin.block("api-user", caller, Duration.ofMinutes(10));
        // endregion

        assertEquals(5_000, standing.orElseThrow().statuses().get(0).remaining());
        assertEquals(Result.DONE, blocked);
        assertFalse(limiter.check(caller).allowed());
    }

    @Test
    void findings_areListed() {
        List<String> report = new ArrayList<>();
        // region operations-findings
        for (Finding finding : limiter.findings()) {
            report.add(finding.policy() + ' ' + finding.code() + ' ' + finding.remedy());
        }
        // endregion

        assertEquals(List.of("api-user NO_BURST_LIMIT Add a limit by the second or the minute beside it."), report);
    }

    @Test
    void health_isChecked() throws Exception {
        BucketStore shared = BucketStores.local();
        LoginThrottle throttle = LoginThrottle.builder().build();
        ClientIpResolver resolver = ClientIpResolver.peerOnly();
        // region operations-health
        HealthCheck store = RateLimitChecks.store(shared);
        HealthCheck policies = RateLimitChecks.policies(limiter);
        List<RateLimitProbes.Result> answers = RateLimitProbes.builder()
                .limiter(limiter)
                .login(throttle)
                .addresses(resolver)
                .answer();
        // endregion

        assertEquals(CheckResult.Outcome.OK, store.run(null).outcome());
        assertEquals(CheckResult.Outcome.WARN, policies.run(null).outcome());
        assertTrue(answers.stream().allMatch(RateLimitProbes.Result::passed));
    }

    @Test
    void guide_showsWhatRunsHere() throws IOException {
        String guide = unindented(Files.readString(GUIDE));

        for (String region : Files.readString(SELF).split("// region ", -1)) {
            if (region.startsWith("operations-")) {
                String code = region.substring(region.indexOf('\n') + 1, region.indexOf("// endregion"));
                assertTrue(guide.contains(unindented(code).strip()), code);
            }
        }
    }

    private static String unindented(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining("\n"));
    }
}
