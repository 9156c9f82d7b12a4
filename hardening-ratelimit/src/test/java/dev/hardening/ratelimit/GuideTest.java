package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The code in docs/ratelimit.md is the code in here, and it does what the guide says. */
class GuideTest {
    private static final Path GUIDE = Path.of("..", "docs", "ratelimit.md");
    private static final Path SELF = Path.of("src", "test", "java", "dev", "hardening", "ratelimit", "GuideTest.java");

    @Test
    void request_ofAUser_isAllowed() {
        // region requests
        RateLimiter limiter = RateLimiter.builder()
                .policy(Policy.named("api-user")
                        .key(Keys.user())
                        .limit(Limit.of("minute", 300, Duration.ofMinutes(1)))
                        .limit(Limit.of("second", 20, Duration.ofSeconds(1)))
                        .onMissingKey(MissingKey.SKIP)
                        .build())
                .build();
        Decision decision = limiter.check(RequestFacts.builder().userId("u1").build());
        // endregion

        assertTrue(decision.allowed());
    }

    @Test
    void registration_fromOneIpv6Network_isLimitedToSixty() {
        // region registration
        Policy ipv6 = Policy.named("register-ipv6")
                .key(Keys.clientAddress(IpPrefix.ipv6Only(64)))
                .limit(Limit.of("hour", 60, Duration.ofHours(1)))
                .onMissingKey(MissingKey.SKIP)
                .build();
        Policy ipv4 = Policy.named("register-ipv4")
                .key(Keys.clientAddress(IpPrefix.ipv4Only(32)))
                .limit(Limit.of("hour", 600, Duration.ofHours(1)))
                .onMissingKey(MissingKey.SKIP)
                .build();
        Policy account = Policy.named("register-account")
                .key(Keys.all(Keys.attribute("tenant"), Keys.attribute("account")))
                .limit(Limit.of("hour", 5, Duration.ofHours(1)))
                .hidden()
                .build();
        // endregion
        RateLimiter limiter =
                RateLimiter.builder().policy(ipv6).policy(ipv4).policy(account).build();

        assertEquals(60, registrations(limiter, "2001:db8::"));
        assertEquals(600, registrations(limiter, "192.0.2.1"));
    }

    private static int registrations(RateLimiter limiter, String address) {
        int allowed = 0;
        for (int attempt = 0; attempt < 1_000; attempt++) {
            RequestFacts facts = RequestFacts.builder()
                    .clientAddress(address)
                    .attribute("tenant", "main")
                    .attribute("account", address + attempt)
                    .build();
            allowed += limiter.check(facts).allowed() ? 1 : 0;
        }
        return allowed;
    }

    @Test
    void login_wrongPassword_isA401() {
        BucketStore store = BucketStores.local();
        // region logins
        LoginThrottle throttle = LoginThrottle.builder().store(store).build();
        String answer = throttle.begin("main", "someone@example.org", "192.0.2.1")
                .fold(
                        admitted -> {
                            admitted.failed();
                            return "401";
                        },
                        throttled -> throttled.reason() == LoginThrottle.Attempt.Reason.LIMIT ? "429" : "503");
        // endregion

        assertEquals("401", answer);
    }

    @Test
    void guide_codeBlocks_areTheRegionsOfThisFile() throws IOException {
        String guide = shape(Files.readString(GUIDE));
        List<String> regions = List.of(Files.readString(SELF).split("// region [a-z]+\n", -1));

        assertEquals(4, regions.size());
        for (String region : regions.subList(1, regions.size())) {
            String code = shape(region.substring(0, region.indexOf("// endregion")));
            assertTrue(guide.contains("```\n" + code + "\n```"), code);
        }
    }

    private static String shape(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining("\n")).strip();
    }
}
