package dev.hardening.ratelimit.redis;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.jdbc.PostgresBucketStore;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.TestRedis;
import java.time.Clock;
import java.time.Duration;

/** The real servers that a test of shared buckets runs on, one after the other. */
enum Place {
    REDIS {
        @Override
        BucketStore store(KeptConnections database, Clock clock) {
            RedisBucketStore store = RedisBucketStore.builder(TestRedis.server().uri())
                    .requestTimeout(Duration.ofSeconds(5))
                    .connectTimeout(Duration.ofSeconds(10))
                    .clock(clock)
                    .build();
            Eventually.until(
                    Duration.ofSeconds(60),
                    "redis is connected",
                    () -> store.status().connected());
            return store;
        }
    },
    POSTGRES {
        @Override
        BucketStore store(KeptConnections database, Clock clock) {
            return PostgresBucketStore.builder(database.dataSource())
                    .requestTimeout(Duration.ofSeconds(20))
                    .clock(clock)
                    .build();
        }
    };

    /** What one more process would open. */
    abstract BucketStore store(KeptConnections database, Clock clock);
}
