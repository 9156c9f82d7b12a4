package dev.hardening.ratelimit.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Spellings of a path as they come on the wire: what reaches the handler is counted as that handler's route. */
@Tag("ratelimit:A12")
class RouteKeySiteTest {
    private static final int CAPACITY = 20;
    private static final List<String> ONE_ROUTE = List.of(
            "/login",
            "/%6cogin",
            "/%6Cogi%6e",
            "/login;x",
            "/login;jsessionid=1",
            "/./login",
            "/a/../login",
            "/login?n=1");
    private static final List<String> DOUBTFUL = List.of(
            "//login",
            "/a//../login",
            "/login/",
            "/;x/login",
            "/%2e/login",
            "/a/%2e%2e/login",
            "/login%2f",
            "/%6c%6Fgin",
            "/LOGIN",
            "/Login",
            "/login%00",
            "/login%3bx",
            "/login%20");

    private final AtomicInteger handled = new AtomicInteger();
    private final RateLimiter limiter = RateLimiter.builder()
            .ticker(FakeTicker.create())
            .policy(Policy.named("per-route")
                    .key(Keys.route())
                    .limit(Limit.of("a", CAPACITY, Duration.ofHours(1)))
                    .build())
            .build();
    private final Site site = new Site(RateLimitFilter.builder(limiter).build())
            .servlet("/login/*", (request, response) -> handled.incrementAndGet());

    @AfterEach
    void stop() throws Exception {
        site.close();
    }

    @Test
    void spellings_onAServer_areOneRouteWhereTheyReachIt() {
        site.start();

        assertReachTheHandlerByOneLimit();
    }

    @Test
    void spellings_onAServerThatTakesThemAll_areOneRouteWhereTheyReachIt() {
        site.anySpelling().start();

        assertReachTheHandlerByOneLimit();
    }

    private void assertReachTheHandlerByOneLimit() {
        ONE_ROUTE.forEach(spelling -> assertEquals(200, site.get(spelling).status(), spelling));
        assertEquals(ONE_ROUTE.size(), handled.get());
        Set<Integer> statuses = new TreeSet<>();
        for (int round = 0; round < 2; round++) {
            DOUBTFUL.forEach(spelling -> statuses.add(site.get(spelling).status()));
            ONE_ROUTE.forEach(spelling -> statuses.add(site.get(spelling).status()));
        }

        assertEquals(CAPACITY, handled.get());
        assertTrue(Set.of(200, 400, 404, 429).containsAll(statuses), statuses::toString);
        ONE_ROUTE.forEach(spelling -> assertEquals(429, site.get(spelling).status(), spelling));
    }

    @Test
    void paths_thatNobodyServes_shareOneKey() {
        site.start();
        Set<Integer> statuses = new TreeSet<>();

        for (int path = 0; path < 2 * CAPACITY; path++) {
            statuses.add(site.get("/LOGIN" + path).status());
        }

        assertEquals(Set.of(404, 429), statuses);
        assertEquals(1, limiter.trackedKeys("per-route").orElseThrow());
        assertEquals(0, handled.get());
    }
}
