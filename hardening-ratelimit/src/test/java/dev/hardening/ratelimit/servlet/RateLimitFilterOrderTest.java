package dev.hardening.ratelimit.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimitConfigurationException;
import dev.hardening.ratelimit.RateLimitEvent;
import dev.hardening.ratelimit.RateLimitHeaders;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.concurrency.ConcurrencyLimiter;
import dev.hardening.ratelimit.concurrency.LoadShedder;
import dev.hardening.ratelimit.concurrency.Permit;
import dev.hardening.ratelimit.concurrency.PermitLimit;
import dev.hardening.ratelimit.concurrency.Priority;
import dev.hardening.testing.FakeTicker;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who is asked when, and that a refusal by one leaves nothing behind in the others. */
class RateLimitFilterOrderTest {
    private static final RequestFacts USER = RequestFacts.builder().userId("u").build();

    private final FakeTicker ticker = FakeTicker.create();
    private final List<Decision> decisions = new ArrayList<>();
    private final LoadShedder shedder =
            LoadShedder.builder(4).reserve(Priority.NORMAL, 0).ticker(ticker).build();
    private final ConcurrencyLimiter permits = ConcurrencyLimiter.builder()
            .ticker(ticker)
            .limit(PermitLimit.of("user", Keys.user(), 1))
            .build();
    private final RateLimiter limiter = RateLimiter.builder()
            .ticker(ticker)
            .policy(Policy.named("p")
                    .key(Keys.user())
                    .limit(Limit.of("a", 3, Duration.ofMinutes(1)))
                    .build())
            .listener(new RateLimitListener() {
                @Override
                public void decided(RateLimitEvent.Decided event) {
                    decisions.add(event.decision());
                }
            })
            .build();
    private final RateLimitFilter filter = builder().build();
    private final FilterChain chain = mock(FilterChain.class);
    private final HttpServletRequest request = mock(HttpServletRequest.class);
    private final HttpServletResponse response = mock(HttpServletResponse.class);

    private RateLimitFilter.Builder builder() {
        return RateLimitFilter.builder(limiter)
                .shedder(shedder)
                .concurrency(permits)
                .facts(request -> USER);
    }

    private void go(RateLimitFilter through) throws Exception {
        when(response.getOutputStream()).thenReturn(mock(ServletOutputStream.class));
        through.doFilter(request, response, chain);
    }

    private void assertNothingHeld() {
        assertEquals(0, permits.inFlight("user").orElseThrow());
        for (Priority priority : Priority.values()) {
            assertEquals(0, shedder.inFlight(priority));
        }
    }

    private Permit place() {
        return ((ConcurrencyLimiter.Acquisition.Granted) permits.acquire(USER)).permit();
    }

    @Test
    void shed_first_countsNothing() throws Exception {
        List<Permit> full = new ArrayList<>();
        for (int seat = 0; seat < 3; seat++) {
            full.add(shedder.admit(Priority.NORMAL).fold(admitted -> admitted.permit(), shed -> null));
        }

        go(filter);

        verify(response).setStatus(503);
        verify(chain, never()).doFilter(any(), any());
        assertTrue(decisions.isEmpty());
        full.forEach(Permit::close);
        assertNothingHeld();
    }

    @Test
    void places_inAFilterInFront_refuseWithoutAskingALimit() throws Exception {
        RateLimitFilter places = RateLimitFilter.builder()
                .concurrency(permits)
                .facts(any -> USER)
                .build();
        Permit held = place();

        go(places);

        verify(response).setStatus(429);
        verify(chain, never()).doFilter(any(), any());
        assertTrue(decisions.isEmpty(), "no store was asked");
        held.close();
        go(places);
        verify(chain).doFilter(any(), any());
        assertNothingHeld();
    }

    @Test
    void priority_ofTheRequest_decidesWhoIsShed() throws Exception {
        for (int seat = 0; seat < 3; seat++) {
            assertTrue(shedder.admit(Priority.NORMAL).admitted());
        }

        go(builder().priority(any -> Priority.CRITICAL).build());

        verify(chain).doFilter(any(), any());
    }

    @Test
    void limited_second_takesNoPlace() throws Exception {
        for (int time = 0; time < 3; time++) {
            limiter.check(USER);
        }

        go(filter);

        verify(response).setStatus(429);
        verify(chain, never()).doFilter(any(), any());
        assertEquals(0, permits.refused("user").orElseThrow());
        assertNothingHeld();
    }

    @Test
    @Tag("ratelimit:H3")
    void full_last_tellsOfTheConcurrencyAlone() throws Exception {
        Permit only = place();

        go(filter);

        verify(response).setStatus(429);
        verify(response).setHeader("RateLimit", "\"user\";r=0");
        verify(response).setHeader("RateLimit-Policy", "\"user\";q=1;qu=\"concurrent-requests\"");
        verify(response).setHeader("Retry-After", "1");
        verify(chain, never()).doFilter(any(), any());
        only.close();
        assertNothingHeld();
    }

    @Test
    @Tag("ratelimit:E5")
    void full_last_getsItsTokensBack() throws Exception {
        Permit only = place();

        for (int time = 0; time < 10; time++) {
            go(filter);
        }
        only.close();
        go(filter);

        verify(response).setHeader("RateLimit", "\"p.a\";r=2;t=20");
        verify(chain).doFilter(any(), any());
    }

    @Test
    @Tag("ratelimit:E5")
    @Tag("ratelimit:A15")
    void full_clientThatHasGone_getsItsTokensBack() throws Exception {
        Permit only = place();
        ServletOutputStream broken = mock(ServletOutputStream.class);
        doThrow(new IOException("Broken pipe")).when(broken).write(any(byte[].class));
        when(response.getOutputStream()).thenReturn(broken);

        for (int time = 0; time < 10; time++) {
            assertThrows(IOException.class, () -> filter.doFilter(request, response, chain));
        }
        only.close();

        assertThreeTokensAndNothingHeld();
    }

    @Test
    @Tag("ratelimit:E5")
    void full_outerFilterThatTookTheWriter_getsItsTokensBack() throws Exception {
        Permit only = place();
        when(response.getOutputStream()).thenThrow(new IllegalStateException("WRITER"));

        for (int time = 0; time < 10; time++) {
            assertThrows(IllegalStateException.class, () -> filter.doFilter(request, response, chain));
        }
        only.close();

        assertThreeTokensAndNothingHeld();
    }

    @Test
    @Tag("ratelimit:E5")
    @Tag("ratelimit:A15")
    void concurrencyKey_thatThrows_costsNoTokens() {
        RateLimitFilter broken = builder()
                .concurrency(ConcurrencyLimiter.builder()
                        .limit(PermitLimit.of(
                                "broken",
                                Keys.custom("broken", facts -> {
                                    throw new IllegalStateException("reader");
                                }),
                                1))
                        .build())
                .build();

        for (int time = 0; time < 10; time++) {
            assertThrows(IllegalStateException.class, () -> go(broken));
        }

        assertThreeTokensAndNothingHeld();
    }

    private void assertThreeTokensAndNothingHeld() {
        assertEquals(
                3,
                limiter.admin().peek("p", USER).orElseThrow().statuses().get(0).remaining());
        assertNothingHeld();
    }

    @Test
    @Tag("ratelimit:A15")
    void chain_throwsAnError_leavesNothing() throws Exception {
        doThrow(new NoClassDefFoundError("somewhere below")).when(chain).doFilter(any(), any());

        assertThrows(NoClassDefFoundError.class, () -> go(filter));

        assertNothingHeld();
    }

    @Test
    @Tag("ratelimit:A15")
    void facts_throw_leaveNothing() {
        RateLimitFilter broken = builder()
                .facts(any -> {
                    throw new IllegalStateException("reader");
                })
                .build();

        assertThrows(IllegalStateException.class, () -> go(broken));

        assertNothingHeld();
    }

    @Test
    @Tag("ratelimit:H5")
    void refused_committedResponse_writesNothingAndThrowsNothing() throws Exception {
        Permit only = place();
        when(response.isCommitted()).thenReturn(true);

        go(filter);

        verify(response, never()).setHeader(anyString(), anyString());
        verify(response, never()).setStatus(anyInt());
        verify(chain, never()).doFilter(any(), any());
        only.close();
        assertNothingHeld();
    }

    private void preflight() {
        when(request.getMethod()).thenReturn("OPTIONS");
        when(request.getHeader("Origin")).thenReturn("https://elsewhere.example");
        when(request.getHeader("Access-Control-Request-Method")).thenReturn("PUT");
    }

    @Test
    @Tag("ratelimit:H6")
    void preflight_unlessIgnored_isCounted() throws Exception {
        preflight();

        go(filter);

        assertEquals(1, decisions.size());
    }

    @Test
    @Tag("ratelimit:H6")
    void preflight_ignored_isNotCountedButTakesRoom() throws Exception {
        preflight();
        RateLimitFilter ignoring = builder().ignorePreflight().build();

        go(ignoring);
        for (int seat = 0; seat < 3; seat++) {
            assertTrue(shedder.admit(Priority.NORMAL).admitted());
        }
        go(ignoring);

        assertTrue(decisions.isEmpty());
        verify(chain).doFilter(any(), any());
        verify(response).setStatus(503);
    }

    @Test
    @Tag("ratelimit:H6")
    void preflight_thatIsNone_isCounted() throws Exception {
        RateLimitFilter ignoring = builder().ignorePreflight().build();
        preflight();
        when(request.getMethod()).thenReturn("POST");
        go(ignoring);
        when(request.getMethod()).thenReturn("OPTIONS");
        when(request.getHeader("Origin")).thenReturn(null);
        go(ignoring);
        when(request.getHeader("Origin")).thenReturn("https://elsewhere.example");
        when(request.getHeader("Access-Control-Request-Method")).thenReturn(null);
        go(ignoring);

        assertEquals(3, decisions.size());
    }

    @Test
    @Tag("ratelimit:H6")
    void exposeHeaders_besideWhatOthersExpose_isAdded() throws Exception {
        go(builder()
                .headers(RateLimitHeaders.builder().exposeToScripts().build())
                .build());

        verify(response).addHeader("Access-Control-Expose-Headers", "RateLimit, RateLimit-Policy, Retry-After");
        verify(response).setHeader("RateLimit", "\"p.a\";r=2;t=20");
    }

    @Test
    void builder_withoutALimiter_needsSomethingElse() throws Exception {
        go(RateLimitFilter.builder().shedder(shedder).build());

        verify(chain).doFilter(any(), any());
        assertThrows(
                RateLimitConfigurationException.class,
                () -> RateLimitFilter.builder().build());
    }
}
