package dev.hardening.secrets.jdbc;

import dev.hardening.secrets.ring.RingStoreCrash;
import dev.hardening.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
@Tag("database")
@Tag("secrets:W2")
@Tag("secrets:E5")
class JdbcRingStoreCrashTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/secrets/db/V1__key_rings.sql");

    @TempDir
    Path scratch;

    @Test
    void kill_atAnyMoment_leavesTheOldOrTheNewRow() throws IOException {
        RingStoreCrash.killRepeatedly(new JdbcRingStore(POSTGRES.dataSource()), url(), scratch, 5);
    }

    @Test
    @Tag("long")
    void kill_manyTimes_leavesTheOldOrTheNewRow() throws IOException {
        RingStoreCrash.killRepeatedly(new JdbcRingStore(POSTGRES.dataSource()), url(), scratch, 100);
    }

    private static String url() {
        return POSTGRES.jdbcUrl() + "?user=" + POSTGRES.user() + "&password=" + POSTGRES.password();
    }
}
