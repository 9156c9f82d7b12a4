package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.LimitStatus.Visibility;
import dev.hardening.testing.FakeTicker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateLimitHeadersTest {
    private static final RequestFacts FACTS =
            RequestFacts.builder().userId("u").attribute("account", "a").build();
    private static final RateLimitHeaders EXACT =
            RateLimitHeaders.builder().jitterPercent(0).build();

    private final FakeTicker ticker = FakeTicker.create();
    private final RateLimiter limiter = RateLimiter.builder()
            .ticker(ticker)
            .policy(Policy.named("api-user")
                    .key(Keys.user())
                    .limit(Limit.of("minute", 300, Duration.ofMinutes(1)))
                    .limit(Limit.of("second", 2, Duration.ofMillis(1500)))
                    .build())
            .build();
    private final RateLimiter secret = RateLimiter.builder()
            .ticker(ticker)
            .policy(Policy.named("register")
                    .key(Keys.attribute("account"))
                    .limit(Limit.of("hour", 1, Duration.ofHours(1)))
                    .hidden()
                    .build())
            .build();

    private static String body(Decision decision) {
        return new String(RateLimitProblem.body(decision), StandardCharsets.UTF_8);
    }

    @Test
    @Tag("ratelimit:H3")
    void of_allowed_tellsPoliciesAndTheTightest() {
        Map<String, String> fields = RateLimitHeaders.of(limiter.check(FACTS));

        assertEquals(
                Map.of(
                        "RateLimit-Policy", "\"api-user.minute\";q=300;w=60, \"api-user.second\";q=2;w=2",
                        "RateLimit", "\"api-user.second\";r=1;t=1"),
                fields);
    }

    @Test
    @Tag("ratelimit:H4")
    void of_refused_tellsWhenAndForbidsStoring() {
        limiter.check(FACTS);
        limiter.check(FACTS);

        Map<String, String> fields = RateLimitHeaders.of(limiter.check(FACTS));

        assertEquals("1", fields.get("Retry-After"));
        assertEquals("no-store", fields.get("Cache-Control"));
        assertEquals("\"api-user.second\";r=0;t=1", fields.get("RateLimit"));
    }

    @Test
    @Tag("ratelimit:H3")
    void of_anyDecision_parsesAndNeverPromisesQuotaAfterTheRetry() {
        for (int request = 0; request < 500; request++) {
            ticker.advance(Duration.ofMillis(37));
            Map<String, String> fields = RateLimitHeaders.of(limiter.check(FACTS));
            List<StructuredFields.Item> policies = StructuredFields.list(fields.get("RateLimit-Policy"));
            StructuredFields.Item limit =
                    StructuredFields.list(fields.get("RateLimit")).get(0);
            assertEquals(2, policies.size());
            assertTrue(policies.stream().allMatch(item -> item.integer("q") >= 1 && item.integer("w") >= 1));
            assertTrue(policies.stream().anyMatch(item -> item.value().equals(limit.value())));
            assertTrue(limit.integer("r") >= 0);
            if (fields.containsKey("Retry-After") && limit.has("t")) {
                assertTrue(limit.integer("t") <= Long.parseLong(fields.get("Retry-After")));
            }
        }
    }

    @Test
    @Tag("ratelimit:A18")
    void of_hiddenPolicy_tellsOnlyTheWait() {
        assertTrue(RateLimitHeaders.of(secret.check(FACTS)).isEmpty());

        Decision refused = secret.check(FACTS);

        assertEquals(Map.of("Retry-After", "3600", "Cache-Control", "no-store"), EXACT.fields(refused));
        assertTrue(body(refused).endsWith("\"violated-policies\":[]}"));
    }

    @Test
    @Tag("ratelimit:A18")
    void of_refusedByAHiddenPolicyAlone_tellsNoFiguresOfAnother() {
        RateLimiter both = RateLimiter.builder()
                .ticker(ticker)
                .policy(Policy.named("shown")
                        .key(Keys.user())
                        .limit(Limit.of("hour", 2, Duration.ofHours(1)))
                        .build())
                .policy(Policy.named("hidden")
                        .key(Keys.attribute("account"))
                        .limit(Limit.of("second", 1, Duration.ofSeconds(1)))
                        .hidden()
                        .build())
                .build();
        both.check(FACTS);

        Map<String, String> fields = RateLimitHeaders.of(both.check(FACTS));

        assertEquals(
                Map.of(
                        "RateLimit-Policy", "\"shown.hour\";q=2;w=3600",
                        "Retry-After", "1",
                        "Cache-Control", "no-store"),
                fields);
    }

    @Test
    void body_limitRefused_isAQuotaProblem() {
        limiter.check(FACTS);
        limiter.check(FACTS);
        Decision refused = limiter.check(FACTS);

        assertEquals(429, RateLimitProblem.status(refused));
        assertEquals(
                "{\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\","
                        + "\"title\":\"Too many requests\",\"status\":429,"
                        + "\"violated-policies\":[\"api-user.second\"]}",
                body(refused));
    }

    @Test
    void body_storeRefused_isAnotherProblem() {
        Decision refused = Decision.of(Decision.Outcome.STORE_DENIED, List.of(), List.of("p"), Duration.ofSeconds(2));

        assertEquals(503, RateLimitProblem.status(refused));
        assertTrue(body(refused).contains("#temporary-reduced-capacity"));
        assertEquals(Map.of("Retry-After", "2", "Cache-Control", "no-store"), RateLimitHeaders.of(refused));
    }

    @Test
    void body_allowed_isRefused() {
        Decision allowed = limiter.check(FACTS);

        assertThrows(IllegalArgumentException.class, () -> RateLimitProblem.body(allowed));
    }

    @Test
    @Tag("ratelimit:E4")
    void retryAfterSeconds_aroundASecond_isRoundedUp() {
        assertEquals(1, seconds(Duration.ofNanos(1)));
        assertEquals(1, seconds(Duration.ofSeconds(1)));
        assertEquals(2, seconds(Duration.ofSeconds(1).plusNanos(1)));
        assertEquals(1, seconds(Duration.ZERO));
    }

    private static long seconds(Duration wait) {
        return Decision.of(Decision.Outcome.DENIED, List.of(), List.of(), wait).retryAfterSeconds();
    }

    /** What they see would be how much strangers have used. */
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    @Tag("ratelimit:A18")
    void of_requestWithoutAKey_tellsNothingOfTheOthers(boolean shared, boolean two) {
        RateLimiter.Builder builder = RateLimiter.builder()
                .store(
                        shared
                                ? new SharedFake(ticker)
                                : BucketStores.local(LocalSpec.standard().withTicker(ticker)));
        for (String name : two ? List.of("one", "two") : List.of("one")) {
            builder.policy(Policy.named(name)
                    .key(Keys.user())
                    .limit(Limit.of("minute", 2, Duration.ofMinutes(1)))
                    .limit(Limit.interval("day", 2, Duration.ofDays(1)))
                    .build());
        }
        RateLimiter both = builder.build();
        RequestFacts nobody = RequestFacts.builder().build();

        assertEquals(Map.of(), RateLimitHeaders.of(both.check(nobody)));
        assertEquals(Map.of(), RateLimitHeaders.of(both.check(nobody)));
        Decision refused = both.check(nobody);
        assertEquals(
                Set.of("Retry-After", "Cache-Control"),
                RateLimitHeaders.of(refused).keySet());
        assertTrue(body(refused).endsWith("\"violated-policies\":[]}"), body(refused));
        assertTrue(RateLimitHeaders.of(both.check(FACTS)).containsKey("RateLimit"));
        RequestFacts dash = RequestFacts.builder().userId("-").build();
        assertTrue(RateLimitHeaders.of(both.check(dash)).containsKey("RateLimit"), "a name is a key");
    }

    @Test
    @Tag("ratelimit:A18")
    void of_requestThatSharesAStripe_tellsNothingOfTheOthers() {
        RateLimiter full = RateLimiter.builder()
                .store(BucketStores.local(new LocalSpec(16, ticker)))
                .policy(Policy.named("p")
                        .key(Keys.user())
                        .limit(Limit.of("minute", 300, Duration.ofMinutes(1)))
                        .build())
                .build();
        for (int user = 0; user < 16; user++) {
            RequestFacts facts = RequestFacts.builder().userId("u" + user).build();
            assertTrue(RateLimitHeaders.of(full.check(facts)).containsKey("RateLimit"));
        }

        assertEquals(Map.of(), RateLimitHeaders.of(full.check(FACTS)));
    }

    /** Nobody without a key has come yet: that is told to nobody either. */
    @Test
    @Tag("ratelimit:A18")
    void of_requestWithoutAKeyThatAnotherPolicyRefuses_tellsNothingOfTheOthers() {
        RateLimiter both = RateLimiter.builder()
                .ticker(ticker)
                .policy(Policy.named("address")
                        .key(Keys.clientAddress())
                        .limit(Limit.of("minute", 1, Duration.ofMinutes(1)))
                        .build())
                .policy(Policy.named("user")
                        .key(Keys.user())
                        .limit(Limit.of("minute", 5, Duration.ofMinutes(1)))
                        .build())
                .build();
        RequestFacts.Builder facts = RequestFacts.builder().clientAddress("192.0.2.1");
        RequestFacts nobody = facts.build();
        both.check(facts.userId("u").build());

        LimitStatus user = both.check(nobody).statuses().get(1);

        assertEquals("user.minute", user.name());
        assertEquals(Visibility.HIDDEN, user.visibility());
    }
}
