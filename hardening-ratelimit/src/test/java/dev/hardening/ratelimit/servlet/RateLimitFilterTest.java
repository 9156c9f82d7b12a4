package dev.hardening.ratelimit.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.hardening.ratelimit.ClientIpResolver;
import dev.hardening.ratelimit.KeySpec;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimitHeaders;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.TrustedProxies;
import dev.hardening.testing.FakeTicker;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletMapping;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class RateLimitFilterTest {
    private static final RateLimitHeaders EXACT =
            RateLimitHeaders.builder().jitterPercent(0).build();

    private final List<RequestFacts> seen = new ArrayList<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final FilterChain chain = mock(FilterChain.class);
    private final RateLimitFilter filter = filter(Keys.clientAddress(), 2);

    private RateLimiter limiter(KeySpec key, long capacity) {
        KeySpec recording = Keys.custom("recorded", facts -> {
            seen.add(facts);
            return Optional.of("all");
        });
        return RateLimiter.builder()
                .ticker(FakeTicker.create())
                .policy(Policy.named("p")
                        .key(Keys.all(recording, key))
                        .limit(Limit.of("a", capacity, Duration.ofMinutes(1)))
                        .build())
                .build();
    }

    private RateLimitFilter filter(KeySpec key, long capacity) {
        return RateLimitFilter.builder(limiter(key, capacity)).headers(EXACT).build();
    }

    private static HttpServletRequest request(String peer) {
        HttpServletRequest request = mock(HttpServletRequest.class);
        Map<String, Object> attributes = new HashMap<>();
        HttpServletMapping mapping = mock(HttpServletMapping.class);
        when(mapping.getPattern()).thenReturn("/api/*");
        when(request.getRemoteAddr()).thenReturn(peer);
        when(request.getHttpServletMapping()).thenReturn(mapping);
        when(request.getAttribute(anyString())).thenAnswer(call -> attributes.get(call.<String>getArgument(0)));
        doAnswer(call -> attributes.put(call.getArgument(0), call.getArgument(1)))
                .when(request)
                .setAttribute(anyString(), any());
        return request;
    }

    private HttpServletResponse response() throws Exception {
        HttpServletResponse response = mock(HttpServletResponse.class);
        when(response.getOutputStream()).thenReturn(new Bytes(body));
        return response;
    }

    @Test
    @Tag("ratelimit:H3")
    void doFilter_allowed_setsFieldsAndGoesOn() throws Exception {
        HttpServletRequest request = request("192.0.2.1");
        HttpServletResponse response = response();

        filter.doFilter(request, response, chain);

        verify(response).setHeader("RateLimit", "\"p.a\";r=1;t=30");
        verify(response).setHeader("RateLimit-Policy", "\"p.a\";q=2;w=60");
        verify(chain).doFilter(request, response);
    }

    @Test
    @Tag("ratelimit:H4")
    void doFilter_refused_answers429AndStopsThere() throws Exception {
        filter.doFilter(request("192.0.2.1"), response(), chain);
        filter.doFilter(request("192.0.2.1"), response(), chain);
        HttpServletRequest request = request("192.0.2.1");
        HttpServletResponse response = response();

        filter.doFilter(request, response, chain);

        verify(response).setStatus(429);
        verify(response).setHeader("Retry-After", "30");
        verify(response).setHeader("Cache-Control", "no-store");
        verify(response).setContentType("application/problem+json");
        verify(response, never()).setContentLength(anyInt());
        verify(chain, never()).doFilter(request, response);
        assertTrue(body.toString(StandardCharsets.UTF_8).contains("\"violated-policies\":[\"p.a\"]"));
    }

    @Test
    @Tag("ratelimit:H1")
    void doFilter_laterDispatchesOfOneRequest_areNotCounted() throws Exception {
        HttpServletRequest request = request("192.0.2.1");
        HttpServletResponse response = response();

        for (int dispatch = 0; dispatch < 5; dispatch++) {
            filter.doFilter(request, response, chain);
        }

        verify(chain, times(5)).doFilter(request, response);
        assertEquals(1, seen.size());
    }

    @Test
    @Tag("ratelimit:H1")
    void doFilter_twoFilters_eachCountOnce() throws Exception {
        RateLimitFilter second = filter(Keys.clientAddress(), 2);
        HttpServletRequest request = request("192.0.2.1");
        HttpServletResponse response = response();

        filter.doFilter(request, response, chain);
        second.doFilter(request, response, chain);
        second.doFilter(request, response, chain);

        assertEquals(2, seen.size());
        verify(chain, times(3)).doFilter(request, response);
    }

    @Test
    @Tag("ratelimit:H5")
    void doFilter_committedResponse_writesNothingAndThrowsNothing() throws Exception {
        RateLimitFilter strict = filter(Keys.clientAddress(), 1);
        strict.doFilter(request("192.0.2.1"), response(), chain);
        HttpServletRequest request = request("192.0.2.1");
        HttpServletResponse response = response();
        when(response.isCommitted()).thenReturn(true);

        strict.doFilter(request, response, chain);

        verify(response, never()).setHeader(anyString(), anyString());
        verify(response, never()).setStatus(anyInt());
        verify(chain, never()).doFilter(request, response);
    }

    @Test
    void doFilter_standardFacts_areThoseOfTheRequest() throws Exception {
        HttpServletRequest request = request("10.0.0.1");
        Principal principal = mock(Principal.class);
        when(principal.getName()).thenReturn("u1");
        when(request.getUserPrincipal()).thenReturn(principal);
        when(request.getHeaders("X-Forwarded-For"))
                .thenReturn(Collections.enumeration(List.of("6.6.6.6", "203.0.113.5")));
        RateLimitFilter behindProxy = RateLimitFilter.builder(limiter(Keys.user(), 5))
                .clientAddress(ClientIpResolver.xForwardedFor(TrustedProxies.of("10.0.0.0/8")))
                .tenant(any -> Optional.of("t1"))
                .build();

        behindProxy.doFilter(request, response(), chain);

        RequestFacts facts = seen.get(0);
        assertEquals(Optional.of("203.0.113.5"), facts.clientAddress());
        assertEquals(Optional.of("u1"), facts.userId());
        assertEquals(Optional.of("t1"), facts.tenantId());
        assertEquals(Optional.of("/api/*"), facts.route());
    }

    @Test
    @Tag("ratelimit:A12")
    void doFilter_ownReaders_areUsed() throws Exception {
        RateLimitFilter own = RateLimitFilter.builder(limiter(Keys.user(), 5))
                .user(request -> Optional.of("me"))
                .route(request -> Optional.of("template"))
                .build();
        RateLimitFilter whole = RateLimitFilter.builder(limiter(Keys.user(), 5))
                .facts(request -> RequestFacts.builder().userId("whole").build())
                .build();

        own.doFilter(request("192.0.2.1"), response(), chain);
        whole.doFilter(request("192.0.2.1"), response(), chain);

        assertEquals(Optional.of("template"), seen.get(0).route());
        assertEquals(Optional.of("me"), seen.get(0).userId());
        assertEquals(Optional.of("whole"), seen.get(1).userId());
    }

    @Test
    void doFilter_notHttp_goesOn() throws Exception {
        ServletRequest request = mock(ServletRequest.class);
        ServletResponse response = mock(ServletResponse.class);

        filter.doFilter(request, response, chain);

        verify(chain).doFilter(request, response);
        assertTrue(seen.isEmpty());
    }

    private static final class Bytes extends ServletOutputStream {
        private final ByteArrayOutputStream bytes;

        private Bytes(ByteArrayOutputStream bytes) {
            this.bytes = bytes;
        }

        @Override
        public void write(int octet) {
            bytes.write(octet);
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            throw new UnsupportedOperationException();
        }
    }
}
