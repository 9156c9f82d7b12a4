package dev.hardening.ratelimit.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStoreContract;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.LoginThrottle;
import dev.hardening.ratelimit.LoginThrottle.Attempt;
import dev.hardening.ratelimit.Parallel;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimitUnavailableException;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.SkewedMachines;
import dev.hardening.ratelimit.SkewedMachines.WallClock;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.TestPostgres;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("database")
@Tag("slow")
class PostgresBucketStoreTest extends BucketStoreContract {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/ratelimit/db/V1__buckets.sql");

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final FakeClock clock = FakeClock.create();
    private final PostgresBucketStore store = another();

    @Override
    protected BucketStore store() {
        return store;
    }

    @Override
    protected void advance(Duration step) {
        clock.advance(step);
    }

    private PostgresBucketStore another() {
        return PostgresBucketStore.builder(POSTGRES.dataSource()).clock(clock).build();
    }

    private static long number(String sql) {
        try (Connection connection = POSTGRES.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    @Tag("ratelimit:E2")
    void take_twoProcessesAtOnce_grantExactlyTheCapacity() {
        List<Limit> limits = List.of(Limit.of("a", 60, MINUTE));
        Space one = store.open("two-processes", limits);
        Space other = another().open("two-processes", limits);

        int granted = Parallel.count(8, 20, () -> {
            Space space = Thread.currentThread().getId() % 2 == 0 ? one : other;
            return space.take("new", 1).granted();
        });

        assertEquals(60, granted);
    }

    @Test
    void take_afterARestart_remembers() {
        List<Limit> limits = List.of(Limit.of("a", 2, MINUTE));
        drain(store.open("restart", limits), "k", 2);

        assertEquals(0, drain(another().open("restart", limits), "k", 2));
    }

    @Test
    @Tag("ratelimit:A20")
    void take_otherLimitsThanStored_keepsTheDebtAndNeverAddsATokens() {
        Space small = store.open("changed", List.of(Limit.of("a", 10, MINUTE)));
        Space large = another().open("changed", List.of(Limit.of("a", 100, MINUTE)));
        drain(small, "k", 8);

        assertEquals(2, drain(large, "k", 50));
        assertEquals(0, drain(small, "k", 50));
        for (int round = 0; round < 20; round++) {
            assertEquals(0, drain(large, "k", 1) + drain(small, "k", 1));
        }
        advance(MINUTE);
        assertEquals(10, drain(small, "k", 50));
    }

    @Test
    void take_oneMoreLimitThanStored_reportsBoth() {
        drain(store.open("more", List.of(Limit.of("a", 10, MINUTE))), "k", 4);
        Space both = another().open("more", List.of(Limit.of("a", 10, MINUTE), Limit.of("b", 20, MINUTE)));

        assertEquals(2, both.peek("k", 1).levels().size());
        assertEquals(2, both.take("k", 1).levels().size());
        assertEquals(5, both.take("k", 1).available() + 1);
    }

    @Test
    void purgeExpired_onlyFullBuckets_areRemoved() {
        POSTGRES.execute("TRUNCATE hardening_ratelimit.bucket");
        Space space = store.open("purge", List.of(Limit.of("a", 10, MINUTE)));
        for (int key = 0; key < 5; key++) {
            space.take("light" + key, 1);
        }
        drain(space, "heavy", 10);
        POSTGRES.execute("INSERT INTO hardening_ratelimit.bucket (id) VALUES ('left behind')");

        assertEquals(1, store.purgeExpired(100), "the row without a state");
        advance(Duration.ofSeconds(6).plusMinutes(1).plusMillis(1));
        assertEquals(3, store.purgeExpired(3));
        assertEquals(2, store.purgeExpired(3));
        assertEquals(0, store.purgeExpired(3));
        assertEquals(1, number("SELECT count(*) FROM hardening_ratelimit.bucket"));
        advance(MINUTE);
        assertEquals(1, store.purgeExpired(3));
        assertEquals(10, drain(space, "heavy", 20));
    }

    @Test
    void purgeExpired_rowInUse_isNotWaitedFor() throws SQLException {
        POSTGRES.execute("TRUNCATE hardening_ratelimit.bucket");
        store.open("locked", List.of(Limit.of("a", 1, MINUTE))).take("k", 1);
        advance(Duration.ofHours(1));
        try (Connection connection = POSTGRES.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SELECT 1 FROM hardening_ratelimit.bucket FOR UPDATE");

            assertEquals(0, store.purgeExpired(10));
            connection.rollback();
        }
        assertEquals(1, store.purgeExpired(10));
    }

    @Test
    void purgeExpired_poolWithoutAutoCommit_isCommitted() {
        POSTGRES.execute("TRUNCATE hardening_ratelimit.bucket");
        store.open("uncommitted", List.of(Limit.of("a", 1, MINUTE))).take("k", 1);
        advance(Duration.ofHours(1));

        int purged = PostgresBucketStore.builder(withoutAutoCommit(POSTGRES.dataSource()))
                .clock(clock)
                .build()
                .purgeExpired(10);

        assertEquals(1, purged);
        assertEquals(0, number("SELECT count(*) FROM hardening_ratelimit.bucket"));
    }

    @Test
    void take_withoutAClock_countsByTheDatabases() {
        PostgresBucketStore counting = PostgresBucketStore.create(POSTGRES.dataSource());
        long before = number("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint");

        counting.open("database-time", List.of(Limit.of("a", 60, MINUTE))).take("k", 60);

        long after = number("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint");
        long expires = number("SELECT expires_at FROM hardening_ratelimit.bucket WHERE id = 'v1/database-time/k'");
        assertTrue(
                expires >= before + 120_000 - 100 && expires <= after + 120_000 + 100,
                "a minute to fill, and one more");
        assertTrue(counting.clockSkew().orElseThrow().abs().compareTo(Duration.ofSeconds(5)) < 0);
        assertEquals(0, counting.purgeExpired(10));
    }

    /** With a function of that name before the system's, the database tells another time than this machine. */
    @Test
    @Tag("ratelimit:C1")
    @Tag("ratelimit:C2")
    @Tag("ratelimit:A21")
    void take_databaseAnHourAhead_countsByTheDatabases() {
        POSTGRES.execute("CREATE SCHEMA ahead; CREATE FUNCTION ahead.clock_timestamp() RETURNS timestamptz LANGUAGE sql"
                + " VOLATILE AS 'SELECT pg_catalog.clock_timestamp() + interval ''1 hour'''");
        PostgresBucketStore counting = PostgresBucketStore.create(
                with(POSTGRES.dataSource(), connection -> run(connection, "SET search_path = ahead, pg_catalog")));
        long before = number("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint");

        counting.open("ahead", List.of(Limit.of("a", 60, MINUTE))).take("k", 60);

        long after = number("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint");
        long expires = number("SELECT expires_at FROM hardening_ratelimit.bucket WHERE id = 'v1/ahead/k'");
        long full = Duration.ofHours(1).plusMinutes(2).toMillis();
        assertTrue(expires >= before + full - 5_000 && expires <= after + full + 5_000, expires + " after " + before);
        Duration skew = counting.clockSkew().orElseThrow();
        assertTrue(skew.plusHours(1).abs().compareTo(Duration.ofSeconds(5)) < 0, "skew " + skew);
    }

    @Test
    @Tag("ratelimit:C1")
    @Tag("ratelimit:C2")
    @Tag("ratelimit:A21")
    void take_twoMachinesAnHourApart_countByTheDatabases() {
        WallClock ahead = WallClock.anHourAhead();
        PostgresBucketStore right = PostgresBucketStore.create(POSTGRES.dataSource());
        PostgresBucketStore wrong = PostgresBucketStore.builder(POSTGRES.dataSource())
                .machineClock(ahead)
                .build();

        SkewedMachines.requireOneClock(
                right.open("skew", SkewedMachines.LIMITS), wrong.open("skew", SkewedMachines.LIMITS), ahead);

        Duration skew = wrong.clockSkew().orElseThrow();
        assertTrue(skew.minusHours(1).abs().compareTo(Duration.ofSeconds(5)) < 0, "skew " + skew);
    }

    @Test
    @Tag("ratelimit:E2")
    void take_poolWithoutAutoCommit_countsLikeAnyOther() {
        PostgresBucketStore uncommitted = PostgresBucketStore.create(withoutAutoCommit(POSTGRES.dataSource()));
        PostgresBucketStore ordinary = PostgresBucketStore.create(POSTGRES.dataSource());
        List<Limit> limits = List.of(new Limit("a", 30, 1, Duration.ofHours(1)));
        Space one = uncommitted.open("auto-commit", limits);
        Space other = ordinary.open("auto-commit", limits);

        int granted = Parallel.count(8, 10, () -> {
            Space space = Thread.currentThread().getId() % 2 == 0 ? one : other;
            return space.take("k", 1).granted();
        });

        assertEquals(30, granted);
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static DataSource withoutAutoCommit(DataSource source) {
        return with(source, connection -> connection.setAutoCommit(false));
    }

    /** A pool that sets up each connection before it hands it out. */
    private static DataSource with(DataSource source, Setting setting) {
        return (DataSource) Proxy.newProxyInstance(
                DataSource.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    Object result = method.invoke(source, arguments);
                    if (result instanceof Connection connection) {
                        setting.make(connection);
                    }
                    return result;
                });
    }

    private interface Setting {
        void make(Connection connection) throws SQLException;
    }

    @Test
    void purgeExpired_badBatch_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> store.purgeExpired(0));
    }

    @Test
    @Tag("ratelimit:A9")
    @Tag("ratelimit:A10")
    void check_hostileKeys_reachTheDatabaseHarmless() {
        RateLimiter limiter = RateLimiter.builder()
                .store(store)
                .policy(Policy.named("hostile")
                        .key(Keys.user())
                        .limit(Limit.of("a", 1, MINUTE))
                        .build())
                .build();

        for (String user : List.of("\u0000", "'; DROP SCHEMA hardening_ratelimit; --", "\ud800", "x".repeat(1 << 20))) {
            RequestFacts facts = RequestFacts.builder().userId(user).build();
            assertEquals(Decision.Outcome.ALLOWED, limiter.check(facts).outcome());
            assertEquals(Decision.Outcome.DENIED, limiter.check(facts).outcome());
        }
    }

    @Test
    @Tag("ratelimit:O6")
    void check_databaseRefusesUs_isAnOutcome() {
        PostgresBucketStore away = PostgresBucketStore.create(POSTGRES.dataSource("no_such_role", "wrong"));
        RateLimiter limiter = RateLimiter.builder()
                .store(away)
                .policy(Policy.named("p")
                        .key(Keys.user())
                        .limit(Limit.of("a", 1, MINUTE))
                        .build())
                .build();
        LoginThrottle throttle = LoginThrottle.builder().store(away).build();

        Decision decision = limiter.check(RequestFacts.builder().userId("u").build());
        Attempt attempt = throttle.begin("main", "a", "192.0.2.1");

        assertEquals(Decision.Outcome.STORE_DENIED, decision.outcome());
        assertEquals(
                Attempt.Reason.STORE,
                assertInstanceOf(Attempt.Throttled.class, attempt).reason());
        assertThrows(RateLimitUnavailableException.class, () -> away.purgeExpired(1));
        Space space = away.open("p", List.of(Limit.of("a", 1, MINUTE)));
        assertThrows(RateLimitUnavailableException.class, () -> space.peek("k", 1));
        assertTrue(space.size().isEmpty());
    }

    @Test
    void builder_outOfRange_isRefused() {
        PostgresBucketStore.Builder builder = PostgresBucketStore.builder(POSTGRES.dataSource());

        assertThrows(IllegalArgumentException.class, () -> builder.requestTimeout(Duration.ofMillis(99)));
        assertThrows(IllegalArgumentException.class, () -> builder.requestTimeout(Duration.ofMinutes(2)));
        assertThrows(IllegalArgumentException.class, () -> builder.keepAfterFull(Duration.ofMillis(999)));
        assertThrows(IllegalArgumentException.class, () -> builder.keepAfterFull(Duration.ofDays(2)));
        assertFalse(builder.requestTimeout(Duration.ofSeconds(1))
                .keepAfterFull(Duration.ofSeconds(1))
                .build()
                .open("built", List.of(Limit.of("a", 1, MINUTE)))
                .take("k", 1)
                .levels()
                .isEmpty());
    }
}
