package dev.hardening.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a store is made, and what its addresses give away. */
@Tag("database")
class RedisAddressTest {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.server();

    private static final Duration PATIENT = Duration.ofSeconds(5);
    private static final List<Limit> LIMITS = List.of(Limit.of("a", 2, Duration.ofHours(1)));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "shibboleth",
                "http://user:shibboleth@localhost",
                "redis://user:shibboleth with a space@localhost",
                "redis://user:shibboleth@localhost:port",
                "redis://user:shibboleth%ZZ@localhost",
                "rediss://user:shibboleth@localhost?verifyPeer=NONE",
                "rediss://user:shibboleth@localhost?verifyPeer=CA",
                "redis-sentinel://shibboleth@localhost,other/0#master",
                "redis-sentinel://shibboleth@localhost:26379?sentinelMasterId=master"
            })
    void builder_badOrUnsafeAddress_isRefusedWithoutRepeatingIt(String address) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> RedisBucketStore.builder(address));

        assertFalse(String.valueOf(refused.getMessage()).contains("shibboleth"));
        assertNull(refused.getCause());
    }

    @Test
    void builder_clientOfTheCallersAndUnsafeAddress_isRefused() {
        RedisClient client = RedisClient.create();
        try {
            for (String address : List.of("redis-sentinel://localhost/0#master", "rediss://localhost?verifyPeer=CA")) {
                RedisURI uri = RedisURI.create(address);
                assertThrows(IllegalArgumentException.class, () -> RedisBucketStore.builder(client, uri), address);
            }
        } finally {
            client.shutdown(Duration.ZERO, PATIENT);
        }
    }

    @Test
    void toString_anyAddress_namesNoCredential() {
        try (RedisBucketStore store = RedisBucketStore.connect("rediss://user:shibboleth@localhost:1/7")) {
            assertFalse(store.toString().contains("shibboleth"));
            assertFalse(store.status().connected());
        }
    }

    @Test
    void builder_outOfRange_isRefused() {
        RedisBucketStore.Builder builder = RedisBucketStore.builder(REDIS.uri());

        assertThrows(IllegalArgumentException.class, () -> builder.requestTimeout(Duration.ofMillis(4)));
        assertThrows(IllegalArgumentException.class, () -> builder.requestTimeout(Duration.ofMillis(5_001)));
        assertThrows(IllegalArgumentException.class, () -> builder.connectTimeout(Duration.ofMillis(49)));
        assertThrows(IllegalArgumentException.class, () -> builder.connectTimeout(Duration.ofSeconds(11)));
        assertThrows(IllegalArgumentException.class, () -> builder.keepAfterFull(Duration.ofMillis(999)));
        assertThrows(IllegalArgumentException.class, () -> builder.keepAfterFull(Duration.ofDays(2)));
    }

    @Test
    void builder_databaseNumber_keepsStoresApart() {
        URI address = URI.create(REDIS.uri() + "/5");
        try (RedisBucketStore five = RedisBucketStore.builder(address)
                        .requestTimeout(PATIENT)
                        .build();
                RedisBucketStore zero = RedisBucketStore.builder(REDIS.uri())
                        .requestTimeout(PATIENT)
                        .build()) {
            five.open("database", LIMITS).take("k", 2);

            assertTrue(zero.open("database", LIMITS).take("k", 2).granted());
            assertFalse(five.open("database", LIMITS).take("k", 1).granted());
        }
    }

    @Test
    void builder_clientOfTheCallers_isLeftOpen() {
        RedisURI address = RedisURI.create(REDIS.uri());
        RedisClient client = RedisClient.create(address);
        try {
            RedisBucketStore store = RedisBucketStore.builder(client, address)
                    .requestTimeout(PATIENT)
                    .build();
            assertTrue(store.open("own-client", LIMITS).take("k", 1).granted());

            store.close();

            assertEquals("PONG", client.connect().sync().ping());
        } finally {
            client.shutdown(Duration.ZERO, PATIENT);
        }
    }

    @Test
    void takeAsync_executorOfTheCallers_completesThere() {
        Executor threads = step -> {
            Thread thread = new Thread(step, "of-the-caller");
            thread.setDaemon(true);
            thread.start();
        };
        try (RedisBucketStore store = RedisBucketStore.builder(REDIS.uri())
                .requestTimeout(PATIENT)
                .executor(threads)
                .build()) {
            Space space = store.open("executor", LIMITS);

            assertTrue(space.takeAsync("k", 1).toCompletableFuture().join().granted());
            assertFalse(space.blocking());
        }
    }

    @Test
    void guide_redis_countsInRedis() {
        String url = REDIS.uri().toString();
        // region redis-store
        BucketStore store = RedisBucketStore.builder(url)
                .requestTimeout(Duration.ofMillis(50))
                .build();
        RateLimiter limiter = RateLimiter.builder()
                .store(store)
                .policy(Policy.named("api-user")
                        .key(Keys.user())
                        .limit(Limit.of("minute", 300, Duration.ofMinutes(1)))
                        .build())
                .build();
        // endregion
        try (store) {
            RequestFacts facts = RequestFacts.builder().userId("u1").build();

            Eventually.until(PATIENT, "a decision", () -> limiter.check(facts).outcome() == Decision.Outcome.ALLOWED);
        }
    }
}
