package dev.hardening.ratelimit.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;
import static org.mockito.Mockito.withSettings;

import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Race;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.concurrency.ConcurrencyLimiter;
import dev.hardening.ratelimit.concurrency.ConcurrencyLimiter.Acquisition;
import dev.hardening.ratelimit.concurrency.PermitLimit;
import dev.hardening.testing.FakeTicker;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class HoldTest {
    private static final int ROUNDS = 2_000;
    private static final RequestFacts USER = RequestFacts.builder().userId("u").build();

    private final FakeTicker ticker = FakeTicker.create();
    private final ConcurrencyLimiter limiter = ConcurrencyLimiter.builder()
            .ticker(ticker)
            .limit(PermitLimit.of("user", Keys.user(), 100_000))
            .build();
    private final HttpServletRequest request =
            mock(HttpServletRequest.class, withSettings().stubOnly());
    private final HttpServletResponse response =
            mock(HttpServletResponse.class, withSettings().stubOnly());
    private final AsyncContext context = mock(AsyncContext.class);
    private final AsyncEvent event = new AsyncEvent(context);

    private Hold hold() {
        Hold hold = new Hold();
        hold.add(((Acquisition.Granted) limiter.acquire(USER)).permit());
        return hold;
    }

    private long held() {
        return limiter.inFlight("user").orElseThrow();
    }

    @Test
    void leave_neverAsynchronous_givesBack() {
        Hold hold = hold();

        hold.leave(request);

        assertEquals(0, held());
    }

    @Test
    @Tag("ratelimit:H2")
    void leave_followed_givesBackAtTheEndAlone() {
        Hold hold = hold();
        hold.follow(context);

        hold.leave(request);
        hold.onTimeout(event);
        hold.onError(event);
        assertEquals(1, held(), "what was timed out may still be dispatched");
        hold.onComplete(event);

        assertEquals(0, held());
        verify(context).addListener(hold);
    }

    @Test
    @Tag("ratelimit:H2")
    void leave_startedUnderTheWrapper_isFollowedLate() {
        Hold hold = hold();
        when(request.isAsyncStarted()).thenReturn(true);
        when(request.getAsyncContext()).thenReturn(context);

        hold.leave(request);
        assertEquals(1, held());
        hold.onComplete(event);

        assertEquals(0, held());
    }

    @Test
    @Tag("ratelimit:H2")
    void leave_overInTheMeantime_givesBack() {
        Hold hold = hold();
        when(request.isAsyncStarted()).thenReturn(true);
        when(request.getAsyncContext()).thenThrow(new IllegalStateException("not asynchronous"));

        hold.leave(request);

        assertEquals(0, held());
    }

    @Test
    @Tag("ratelimit:H2")
    void follow_listenerRefused_leavesItToTheChain() {
        Hold hold = hold();
        doThrow(new IllegalStateException("dispatched")).when(context).addListener(any(AsyncListener.class));
        HeldRequest held = new HeldRequest(request, hold);
        when(request.startAsync()).thenReturn(context);
        try {
            held.startAsync();
        } catch (IllegalStateException refused) {
            assertEquals("dispatched", refused.getMessage());
        }

        hold.leave(request);

        assertEquals(0, held());
    }

    /** After a dispatch, {@code isAsyncStarted} is false (Servlet 6.0, Javadoc), as for what never was asynchronous. */
    @Test
    @Tag("ratelimit:H2")
    void leave_dispatchedInTheMeantime_isHeldUntilComplete() {
        Hold hold = hold();
        when(request.startAsync()).thenReturn(context);
        when(request.startAsync(request, response)).thenReturn(context);
        new HeldRequest(request, hold).startAsync();
        when(request.isAsyncStarted()).thenReturn(false);

        hold.leave(request);
        assertEquals(1, held());
        hold.onComplete(event);
        assertEquals(0, held());

        Hold other = hold();
        new HeldRequest(request, other).startAsync(request, response);
        other.leave(request);
        assertEquals(1, held());
        other.onComplete(event);
        assertEquals(0, held());
    }

    @Test
    @Tag("ratelimit:H2")
    void onStartAsync_aFurtherRound_isFollowedToo() {
        Hold hold = hold();
        hold.follow(context);

        hold.onStartAsync(event);

        verify(context, times(2)).addListener(hold);
    }

    /** The container completes while the chain returns, times out or fails, and the longest hold passes, all at once. */
    @Test
    @Tag("ratelimit:H2")
    @Tag("ratelimit:A14")
    void allEnds_atOnce_giveBackOnce() {
        AtomicReference<Hold> current = new AtomicReference<>(new Hold());
        Hold other = hold();
        AsyncContext quiet = mock(AsyncContext.class, withSettings().stubOnly());
        doAnswer(call -> null).when(quiet).addListener(any(AsyncListener.class));

        Race.run(
                ROUNDS,
                () -> {
                    Hold hold = hold();
                    hold.follow(quiet);
                    current.set(hold);
                },
                List.of(
                        () -> current.get().leave(request),
                        () -> {
                            current.get().onTimeout(event);
                            current.get().onComplete(event);
                        },
                        () -> {
                            current.get().onError(event);
                            current.get().onComplete(event);
                        },
                        () -> current.get().onComplete(event)),
                () -> assertEquals(1, held(), "the other request's place"));
        other.leave(request);
        assertEquals(0, limiter.trackedKeys("user").orElseThrow());
    }

    @Test
    @Tag("ratelimit:H2")
    @Tag("ratelimit:A13")
    void onComplete_againstExpiry_givesBackOnce() {
        AtomicReference<Hold> current = new AtomicReference<>(new Hold());

        Race.run(
                ROUNDS,
                () -> {
                    current.set(hold());
                    ticker.advance(Duration.ofMinutes(2));
                },
                List.of(
                        () -> current.get().onComplete(event),
                        () -> limiter.purgeExpired(10),
                        () -> current.get().leave(request)),
                () -> assertEquals(0, held()));
        assertEquals(0, limiter.trackedKeys("user").orElseThrow());
    }
}
