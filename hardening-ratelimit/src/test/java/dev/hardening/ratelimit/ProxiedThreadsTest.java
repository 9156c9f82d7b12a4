package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.BucketStores.ProxiedSpec;
import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.ratelimit.internal.StoreClock;
import dev.hardening.testing.FakeClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which threads a store on a proxy manager uses, and what becomes of an answer when they take no more. */
class ProxiedThreadsTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration TIMEOUT = Duration.ofMillis(500);
    private static final List<Limit> LIMITS = List.of(Limit.of("a", 5, Duration.ofHours(1)));

    private final ExecutorService wire = Executors.newSingleThreadExecutor();
    private final ExecutorService threads = Executors.newSingleThreadExecutor();
    private final RecordingListener listener = new RecordingListener();

    @AfterEach
    void end() {
        wire.shutdownNow();
        threads.shutdownNow();
    }

    private static HeapProxyManager manager(boolean async) {
        return new HeapProxyManager(async, StoreClock.of(FakeClock.create()));
    }

    private static Policy perUser(String name, long amount) {
        return Policy.named(name)
                .key(Keys.user())
                .limit(Limit.of("a", amount, MINUTE))
                .build();
    }

    private static Throwable failure(CompletableFuture<Take> take) {
        return assertThrows(ExecutionException.class, () -> take.get(10, TimeUnit.SECONDS))
                .getCause();
    }

    /** Whoever waits for an answer on the one thread that brings answers waits until the store counts as silent. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void checkAsync_oneOfTwoRefuses_nothingWaitsOnTheThreadThatBringsTheAnswers(boolean guarded) throws Exception {
        HeapProxyManager manager = manager(true);
        manager.wire = wire;
        BucketStore shared = BucketStores.proxied(
                manager, ProxiedSpec.standard().withTimeout(TIMEOUT).withExecutor(Runnable::run));
        RateLimiter limiter = RateLimiter.builder()
                .store(guarded ? BucketStores.guarded(shared, OutageSpec.standard()) : shared)
                .listener(listener)
                .policy(perUser("a", 5))
                .policy(perUser("b", 1))
                .build();
        RequestFacts facts = RequestFacts.builder().userId("u").build();
        limiter.check(facts);

        Decision refused = limiter.checkAsync(facts).toCompletableFuture().get(10, TimeUnit.SECONDS);

        assertEquals(Outcome.DENIED, refused.outcome());
        assertEquals(List.of(), listener.failed);
        assertEquals(4, refused.statuses().get(0).remaining());
        String key = manager.states.keySet().stream()
                .filter(stored -> stored.startsWith("v1/a/"))
                .findFirst()
                .orElseThrow()
                .substring("v1/a/".length());
        Space first = shared.open("a", List.of(Limit.of("a", 5, MINUTE)));
        assertEquals(4, first.peek(key, 1).available());
    }

    @Test
    @Tag("ratelimit:O4")
    void takeAsync_executorRejectsTheAnswer_completesAllTheSame() throws Exception {
        HeapProxyManager manager = manager(true);
        manager.wire = wire;
        threads.shutdownNow();
        Space space = BucketStores.proxied(manager, ProxiedSpec.standard().withExecutor(threads))
                .open("rejected", LIMITS);

        Take take = space.takeAsync("k", 2).toCompletableFuture().get(10, TimeUnit.SECONDS);

        assertTrue(take.granted());
        assertEquals(3, take.available());
        manager.throwing = true;
        assertInstanceOf(
                RateLimitUnavailableException.class,
                failure(space.takeAsync("k", 1).toCompletableFuture()));
    }

    @Test
    @Tag("ratelimit:O4")
    void takeAsync_executorRejectsTheQuestion_failsAsUnavailable() {
        threads.shutdownNow();
        Space space = BucketStores.proxied(
                        manager(false), ProxiedSpec.standard().withExecutor(threads))
                .open("rejected", LIMITS);

        Throwable failure = failure(space.takeAsync("k", 1).toCompletableFuture());

        assertInstanceOf(RateLimitUnavailableException.class, failure);
        assertInstanceOf(RejectedExecutionException.class, failure.getCause());
    }

    @Test
    @Tag("ratelimit:O4")
    void takeAsync_noThreadIsFree_failsInTimeAndIsNeverAsked() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        threads.execute(() -> {
            try {
                busy.await();
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
        });
        HeapProxyManager manager = manager(false);
        Space space = BucketStores.proxied(
                        manager,
                        ProxiedSpec.standard()
                                .withTimeout(Duration.ofMillis(20))
                                .withExecutor(threads))
                .open("late", LIMITS);

        Throwable failure = failure(space.takeAsync("k", 1).toCompletableFuture());

        assertInstanceOf(RateLimitUnavailableException.class, failure);
        busy.countDown();
        threads.execute(done::countDown);
        assertTrue(done.await(10, TimeUnit.SECONDS));
        assertEquals(0, manager.reads.get());
    }
}
