package dev.hardening.auth.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.session.SessionFamily.Ending;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.FakeTicker;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

class RevocationFeedTest {
    private final SessionFixture other = SessionFixture.inMemory();
    private final FakeTicker ticker = FakeTicker.create();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicBoolean down = new AtomicBoolean();
    private final AtomicReference<RuntimeException> broken = new AtomicReference<>();
    private final RevocationFeed feed = builder().build();

    @AfterEach
    void closeFeed() {
        feed.close();
    }

    @Test
    @Tag("auth:R6")
    void revoked_endedElsewhere_countsWithinTheBoundAndIsAskedOncePerBound() {
        SessionTokens tokens = other.start();
        assertFalse(revoked(feed, tokens.session()));
        other.sessions.logout(tokens.refreshToken());
        int before = asked.get();

        ticker.advance(Duration.ofSeconds(2));
        assertFalse(revoked(feed, tokens.session()), "exactly at the bound the memory may still be used");
        assertEquals(before, asked.get());
        ticker.advance(Duration.ofNanos(1));
        assertTrue(revoked(feed, tokens.session()));
        assertEquals(before + 1, asked.get());
    }

    @Test
    @Tag("auth:R6")
    void revoked_endedHere_countsAtOnce() {
        SessionId session = new SessionId("here");
        assertFalse(revoked(feed, session));

        feed.ended(session);

        assertTrue(revoked(feed, session));
    }

    @Test
    @Tag("auth:R7")
    void revoked_newEpoch_killsOlderTokensOnly() {
        feed.began(new SessionStore.UserEpoch(SessionFixture.TENANT, SessionFixture.USER, 5));
        feed.began(new SessionStore.UserEpoch(SessionFixture.TENANT, SessionFixture.USER, 4));

        assertTrue(feed.revoked(SessionFixture.TENANT, SessionFixture.USER, new SessionId("s"), 4));
        assertFalse(feed.revoked(SessionFixture.TENANT, SessionFixture.USER, new SessionId("s"), 5));
    }

    @Test
    void revoked_storeDown_worksUntilTheBoundAndThenFailsClosed() {
        SessionId session = new SessionId("s");
        assertFalse(revoked(feed, session));
        down.set(true);

        ticker.advance(Duration.ofSeconds(2));
        assertFalse(revoked(feed, session));
        ticker.advance(Duration.ofNanos(1));
        assertThrows(AuthUnavailableException.class, () -> revoked(feed, session));
        int before = asked.get();
        assertThrows(AuthUnavailableException.class, () -> revoked(feed, session));
        assertEquals(before, asked.get(), "a failed question is not repeated at once");

        down.set(false);
        ticker.advance(Duration.ofMillis(500));
        assertFalse(revoked(feed, session));
    }

    @Test
    void revoked_moreEndingsThanRoom_asksTheStore() {
        RevocationFeed small = builder().capacity(1).build();
        SessionTokens live = other.start();
        small.ended(new SessionId("a"));
        small.ended(new SessionId("b"));

        assertTrue(revoked(small, new SessionId("a")));
        assertFalse(revoked(small, new SessionId("b")), "there was no room for it, and this store does not know it");
        assertFalse(revoked(small, live.session()));
        other.sessions.logout(live.refreshToken());
        assertTrue(revoked(small, live.session()));
    }

    @Test
    void revoked_noRoomForAnEnding_asksTheStoreUntilNoTokenOfItIsLeft() {
        RevocationFeed small = builder().capacity(2).build();
        SessionTokens second = other.start();
        small.ended(new SessionId("first"));
        assertFalse(revoked(small, second.session()));
        other.clock.advance(Duration.ofMinutes(10));
        small.began(new SessionStore.UserEpoch(SessionFixture.TENANT, new UserId("another"), 1));
        other.sessions.logout(second.refreshToken());
        small.ended(second.session());

        other.clock.advance(Duration.ofMinutes(10).plusMillis(1));
        small.poll();

        assertTrue(revoked(small, second.session()), "there is room again, but not for what was missed");
        other.clock.advance(Duration.ofMinutes(20).plusMillis(1));
        small.poll();
        int before = asked.get();
        assertFalse(revoked(small, new SessionId("live")));
        assertEquals(before, asked.get());
    }

    @Test
    void ended_boundOfZero_remembersNothingAndAsksTheStore() {
        RevocationFeed none = builder().staleness(Duration.ZERO).build();
        SessionTokens tokens = other.start();

        none.ended(new SessionId("here"));
        none.began(new SessionStore.UserEpoch(SessionFixture.TENANT, SessionFixture.USER, 5));

        assertFalse(revoked(none, new SessionId("here")), "this store does not know it");
        assertFalse(revoked(none, tokens.session()));
        other.sessions.logout(tokens.refreshToken());
        assertTrue(revoked(none, tokens.session()));
    }

    @Test
    void revoked_longAfter_isForgotten() {
        SessionTokens tokens = other.start();
        feed.ended(tokens.session());
        other.clock.advance(Duration.ofMinutes(20).plusSeconds(1));
        ticker.advance(Duration.ofSeconds(3));

        assertFalse(revoked(feed, tokens.session()));
        assertEquals(Duration.ofMinutes(20), feed.memory());
    }

    @Test
    void poll_onItsOwnThread_learnsWithoutBeingAsked() {
        try (RevocationFeed own = RevocationFeed.builder()
                .store(other.store)
                .staleness(Duration.ofMillis(200))
                .clock(other.clock)
                .build()) {
            SessionTokens tokens = other.start();
            Eventually.until(Duration.ofSeconds(10), "started", () -> !revoked(own, tokens.session()));
            other.store.end(tokens.refreshToken().split("\\.", -1)[2], new Ending(other.clock.instant(), "logout"));

            Eventually.until(Duration.ofSeconds(10), "learnt", () -> revoked(own, tokens.session()));
            assertTrue(Thread.getAllStackTraces().keySet().stream()
                    .anyMatch(thread -> thread.getName().equals("hardening-auth-revocations") && thread.isDaemon()));
        }
    }

    @Test
    void build_outOfRange_namesEveryFault() {
        var refused = assertThrows(
                AuthConfigurationException.class,
                () -> RevocationFeed.builder()
                        .staleness(Duration.ofMillis(99))
                        .memory(Duration.ZERO)
                        .capacity(0)
                        .build());

        assertEquals(4, refused.faults().size(), refused.getMessage());
    }

    @Test
    void poll_storeThrowsSomethingElse_failsClosedAndTheThreadGoesOn() {
        broken.set(new IllegalStateException("a bug of the store"));
        assertThrows(AuthUnavailableException.class, () -> revoked(feed, new SessionId("s")));

        try (RevocationFeed own = RevocationFeed.builder()
                .store(counted())
                .staleness(Duration.ofMillis(100))
                .build()) {
            int before = asked.get();
            Eventually.until(Duration.ofSeconds(10), "asked again", () -> asked.get() > before + 2);
            assertThrows(AuthUnavailableException.class, () -> revoked(own, new SessionId("s")));
        }
    }

    @Test
    @ResourceLock(Resources.SYSTEM_ERR)
    void poll_outage_isLoggedOnceAndItsEndOnce() {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try (RevocationFeed own = RevocationFeed.builder()
                .store(counted())
                .staleness(Duration.ofMillis(100))
                .build()) {
            assertFalse(revoked(own, new SessionId("s")));
            down.set(true);
            int failing = asked.get();
            Eventually.until(Duration.ofSeconds(10), "failed often", () -> asked.get() > failing + 5);
            down.set(false);
            Eventually.until(
                    Duration.ofSeconds(10),
                    "logged",
                    () -> log.toString(StandardCharsets.UTF_8).contains("revocations are read again"));
        } finally {
            System.setErr(before);
        }

        String said = log.toString(StandardCharsets.UTF_8);
        assertEquals(said.indexOf("revocations cannot be read"), said.lastIndexOf("revocations cannot be read"), said);
        assertTrue(said.contains("revocations cannot be read"), said);
    }

    private RevocationFeed.Builder builder() {
        return RevocationFeed.builder()
                .store(counted())
                .scheduler(idle())
                .clock(other.clock)
                .ticker(ticker);
    }

    private static boolean revoked(RevocationFeed feed, SessionId session) {
        return feed.revoked(SessionFixture.TENANT, SessionFixture.USER, session, 0);
    }

    /** The other process's store, which counts what it is asked and may be down. */
    private SessionStore counted() {
        return (SessionStore) Proxy.newProxyInstance(
                SessionStore.class.getClassLoader(),
                new Class<?>[] {SessionStore.class},
                (proxy, method, arguments) -> {
                    asked.incrementAndGet();
                    if (down.get()) {
                        throw new AuthUnavailableException("down");
                    }
                    if (broken.get() != null) {
                        throw broken.get();
                    }
                    return method.invoke(other.store, arguments);
                });
    }

    /** A scheduler that never runs anything, so that only questions move the feed. */
    private static ScheduledExecutorService idle() {
        return (ScheduledExecutorService) Proxy.newProxyInstance(
                ScheduledExecutorService.class.getClassLoader(),
                new Class<?>[] {ScheduledExecutorService.class},
                (proxy, method, arguments) -> null);
    }
}
