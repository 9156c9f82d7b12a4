package dev.hardening.examples.lms.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.jdbc.PostgresBucketStore;
import dev.hardening.secrets.Secret;
import dev.hardening.testing.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("database")
class PseudonymousBucketsTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/ratelimit/db/V1__buckets.sql");

    private static final String KEY = "account=24:main/alice@example.org;";
    private static final Secret SECRET = Secret.of("0123456789abcdef0123456789abcdef");

    private final List<Limit> one = List.of(Limit.of("hour", 1, Duration.ofHours(1)));

    @Test
    void take_anyKey_countsAsTheStoreBelowDoes() {
        BucketStore.Space space =
                PseudonymousBuckets.of(BucketStores.local(), SECRET).open("mails", one);

        assertTrue(space.take(KEY, 1).granted());
        assertFalse(space.peek(KEY, 1).granted());
        assertTrue(space.take("another", 1).granted());
        space.reset(KEY);
        assertTrue(space.peek(KEY, 1).granted());
        space.debit(KEY, 1);
        assertFalse(space.take(KEY, 1).granted());
        assertEquals(2, space.size().orElse(2));
    }

    @Test
    @Tag("ASVS-14.2.4")
    void take_onPostgres_writesNoPartOfTheKey() throws Exception {
        BucketStore store = PseudonymousBuckets.of(PostgresBucketStore.create(POSTGRES.dataSource()), SECRET);

        store.open("mails", one).take(KEY, 1);

        try (Connection connection = POSTGRES.dataSource().getConnection();
                ResultSet row = connection
                        .createStatement()
                        .executeQuery("SELECT string_agg(bucket::text, ' ') FROM hardening_ratelimit.bucket")) {
            assertTrue(row.next());
            assertTrue(row.getString(1).contains("mails"), row.getString(1));
            assertFalse(row.getString(1).contains("alice"), row.getString(1));
        }
    }
}
