package dev.hardening.auth.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.session.RevocationFeed;
import dev.hardening.auth.session.SessionFamily.Ending;
import dev.hardening.auth.session.SessionFixture;
import dev.hardening.auth.session.SessionStore;
import dev.hardening.auth.session.SessionStoreContract;
import dev.hardening.auth.session.SessionTokens;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

@Tag("database")
class JdbcSessionStoreTest extends SessionStoreContract {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/auth/db/V2__sessions.sql");

    @Override
    protected SessionStore emptyStore() {
        POSTGRES.execute("TRUNCATE hardening_auth.sessions, hardening_auth.user_epochs");
        return JdbcSessionStore.create(POSTGRES.dataSource(), clock);
    }

    @Test
    @Tag("auth:R1")
    @Tag("ASVS-11.5.1")
    void rows_always_holdNothingThatCouldBeHandedIn() throws SQLException {
        SessionFixture fixture = new SessionFixture(clock, emptyStore());
        SessionTokens tokens = fixture.start();
        String code = tokens.refreshToken().split("\\.", -1)[4];

        try (Connection connection = POSTGRES.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT s::text FROM hardening_auth.sessions s")) {
            assertTrue(row.next());
            assertFalse(row.getString(1).contains(code));
            assertFalse(row.getString(1).contains(tokens.accessToken()));
        }
    }

    @Test
    void changes_transactionStillOpen_isNotMissedWhenItCommitsLate() throws SQLException {
        SessionStore store = emptyStore();
        SessionFixture fixture = new SessionFixture(clock, store);
        SessionTokens slow = fixture.start();
        SessionTokens fast = fixture.start();
        try (Connection open = POSTGRES.dataSource().getConnection();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.executeUpdate("UPDATE hardening_auth.sessions SET revoked_at = '" + clock.instant()
                    + "', revoked_reason = 'slow', revoked_xid = pg_current_xact_id() WHERE session_id = '"
                    + slow.session() + "'");
            fixture.sessions.logout(fast.refreshToken());
            SessionStore.Changes first = store.changes("", clock.instant());
            assertTrue(first.sessions().contains(fast.session()));
            assertFalse(first.sessions().contains(slow.session()));
            open.commit();

            assertTrue(store.changes(first.cursor(), clock.instant()).sessions().contains(slow.session()));
        }
    }

    @Test
    void changes_ofAProcessThatHasJustBegun_areFoundByTime() throws SQLException {
        try (Connection connection = POSTGRES.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("SET enable_seqscan = off");
            String sql = JdbcSessionStore.FIRST_CHANGES.replace("?", "'2026-11-22T10:00:00Z'");
            StringBuilder plan = new StringBuilder();
            try (ResultSet rows = statement.executeQuery("EXPLAIN " + sql)) {
                while (rows.next()) {
                    plan.append(rows.getString(1)).append('\n');
                }
            }

            assertTrue(plan.toString().contains("sessions_by_revocation_time"), plan::toString);
            assertTrue(plan.toString().contains("user_epochs_by_change_time"), plan::toString);
        }
    }

    @Test
    @Tag("auth:R6")
    void logout_inAnotherProcess_countsHereWithinTwoSeconds() {
        SessionFixture there = new SessionFixture(clock, emptyStore());
        try (RevocationFeed here = RevocationFeed.builder()
                .store(JdbcSessionStore.create(POSTGRES.dataSource(), clock))
                .clock(clock)
                .build()) {
            SessionTokens tokens = there.start();
            assertFalse(revoked(here, tokens.session()));
            there.sessions.logout(tokens.refreshToken());

            long start = System.nanoTime();
            Eventually.until(Duration.ofSeconds(10), "learnt", () -> revoked(here, tokens.session()));
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            System.out.println("a logout elsewhere counted after " + took.toMillis() + " ms");
            assertTrue(took.compareTo(Duration.ofSeconds(2)) <= 0, took.toString());
        }
    }

    @Test
    void everyVerb_databaseDown_isUnavailable() {
        PGSimpleDataSource nowhere = new PGSimpleDataSource();
        nowhere.setURL("jdbc:postgresql://127.0.0.1:1/none");
        nowhere.setConnectTimeout(1);
        SessionStore store = JdbcSessionStore.create(nowhere);

        assertThrows(AuthUnavailableException.class, () -> store.find("family"));
        assertThrows(AuthUnavailableException.class, () -> store.end("family", new Ending(clock.instant(), "x")));
        assertThrows(AuthUnavailableException.class, () -> store.changes("", clock.instant()));
        assertThrows(AuthUnavailableException.class, () -> store.purgeExpired(1));
    }

    @Test
    void refreshes_ofOneDay_leaveTheIndexesAlone() throws SQLException {
        SessionFixture fixture = new SessionFixture(clock, emptyStore());
        String token = fixture.start().refreshToken();
        long before = updates("n_tup_upd");
        long hotBefore = updates("n_tup_hot_upd");
        for (int i = 0; i < 20; i++) {
            clock.advance(Duration.ofMinutes(1));
            token = fixture.refreshed(token).refreshToken();
        }

        Eventually.until(Duration.ofSeconds(20), "statistics", () -> updates("n_tup_upd") - before >= 20);
        assertEquals(updates("n_tup_upd") - before, updates("n_tup_hot_upd") - hotBefore);
    }

    private static boolean revoked(RevocationFeed feed, SessionId session) {
        return feed.revoked(SessionFixture.TENANT, SessionFixture.USER, session, 0);
    }

    private static long updates(String counter) throws SQLException {
        try (Connection connection = POSTGRES.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT " + counter
                        + " FROM pg_stat_user_tables WHERE schemaname = 'hardening_auth' AND relname = 'sessions'")) {
            assertTrue(row.next());
            return row.getLong(1);
        }
    }
}
