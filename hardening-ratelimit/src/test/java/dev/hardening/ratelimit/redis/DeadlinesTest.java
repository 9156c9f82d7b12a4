package dev.hardening.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.Eventually;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1);
    private final Deadlines deadlines = new Deadlines(scheduler, Duration.ofMillis(40));
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final Deadlines.Watcher watcher = new Deadlines.Watcher() {
        @Override
        public void answered() {
            heard.add("answer");
        }

        @Override
        public void silent(long sinceNanos) {
            heard.add("silence");
        }
    };

    @AfterEach
    void end() {
        scheduler.shutdownNow();
    }

    private void requireHeard(String... expected) {
        Eventually.until(PATIENCE, "all were swept", () -> heard.size() == expected.length);
        assertEquals(List.of(expected), heard);
    }

    @Test
    @Tag("ratelimit:O4")
    void watch_valueOrErrorOfTheServer_isAnAnswer() {
        deadlines.watch(CompletableFuture.completedFuture("value"), watcher);
        deadlines.watch(CompletableFuture.failedFuture(new RedisCommandExecutionException("OOM")), watcher);

        requireHeard("answer", "answer");
    }

    @Test
    @Tag("ratelimit:O4")
    void watch_clientWithNoRoomLeft_isSilenceOfTheServer() {
        deadlines.watch(CompletableFuture.failedFuture(new RedisException("Internal stack size exceeded")), watcher);

        requireHeard("silence");
    }

    @Test
    @Tag("ratelimit:O4")
    void watch_nothingComes_failsAfterItsTimeAndNotBefore() {
        CompletableFuture<String> command = new CompletableFuture<>();
        long begin = System.nanoTime();
        deadlines.watch(command, watcher);

        CompletionException failure = assertThrows(CompletionException.class, command::join);

        assertInstanceOf(RedisCommandTimeoutException.class, failure.getCause());
        assertTrue(System.nanoTime() - begin >= Duration.ofMillis(40).toNanos());
        requireHeard("silence");
    }

    @Test
    @Tag("ratelimit:O5")
    void watch_manyThatAreNeverAnswered_areAllLetGo() {
        List<WeakReference<CompletableFuture<String>>> commands = new ArrayList<>();
        AtomicInteger silent = new AtomicInteger();
        Deadlines.Watcher counting = new Deadlines.Watcher() {
            @Override
            public void answered() {}

            @Override
            public void silent(long sinceNanos) {
                silent.incrementAndGet();
            }
        };
        for (int call = 0; call < 60_000; call++) {
            CompletableFuture<String> command = new CompletableFuture<>();
            commands.add(new WeakReference<>(command));
            deadlines.watch(command, counting);
        }

        Eventually.until(PATIENCE, "all have failed", () -> silent.get() == commands.size());
        Eventually.until(PATIENCE, "none is held", () -> {
            System.gc();
            return commands.stream().allMatch(command -> command.refersTo(null));
        });
    }

    @Test
    void watch_nothingWaits_nothingRuns() {
        deadlines.watch(CompletableFuture.completedFuture("value"), watcher);
        requireHeard("answer");

        Eventually.until(
                PATIENCE,
                "the sweep has ended",
                () -> scheduler.getQueue().isEmpty() && scheduler.getActiveCount() == 0);
        deadlines.watch(CompletableFuture.completedFuture("later"), watcher);
        requireHeard("answer", "answer");
    }

    @Test
    @Tag("ratelimit:O4")
    void watch_oneWatcherThrows_thoseBehindItHaveTheirTimeAllTheSame() {
        CompletableFuture<String> command = new CompletableFuture<>();
        deadlines.watch(CompletableFuture.completedFuture("value"), new Deadlines.Watcher() {
            @Override
            public void answered() {
                throw new IllegalStateException("of no use");
            }

            @Override
            public void silent(long sinceNanos) {}
        });
        deadlines.watch(command, watcher);

        assertThrows(ExecutionException.class, () -> command.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        requireHeard("silence");
    }

    @Test
    void watch_schedulerClosed_failsAtOnce() {
        scheduler.shutdownNow();
        CompletableFuture<String> command = new CompletableFuture<>();
        assertFalse(command.isDone());

        deadlines.watch(command, watcher);

        assertTrue(command.isCompletedExceptionally());
    }
}
