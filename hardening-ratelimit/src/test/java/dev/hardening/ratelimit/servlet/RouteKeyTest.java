package dev.hardening.ratelimit.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.testing.FakeTicker;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletMapping;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A route is counted by the pattern that the container chose, so no spelling of a path makes a new one. */
@Tag("ratelimit:A12")
class RouteKeyTest {
    private static final int CAPACITY = 7;

    private final RateLimiter limiter = RateLimiter.builder()
            .ticker(FakeTicker.create())
            .policy(Policy.named("per-route")
                    .key(Keys.route())
                    .limit(Limit.of("a", CAPACITY, Duration.ofHours(1)))
                    .build())
            .build();
    private final RateLimitFilter filter = RateLimitFilter.builder(limiter).build();

    private boolean passes(String rawPath, String pattern) throws Exception {
        HttpServletRequest request = mock(HttpServletRequest.class);
        Map<String, Object> attributes = new HashMap<>();
        HttpServletMapping mapping = mock(HttpServletMapping.class);
        when(mapping.getPattern()).thenReturn(pattern);
        when(mapping.getMatchValue()).thenReturn(rawPath);
        when(request.getHttpServletMapping()).thenReturn(mapping);
        when(request.getRemoteAddr()).thenReturn("192.0.2.1");
        when(request.getRequestURI()).thenReturn(rawPath);
        when(request.getRequestURL()).thenReturn(new StringBuffer("http://localhost" + rawPath));
        when(request.getServletPath()).thenReturn(rawPath);
        when(request.getPathInfo()).thenReturn(rawPath);
        when(request.getAttribute(anyString())).thenAnswer(call -> attributes.get(call.<String>getArgument(0)));
        doAnswer(call -> attributes.put(call.getArgument(0), call.getArgument(1)))
                .when(request)
                .setAttribute(anyString(), any());
        HttpServletResponse response = mock(HttpServletResponse.class);
        when(response.getOutputStream()).thenReturn(mock(ServletOutputStream.class));
        boolean[] passed = {false};
        FilterChain chain = (one, two) -> passed[0] = true;

        filter.doFilter(request, response, chain);

        verify(mapping, never()).getMatchValue();
        return passed[0];
    }

    @Test
    void doFilter_everySpellingOfOneRoute_isOneKey() throws Exception {
        List<String> spellings = List.of(
                "/login",
                "//login",
                "/%6cogin",
                "/login;x",
                "/login;jsessionid=1",
                "/./login",
                "/a/../login",
                "/login/");
        int passed = 0;
        for (int round = 0; round < 100; round++) {
            passed += passes(spellings.get(round % spellings.size()) + "?n=" + round, "/login/*") ? 1 : 0;
        }

        assertEquals(CAPACITY, passed);
    }

    @Test
    void doFilter_aThousandPathsThatNobodyServes_shareOneKey() throws Exception {
        int passed = 0;
        for (int path = 0; path < 1_000; path++) {
            passed += passes("/LOGIN" + path, "/") ? 1 : 0;
        }

        assertEquals(CAPACITY, passed);
        assertEquals(1, limiter.trackedKeys("per-route").orElseThrow());
    }
}
