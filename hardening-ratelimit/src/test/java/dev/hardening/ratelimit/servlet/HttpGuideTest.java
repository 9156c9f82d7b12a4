package dev.hardening.ratelimit.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimitHeaders;
import dev.hardening.ratelimit.RateLimitProblem;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.concurrency.ConcurrencyLimiter;
import dev.hardening.ratelimit.concurrency.LoadShedder;
import dev.hardening.ratelimit.concurrency.PermitLimit;
import dev.hardening.ratelimit.concurrency.Priority;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Blocks of docs/ratelimit/http.md and concurrency.md. */
class HttpGuideTest {
    private final RequestFacts facts = RequestFacts.builder().userId("u1").build();
    private final RateLimiter limiter = RateLimiter.builder()
            .policy(Policy.named("api-user")
                    .key(Keys.user())
                    .limit(Limit.of("day", 1, Duration.ofDays(1)))
                    .build())
            .build();

    @Test
    void anyServer_refused_hasStatusFieldsAndBody() {
        limiter.check(facts);
        Answer answer = new Answer();

        // region ratelimit-any-server
        Decision decision = limiter.check(facts);
        RateLimitHeaders.of(decision).forEach(answer::header);
        if (!decision.allowed()) {
            answer.status(RateLimitProblem.status(decision));
            answer.header("Content-Type", RateLimitProblem.CONTENT_TYPE);
            answer.body(RateLimitProblem.body(decision));
        }
        // endregion

        assertEquals(429, answer.status);
        assertEquals("no-store", answer.fields.get("Cache-Control"));
        assertTrue(answer.length > 100);
    }

    @Test
    void headers_chosen_areWritten() {
        // region ratelimit-headers
        RateLimitHeaders headers = RateLimitHeaders.builder()
                .legacyEpochSeconds(Clock.systemUTC())
                .longestWindow(Duration.ofHours(1))
                .exposeToScripts()
                .build();
        // endregion

        Map<String, String> fields = headers.fields(limiter.check(facts));
        assertTrue(fields.containsKey("X-RateLimit-Reset"));
        assertTrue(fields.containsKey("Access-Control-Expose-Headers"));
    }

    @Test
    void filter_withEverything_builds() {
        LoadShedder shedder = LoadShedder.builder(200).build();
        ConcurrencyLimiter permits = ConcurrencyLimiter.builder()
                .limit(PermitLimit.of("user", Keys.user(), 6))
                .build();

        // region ratelimit-filter
        RateLimitFilter filter = RateLimitFilter.builder(limiter)
                .shedder(shedder)
                .priority(request -> request.getServletPath().startsWith("/exam") ? Priority.CRITICAL : Priority.NORMAL)
                .concurrency(permits)
                .build();
        // endregion

        assertNotNull(filter);
    }

    @Test
    void placesFirst_inAFilterOfTheirOwn_build() {
        ConcurrencyLimiter permits = ConcurrencyLimiter.builder()
                .limit(PermitLimit.of("user", Keys.user(), 6))
                .build();

        // region ratelimit-places-first
        RateLimitFilter places = RateLimitFilter.builder().concurrency(permits).build();
        RateLimitFilter limits = RateLimitFilter.builder(limiter).build();
        // endregion

        assertNotNull(places);
        assertNotNull(limits);
    }

    /** What any server has. */
    private static final class Answer {
        private final Map<String, String> fields = new LinkedHashMap<>();
        private int status;
        private int length;

        private void header(String name, String value) {
            fields.put(name, value);
        }

        private void status(int code) {
            status = code;
        }

        private void body(byte[] bytes) {
            length = bytes.length;
        }
    }
}
