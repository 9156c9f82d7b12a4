package dev.hardening.auth.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.session.SessionFamily.Ending;
import dev.hardening.auth.token.Factor;
import dev.hardening.secrets.Secret;
import dev.hardening.testing.FakeClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What every session store must do, alone and in a race; extend it and hand in an empty store. */
public abstract class SessionStoreContract {
    private static final TenantId TENANT = new TenantId("main");
    private static final UserId USER = new UserId("u-1");
    private static final int THREADS = 50;

    protected final FakeClock clock = FakeClock.create();
    private SessionStore store;
    private int families;

    protected SessionStoreContract() {}

    /** A store without any session, on {@link #clock}. */
    protected abstract SessionStore emptyStore();

    @BeforeEach
    void openStore() {
        store = emptyStore();
    }

    @Test
    public void find_created_givesBackWhatWasKept() {
        SessionFamily family = create(USER);

        SessionFamily found = store.find(family.id()).orElseThrow();

        assertEquals(family.owner(), found.owner());
        assertEquals(family.head(), found.head());
        assertEquals(family.life(), found.life());
        assertEquals(family.login(), found.login());
        assertTrue(family.nonce().matches(found.nonce()));
        assertEquals(0, found.epoch());
        assertEquals(Optional.empty(), found.ending());
        assertEquals(Optional.empty(), store.find("nobody"));
    }

    @Test
    public void advance_expectedGeneration_movesTheHeadOnce() {
        SessionFamily family = create(USER);
        SessionFamily.Head next = next(family);

        assertEquals(next, store.advance(family.id(), 0, next).orElseThrow().head());
        assertEquals(Optional.empty(), store.advance(family.id(), 0, next));
        assertEquals(Optional.empty(), store.advance(family.id(), 2, next));
        assertEquals(Optional.empty(), store.advance("nobody", 0, next));
        assertEquals(next, store.find(family.id()).orElseThrow().head());
    }

    @Test
    @Tag("auth:R4")
    public void advance_ended_isRefused() {
        SessionFamily family = create(USER);
        Ending ending = new Ending(clock.instant(), "logout");

        assertTrue(store.end(family.id(), ending));
        assertFalse(store.end(family.id(), new Ending(clock.instant().plusSeconds(1), "later")));

        assertEquals(Optional.empty(), store.advance(family.id(), 0, next(family)));
        assertEquals(Optional.of(ending), store.find(family.id()).orElseThrow().ending());
        assertFalse(store.end("nobody", ending));
    }

    @Test
    @Tag("auth:R7")
    public void endAll_ofAUser_endsWhatBeganBeforeAndNothingElse() {
        SessionFamily before = create(USER);
        SessionFamily stranger = create(new UserId("u-2"));
        Ending ending = new Ending(clock.instant(), "disabled");

        long epoch = store.endAll(TENANT, USER, ending);
        SessionFamily after = create(USER);

        assertEquals(Optional.of(ending), store.find(before.id()).orElseThrow().ending());
        assertEquals(Optional.empty(), store.advance(before.id(), 0, next(before)));
        assertEquals(Optional.empty(), store.find(stranger.id()).orElseThrow().ending());
        assertEquals(Optional.empty(), store.find(after.id()).orElseThrow().ending());
        assertEquals(epoch, store.find(after.id()).orElseThrow().epoch());
        assertTrue(store.advance(after.id(), 0, next(after)).isPresent());
        assertTrue(store.endAll(TENANT, USER, ending) > epoch);
    }

    @Test
    @Tag("auth:R7")
    public void create_underAnEpochThatIsOver_hasEndedFromTheStart() {
        long before = store.epoch(TENANT, USER);
        Ending ending = new Ending(clock.instant(), "disabled");
        long epoch = store.endAll(TENANT, USER, ending);
        SessionFamily late = family(USER, before);
        store.create(late);

        assertEquals(0, before);
        assertEquals(epoch, store.epoch(TENANT, USER));
        assertEquals(0, store.epoch(new TenantId("other"), USER));
        assertEquals(Optional.of(ending), store.find(late.id()).orElseThrow().ending());
        assertEquals(Optional.empty(), store.advance(late.id(), 0, next(late)));
        assertTrue(store.revoked(TENANT, USER, late.owner().session(), before));
    }

    @Test
    @Tag("auth:R6")
    public void revoked_afterAnEnding_isTold() {
        SessionFamily one = create(USER);
        SessionFamily other = create(USER);
        store.end(one.id(), new Ending(clock.instant(), "logout"));

        assertTrue(store.revoked(TENANT, USER, one.owner().session(), 0));
        assertFalse(store.revoked(TENANT, USER, other.owner().session(), 0));
        long epoch = store.endAll(TENANT, USER, new Ending(clock.instant(), "disabled"));
        assertTrue(store.revoked(TENANT, USER, other.owner().session(), 0));
        assertFalse(store.revoked(TENANT, USER, new SessionId("later"), epoch));
        assertFalse(store.revoked(new TenantId("other"), USER, other.owner().session(), 0));
    }

    @Test
    public void changes_sinceACursor_omitNothing() {
        Instant start = clock.instant();
        SessionFamily one = create(USER);
        SessionFamily other = create(USER);
        store.end(one.id(), new Ending(start, "logout"));
        SessionStore.Changes first = store.changes("", start);
        store.end(other.id(), new Ending(start, "logout"));
        long epoch = store.endAll(TENANT, USER, new Ending(start, "disabled"));
        SessionStore.Changes second = store.changes(first.cursor(), start);

        assertEquals(List.of(one.owner().session()), first.sessions());
        assertEquals(List.of(), first.epochs());
        assertTrue(second.sessions().contains(other.owner().session()));
        assertEquals(List.of(new SessionStore.UserEpoch(TENANT, USER, epoch)), second.epochs());
        SessionStore.Changes late = store.changes("", start.plusSeconds(1));
        assertTrue(late.sessions().isEmpty() && late.epochs().isEmpty());
    }

    @Test
    public void purgeExpired_aDayAfterTheEnd_removesInBatches() {
        SessionFamily one = create(USER);
        SessionFamily two = create(USER);
        store.endAll(TENANT, USER, new Ending(clock.instant(), "disabled"));
        clock.advance(Duration.ofDays(7).plus(Duration.ofDays(1)));
        SessionFamily lives = create(new UserId("u-2"));

        assertEquals(0, store.purgeExpired(10));
        clock.advance(Duration.ofSeconds(1));
        assertEquals(1, store.purgeExpired(1));
        assertEquals(1, store.purgeExpired(1));
        assertEquals(1, store.purgeExpired(10));
        assertEquals(0, store.purgeExpired(10));
        assertEquals(Optional.empty(), store.find(one.id()).or(() -> store.find(two.id())));
        assertTrue(store.find(lives.id()).isPresent());
        assertThrows(IllegalArgumentException.class, () -> store.purgeExpired(0));
    }

    @Test
    public void purgeExpired_epochThatSessionsDependOn_stays() {
        SessionFamily family = create(USER);
        store.endAll(TENANT, USER, new Ending(clock.instant(), "disabled"));
        clock.advance(Duration.ofDays(3));

        assertEquals(0, store.purgeExpired(10));
        assertTrue(store.find(family.id()).orElseThrow().ending().isPresent());
    }

    @Test
    @Tag("auth:R3")
    public void refresh_fiftyThreadsWithOneToken_rotateOnceAndGetTheSameSuccessor() throws Exception {
        SessionFixture fixture = new SessionFixture(clock, store);
        SessionTokens first = fixture.start();

        List<RefreshResult> results = race(() -> fixture.sessions.refresh(first.refreshToken()));

        Set<String> successors = results.stream()
                .map(result -> result.fold(SessionTokens::refreshToken, Enum::name))
                .collect(Collectors.toSet());
        assertEquals(1, successors.size(), successors.size() + " different answers");
        assertEquals(
                1,
                results.stream()
                        .filter(result -> result.kind() == RefreshResult.Kind.ROTATED)
                        .count());
        assertEquals(0, fixture.count(AuthEvent.Kind.REFRESH_REUSE_DETECTED));
        String head = successors.iterator().next();
        assertEquals("1", head.split("\\.", -1)[3]);
        assertEquals(RefreshResult.Kind.ROTATED, fixture.sessions.refresh(head).kind());
        assertEquals(AuthEvent.RefreshRejected.Reason.REUSED, fixture.refusal(first.refreshToken()));
    }

    @Test
    public void end_raced_hasOneWinner() throws Exception {
        SessionFamily family = create(USER);

        List<Boolean> ended = race(() -> store.end(family.id(), new Ending(clock.instant(), "logout")));

        assertEquals(1, ended.stream().filter(won -> won).count());
    }

    @Test
    public void endAll_racedWithLogins_leavesNoSessionOfAnOlderEpoch() throws Exception {
        List<Object> done = race(() -> {
            boolean login = Thread.currentThread().getId() % 2 == 0;
            return login ? create(USER) : (Object) store.endAll(TENANT, USER, new Ending(clock.instant(), "disabled"));
        });
        long last = store.endAll(TENANT, USER, new Ending(clock.instant(), "disabled"));

        for (Object result : done) {
            if (result instanceof SessionFamily family) {
                assertTrue(store.find(family.id()).orElseThrow().ending().isPresent());
            } else {
                assertTrue((Long) result < last);
            }
        }
    }

    @Test
    public void endAll_racedWithItself_givesEachAnEpochOfItsOwn() throws Exception {
        List<Long> epochs = race(() -> store.endAll(TENANT, USER, new Ending(clock.instant(), "disabled")));
        long present = store.find(create(USER).id()).orElseThrow().epoch();

        assertEquals(THREADS, new HashSet<>(epochs).size());
        assertEquals(present, epochs.stream().mapToLong(Long::longValue).max().orElseThrow());
    }

    private SessionFamily create(UserId user) {
        SessionFamily family = family(user, store.epoch(TENANT, user));
        store.create(family);
        return family;
    }

    private synchronized SessionFamily family(UserId user, long epoch) {
        int number = families++;
        Instant now = clock.instant();
        return new SessionFamily(
                "family-" + number,
                new SessionFamily.Owner(TENANT, user, new SessionId("s-" + number)),
                Secret.of("nonce-%026d".formatted(number)),
                new SessionFamily.Head("key-1", 0, now, now.plus(Duration.ofDays(7))),
                new SessionFamily.Life(now, now.plus(Duration.ofDays(30))),
                new LoginContext(
                        List.of(Factor.password(now), new Factor("otp", now.minusSeconds(5))), "Browser", "192.0.2.1"),
                epoch,
                Optional.empty());
    }

    private SessionFamily.Head next(SessionFamily family) {
        Instant now = clock.instant().plusSeconds(60);
        return new SessionFamily.Head("key-2", family.head().generation() + 1, now, now.plus(Duration.ofDays(7)));
    }

    private static <T> List<T> race(Callable<? extends T> task) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        CountDownLatch start = new CountDownLatch(1);
        try {
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                futures.add(threads.submit(() -> {
                    start.await();
                    return task.call();
                }));
            }
            start.countDown();
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get(60, TimeUnit.SECONDS));
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }
}
