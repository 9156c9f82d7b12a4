package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The guarded store as callers meet it who must not wait. */
class GuardedStoreAsyncTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Limit FORTY = Limit.of("a", 40, Duration.ofMinutes(1));

    private final FakeTicker ticker = FakeTicker.create();
    private final SharedFake shared = new SharedFake(ticker);
    private final BucketStore store =
            BucketStores.guarded(shared, OutageSpec.standard().withTicker(ticker));

    private static SpaceSpec local(Limit... limits) {
        return SpaceSpec.of("guarded", List.of(limits)).withFailureMode(FailureMode.LOCAL);
    }

    private void silence() {
        shared.silent = true;
    }

    private void answer() {
        shared.silent = false;
        ticker.advance(SECOND);
    }

    @Test
    @Tag("ratelimit:O2")
    void takeAsync_overAnOutage_doesAsTakeDoes() {
        Space space = store.open(local(FORTY));
        assertEquals(Source.SHARED, takeAsync(space, 30).source());
        silence();
        for (int call = 0; call < 10; call++) {
            Take take = takeAsync(space, 1);
            assertTrue(take.granted());
            assertEquals(Source.FALLBACK, take.source());
        }
        assertFalse(takeAsync(space, 1).granted());
        answer();

        assertFalse(takeAsync(space, 1).granted(), "10 left and 10 owed");
        assertEquals(1, shared.debits.get());
        space.debitAsync("k", 5).toCompletableFuture().join();
        space.creditAsync("k", 9).toCompletableFuture().join();
        assertEquals(4, space.peek("k", 1).available());
        assertFalse(space.blocking());
    }

    private static Take takeAsync(Space space, long tokens) {
        return space.takeAsync("k", tokens).toCompletableFuture().join();
    }

    @Test
    @Tag("ratelimit:E5")
    void undoAsync_beforeAndInAnOutage_doesAsUndoDoes() {
        Space space = store.open(local(FORTY));
        takeAsync(space, 5).undoAsync().toCompletableFuture().join();
        assertEquals(40, space.peek("k", 1).available());
        Take paid = takeAsync(space, 5);
        silence();
        Take here = takeAsync(space, 4);
        here.undoAsync().toCompletableFuture().join();
        assertThrows(
                CompletionException.class,
                () -> paid.undoAsync().toCompletableFuture().join());
        answer();
        assertEquals(35, space.peek("k", 1).available());
    }

    @Test
    @Tag("ratelimit:O3")
    void takeAsync_debitThatFails_isKept() {
        Space space = store.open(local(FORTY));
        silence();
        for (int call = 0; call < 10; call++) {
            takeAsync(space, 1);
        }
        shared.silent = false;
        shared.debitSilent = true;
        ticker.advance(SECOND);
        assertEquals(Source.FALLBACK, takeAsync(space, 1).source());
        shared.debitSilent = false;
        ticker.advance(SECOND);

        assertEquals(29, takeAsync(space, 1).available());
    }
}
