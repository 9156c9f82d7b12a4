package dev.hardening.ratelimit.redis;

import dev.hardening.ratelimit.CountingProcess;
import dev.hardening.testing.TestPostgres;
import dev.hardening.testing.TestRedis;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Four real JVMs on one store: together they are granted what one limit allows, and no token less. */
@Tag("slow")
@Tag("database")
@Tag("ratelimit:E2")
class ProcessesTest {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.server();

    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/ratelimit/db/V1__buckets.sql");

    private static final int PROCESSES = 4;
    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final Duration FULL = Duration.ofSeconds(20);

    @Test
    void take_fourProcessesOnRedis_areGrantedTheLimit() throws IOException {
        CountingProcess.requireExact(PROCESSES, REDIS.uri().toString(), SHORT);
    }

    @Test
    void take_fourProcessesOnPostgres_areGrantedTheLimit() throws IOException {
        CountingProcess.requireExact(PROCESSES, postgres(), SHORT);
    }

    @Test
    @Tag("long")
    void take_fourProcessesOnRedisInFull_areGrantedTheLimit() throws IOException {
        CountingProcess.requireExact(PROCESSES, REDIS.uri().toString(), FULL);
    }

    @Test
    @Tag("long")
    void take_fourProcessesOnPostgresInFull_areGrantedTheLimit() throws IOException {
        CountingProcess.requireExact(PROCESSES, postgres(), FULL);
    }

    private static String postgres() {
        return POSTGRES.jdbcUrl() + "?user=" + POSTGRES.user() + "&password=" + POSTGRES.password();
    }
}
