package dev.hardening.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.internal.StoreClock;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.PrivateRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is asked for before the first connection is there. */
@Tag("database")
class RedisLinkTest {
    private static final Duration PATIENT = Duration.ofSeconds(10);
    private static final Duration TIMEOUT = Duration.ofMillis(100);
    private static final String COUNT = "return redis.call('incr', KEYS[1])";

    private final ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1);
    private final CompletableFuture<StatefulRedisConnection<String, byte[]>> connecting = new CompletableFuture<>();
    private final RedisLink<String> link = new RedisLink<>(
            "redis",
            () -> connecting,
            new StoreClock("redis", System::nanoTime, Clock.systemUTC()),
            scheduler,
            TIMEOUT);

    @AfterEach
    void end() {
        link.close();
        scheduler.shutdownNow();
    }

    private CompletableFuture<Long> counted() {
        return link.<Long>eval(COUNT, ScriptOutputType.INTEGER, new String[] {"count"}, new byte[0][])
                .toCompletableFuture();
    }

    @Test
    @Tag("ratelimit:O4")
    void eval_givenUpBeforeTheFirstConnection_isNeverSent() throws Exception {
        link.open();
        CompletableFuture<Long> late = counted();
        assertThrows(ExecutionException.class, () -> late.get(10, TimeUnit.SECONDS));

        try (PrivateRedis redis = PrivateRedis.start()) {
            RedisClient client = RedisClient.create();
            try {
                CompletionStage<StatefulRedisConnection<String, byte[]>> asked =
                        client.connectAsync(new StateCodec(), RedisURI.create(redis.uri()));
                asked.whenComplete((connection, failure) -> connecting.complete(connection));
                Eventually.until(PATIENT, "the connection is there", link::connected);

                assertEquals(1, counted().get(10, TimeUnit.SECONDS));
            } finally {
                client.shutdown(Duration.ZERO, PATIENT);
            }
        }
    }

    @Test
    @Tag("ratelimit:O4")
    void eval_tooManyBeforeTheFirstConnection_failAtOnce() {
        for (int command = 0; command < 10_000; command++) {
            assertFalse(counted().isCompletedExceptionally() && command < 100);
        }

        assertTrue(counted().isCompletedExceptionally());
    }
}
