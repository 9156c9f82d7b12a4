package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.ratelimit.LimitStatus.Visibility;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import dev.hardening.testing.SeededRandom;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link RateLimitHeaders} can be told to do otherwise. */
class RateLimitHeadersOptionsTest {
    private static final RequestFacts FACTS = RequestFacts.builder().userId("u").build();
    private static final Limit LIMIT = Limit.of("day", 1_000, Duration.ofDays(1));

    private final FakeTicker ticker = FakeTicker.create();

    private static Decision refused(Duration wait) {
        LimitStatus status = new LimitStatus("p", LIMIT, 0, wait, wait, Visibility.SHOWN);
        return Decision.of(Outcome.DENIED, List.of(status), List.of("p"), wait);
    }

    private static Decision allowed(long remaining, Duration next) {
        LimitStatus status = new LimitStatus("p", LIMIT, remaining, next, Duration.ZERO, Visibility.SHOWN);
        return Decision.of(Outcome.ALLOWED, List.of(status), List.of(), Duration.ZERO);
    }

    /** Always as late as it may be, or always as early. */
    private static RandomGenerator always(boolean late) {
        return new RandomGenerator() {
            @Override
            public long nextLong() {
                return late ? -1 : 0;
            }

            @Override
            public long nextLong(long bound) {
                return late ? bound - 1 : 0;
            }
        };
    }

    private static long retry(RateLimitHeaders headers, Duration wait) {
        return Long.parseLong(headers.fields(refused(wait)).get("Retry-After"));
    }

    @ParameterizedTest
    @Tag("ratelimit:A19")
    @CsvSource({"1, 1", "9, 9", "10, 11", "19, 20", "20, 22", "3600, 3960", "86400, 95040"})
    void retryAfter_jitter_isATenthUpwardAtMost(long seconds, long latest) {
        RateLimitHeaders early =
                RateLimitHeaders.builder().random(always(false)).build();
        RateLimitHeaders late = RateLimitHeaders.builder().random(always(true)).build();
        Duration wait = Duration.ofSeconds(seconds);

        assertEquals(seconds, retry(early, wait));
        assertEquals(seconds, retry(early, wait.minusNanos(1)));
        assertEquals(latest, retry(late, wait));
        assertTrue(latest <= seconds * 1.1);
    }

    @Test
    @Tag("ratelimit:A19")
    @Tag("ratelimit:H3")
    void retryAfter_anyWait_isNeverEarlyNeverZeroAndNotBeforeT() {
        RandomGenerator random = SeededRandom.of("RateLimitHeadersOptionsTest");
        RateLimitHeaders headers = RateLimitHeaders.builder().random(random).build();
        Set<Long> hours = new HashSet<>();
        for (int round = 0; round < 5_000; round++) {
            Duration wait = Duration.ofNanos(random.nextLong(Duration.ofDays(2).toNanos()) + 1);
            Map<String, String> fields = headers.fields(refused(wait));
            long retry = Long.parseLong(fields.get("Retry-After"));
            assertTrue(Duration.ofSeconds(retry).compareTo(wait) >= 0, wait + " told as " + retry);
            assertTrue(retry <= Math.ceil(wait.toNanos() / 1e9) * 1.1, wait + " told as " + retry);
            assertTrue(StructuredFields.list(fields.get("RateLimit")).get(0).integer("t") <= retry);
            hours.add(retry(headers, Duration.ofHours(1)));
        }
        assertTrue(hours.size() > 300, "all come back at once: " + hours.size());
    }

    @Test
    @Tag("ratelimit:A19")
    void of_standard_isJittered() {
        Set<String> seen = new HashSet<>();
        for (int round = 0; round < 200; round++) {
            seen.add(RateLimitHeaders.of(refused(Duration.ofHours(1))).get("Retry-After"));
        }
        assertTrue(seen.size() > 50);
    }

    @Test
    void legacyDeltaSeconds_allowedAndRefused_agreeWithTheOthers() {
        RateLimitHeaders headers = RateLimitHeaders.builder()
                .random(always(true))
                .legacyDeltaSeconds()
                .build();

        Map<String, String> open = headers.fields(allowed(7, Duration.ofMillis(1_500)));
        Map<String, String> closed = headers.fields(refused(Duration.ofSeconds(100)));

        assertEquals("\"p.day\";r=7;t=2", open.get("RateLimit"));
        assertEquals("1000", open.get("X-RateLimit-Limit"));
        assertEquals("7", open.get("X-RateLimit-Remaining"));
        assertEquals("2", open.get("X-RateLimit-Reset"));
        assertEquals("110", closed.get("Retry-After"));
        assertEquals("110", closed.get("X-RateLimit-Reset"));
        assertEquals("0", closed.get("X-RateLimit-Remaining"));
    }

    @Test
    void legacyEpochSeconds_betweenTwoSeconds_isNeverEarly() {
        FakeClock clock = FakeClock.at(Instant.parse("2026-11-22T10:00:00.001Z"));
        RateLimitHeaders headers = RateLimitHeaders.builder()
                .jitterPercent(0)
                .legacyEpochSeconds(clock)
                .build();

        long reset =
                Long.parseLong(headers.fields(refused(Duration.ofSeconds(30))).get("X-RateLimit-Reset"));

        assertEquals(Instant.parse("2026-11-22T10:00:31Z").getEpochSecond(), reset);
    }

    @Test
    void legacy_ifNotAskedFor_isNotWritten() {
        Map<String, String> fields = RateLimitHeaders.of(allowed(7, Duration.ofSeconds(1)));

        assertEquals(Set.of("RateLimit", "RateLimit-Policy"), fields.keySet());
    }

    @Test
    @Tag("ratelimit:A18")
    void legacy_hiddenLimit_isNotWritten() {
        LimitStatus status =
                new LimitStatus("p", LIMIT, 0, Duration.ofSeconds(9), Duration.ofSeconds(9), Visibility.HIDDEN);
        Decision decision = Decision.of(Outcome.DENIED, List.of(status), List.of("p"), Duration.ofSeconds(9));

        Map<String, String> fields =
                RateLimitHeaders.builder().legacyDeltaSeconds().build().fields(decision);

        assertEquals(Map.of("Retry-After", "9", "Cache-Control", "no-store"), fields);
    }

    @Test
    void longestWindow_muchLeftOfADay_showsWhatAnHourMayUse() {
        RateLimitHeaders headers =
                RateLimitHeaders.builder().longestWindow(Duration.ofHours(1)).build();

        assertEquals(
                "\"p.day\";r=41;t=3600",
                headers.fields(allowed(900, Duration.ofSeconds(5))).get("RateLimit"));
        assertEquals(
                "\"p.day\";r=41;t=5",
                headers.fields(allowed(41, Duration.ofSeconds(5))).get("RateLimit"));
        assertEquals(
                "\"p.day\";q=1000;w=86400",
                headers.fields(allowed(900, Duration.ofSeconds(5))).get("RateLimit-Policy"));
        Map<String, String> refused = headers.fields(refused(Duration.ofSeconds(9)));
        assertEquals("\"p.day\";r=0;t=9", refused.get("RateLimit"));
    }

    @Test
    @Tag("ratelimit:H6")
    void exposeToScripts_always_namesWhatIsWritten() {
        RateLimitHeaders plain = RateLimitHeaders.builder().exposeToScripts().build();
        RateLimitHeaders legacy = RateLimitHeaders.builder()
                .exposeToScripts()
                .legacyDeltaSeconds()
                .build();
        String draft = "RateLimit, RateLimit-Policy, Retry-After";

        assertEquals(draft, plain.fields(allowed(1, Duration.ofSeconds(1))).get("Access-Control-Expose-Headers"));
        assertEquals(draft, plain.shed(Duration.ofSeconds(2)).get("Access-Control-Expose-Headers"));
        assertEquals(
                draft + ", X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset",
                legacy.fields(refused(Duration.ofSeconds(1))).get("Access-Control-Expose-Headers"));
        assertNull(RateLimitHeaders.of(allowed(1, Duration.ZERO)).get("Access-Control-Expose-Headers"));
    }

    @Test
    @Tag("ratelimit:H3")
    void concurrency_shown_isAPolicyOfItsUnitWithoutATime() {
        Map<String, String> fields = RateLimitHeaders.standard().concurrency("uploads", 2, Visibility.SHOWN);

        StructuredFields.Item policy =
                StructuredFields.list(fields.get("RateLimit-Policy")).get(0);
        StructuredFields.Item limit =
                StructuredFields.list(fields.get("RateLimit")).get(0);
        assertEquals("uploads", policy.value());
        assertEquals("concurrent-requests", policy.parameters().get("qu"));
        assertFalse(policy.has("w"));
        assertEquals(0, limit.integer("r"));
        assertFalse(limit.has("t"));
        assertEquals("1", fields.get("Retry-After"));
        assertEquals("no-store", fields.get("Cache-Control"));
    }

    @Test
    @Tag("ratelimit:A18")
    void concurrency_hidden_tellsOnlyTheWait() {
        Map<String, String> fields = RateLimitHeaders.standard().concurrency("account", 2, Visibility.HIDDEN);
        String body =
                new String(RateLimitProblem.concurrencyBody("account", Visibility.HIDDEN), StandardCharsets.UTF_8);

        assertEquals(Map.of("Retry-After", "1", "Cache-Control", "no-store"), fields);
        assertTrue(body.endsWith("\"status\":429,\"violated-policies\":[]}"), body);
    }

    @ParameterizedTest
    @Tag("ratelimit:A10")
    @ValueSource(strings = {"a\r\nSet-Cookie: x=y", "a\"", "a\\", "", "Ä"})
    void concurrency_nameThatCouldBreakAField_isRefused(String name) {
        RateLimitHeaders headers = RateLimitHeaders.standard();

        assertThrows(IllegalArgumentException.class, () -> headers.concurrency(name, 1, Visibility.SHOWN));
        assertThrows(IllegalArgumentException.class, () -> RateLimitProblem.concurrencyBody(name, Visibility.SHOWN));
    }

    @Test
    @Tag("ratelimit:H4")
    void shed_always_is503WithAWaitAndNothingElse() {
        RateLimitHeaders headers = RateLimitHeaders.builder().jitterPercent(0).build();

        assertEquals(Map.of("Retry-After", "3", "Cache-Control", "no-store"), headers.shed(Duration.ofMillis(2_001)));
        assertEquals("1", headers.shed(Duration.ZERO).get("Retry-After"));
        assertEquals(
                "{\"type\":\"https://iana.org/assignments/http-problem-types#temporary-reduced-capacity\","
                        + "\"title\":\"Temporarily unavailable\",\"status\":503}",
                new String(RateLimitProblem.shedBody(), StandardCharsets.UTF_8));
    }

    @Test
    @Tag("ratelimit:E6")
    void never_always_is429WithoutAWait() {
        RateLimiter limiter = RateLimiter.builder()
                .ticker(ticker)
                .policy(Policy.named("p")
                        .key(Keys.user())
                        .limit(Limit.of("a", 5, Duration.ofMinutes(1)))
                        .costBy(facts -> 6)
                        .build())
                .build();
        Decision never = limiter.check(FACTS);

        Map<String, String> fields = RateLimitHeaders.of(never);
        String body = new String(RateLimitProblem.body(never), StandardCharsets.UTF_8);

        assertEquals(Outcome.NEVER, never.outcome());
        assertEquals(429, RateLimitProblem.status(never));
        assertFalse(fields.containsKey("Retry-After"));
        assertEquals("no-store", fields.get("Cache-Control"));
        assertTrue(body.contains("asking again does not help"), body);
    }

    @ParameterizedTest
    @CsvSource({"STORE_DENIED, 503", "DENIED, 429", "NEVER, 429"})
    void status_ofEachRefusal_isOfTheServiceOrOfTheCaller(Outcome outcome, int status) {
        Decision decision = Decision.of(outcome, List.of(), List.of("p"), Duration.ofSeconds(2));

        assertEquals(status, RateLimitProblem.status(decision));
        assertEquals(outcome != Outcome.NEVER, RateLimitHeaders.of(decision).containsKey("Retry-After"));
        assertFalse(RateLimitHeaders.of(decision).containsKey("RateLimit"));
        String body = new String(RateLimitProblem.body(decision), StandardCharsets.UTF_8);
        assertTrue(body.contains("\"status\":" + status), body);
    }

    @ParameterizedTest
    @CsvSource({"SHADOW_DENIED", "EXEMPT"})
    void fields_letThrough_tellNoRefusal(Outcome outcome) {
        LimitStatus shadow =
                new LimitStatus("s", LIMIT, 0, Duration.ofSeconds(9), Duration.ofSeconds(9), Visibility.SHOWN);
        LimitStatus real = new LimitStatus("p", LIMIT, 4, Duration.ofSeconds(1), Duration.ZERO, Visibility.SHOWN);
        Decision decision = Decision.of(outcome, List.of(shadow, real), List.of(), Duration.ZERO);

        assertEquals(
                Map.of("RateLimit-Policy", "\"p.day\";q=1000;w=86400", "RateLimit", "\"p.day\";r=4;t=1"),
                RateLimitHeaders.of(decision));
        assertThrows(IllegalArgumentException.class, () -> RateLimitProblem.status(decision));
    }

    @Test
    @Tag("ratelimit:A10")
    void fields_anyKey_neverReachTheFields() {
        RateLimiter limiter = RateLimiter.builder()
                .ticker(ticker)
                .policy(Policy.named("p")
                        .key(Keys.user())
                        .limit(Limit.of("a", 1, Duration.ofMinutes(1)))
                        .build())
                .build();
        RequestFacts nasty =
                RequestFacts.builder().userId("evil\"\r\nX-Evil: 1").build();

        for (int request = 0; request < 2; request++) {
            Decision decision = limiter.check(nasty);
            assertFalse(RateLimitHeaders.of(decision).toString().contains("evil"));
        }
        assertTrue(limiter.check(FACTS).allowed());
    }

    @Test
    void build_faults_areAllTold() {
        RateLimitConfigurationException thrown = assertThrows(
                RateLimitConfigurationException.class,
                () -> RateLimitHeaders.builder()
                        .jitterPercent(11)
                        .longestWindow(Duration.ofMillis(999))
                        .build());

        assertEquals(2, thrown.faults().size());
        assertThrows(
                RateLimitConfigurationException.class,
                () -> RateLimitHeaders.builder().jitterPercent(-1).build());
    }

    /** The window is 2,738 years, more nanoseconds than fit into a long. */
    @ParameterizedTest
    @CsvSource({"3600, 1", "86400, 1", "31536000, 365"})
    void longestWindow_limitOfManyCenturies_showsAShareOfIt(long seconds, long share) {
        RateLimiter limiter = RateLimiter.builder()
                .ticker(ticker)
                .policy(Policy.named("p")
                        .key(Keys.user())
                        .limit(new Limit("slow", 1_000_000, 1, Duration.ofDays(1), new Limit.Refill.Interval()))
                        .build())
                .build();
        RateLimitHeaders headers = RateLimitHeaders.builder()
                .longestWindow(Duration.ofSeconds(seconds))
                .build();

        assertEquals(
                "\"p.slow\";r=" + share + ";t=" + seconds,
                headers.fields(limiter.check(FACTS)).get("RateLimit"));
    }
}
