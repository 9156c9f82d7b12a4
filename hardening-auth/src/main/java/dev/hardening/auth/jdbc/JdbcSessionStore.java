package dev.hardening.auth.jdbc;

import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.session.SessionFamily;
import dev.hardening.auth.session.SessionStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Keeps sessions in PostgreSQL (13 or newer), in the tables of {@code dev/hardening/auth/db/V2__sessions.sql}.
 *
 * <p>Each verb is one statement that commits by itself, found by an index; a connection is held for one statement. Changes
 * are told by transaction number, not by time: a transaction that was still open when changes were last asked for has a
 * number at or above that snapshot's oldest, so nothing is missed however late it commits or however clocks differ.
 *
 * <p>Safe for many threads and processes. A statement may take 2 seconds, 3 where the network is gone; how long to wait
 * for a connection is the data source's to bound, and all of it with a driver that knows no network timeout.
 */
public final class JdbcSessionStore implements SessionStore {
    private static final Duration AFTERLIFE = Duration.ofDays(1);

    private static final String JOINED = " FROM hardening_auth.sessions s LEFT JOIN hardening_auth.user_epochs e"
            + " ON e.tenant_id = s.tenant_id AND e.user_id = s.user_id AND e.epoch > s.epoch";
    private static final String FIND = "SELECT s.*, coalesce(s.revoked_at, e.changed_at) AS ended_at,"
            + " coalesce(s.revoked_reason, e.reason) AS ended_reason" + JOINED + " WHERE s.family_id = ?";
    private static final String CREATE =
            "INSERT INTO hardening_auth.sessions (family_id, tenant_id, user_id, session_id,"
                    + " nonce, key_id, generation, rotated_at, idle_expiry, created_at, absolute_expiry, epoch, factors,"
                    + " user_agent, client_address, purge_on)"
                    + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    private static final String EPOCH =
            "SELECT epoch FROM hardening_auth.user_epochs WHERE tenant_id = ? AND user_id = ?";
    private static final String ADVANCE = "UPDATE hardening_auth.sessions s SET key_id = ?, generation = ?,"
            + " rotated_at = ?, idle_expiry = ?, purge_on = ?"
            + " WHERE family_id = ? AND generation = ? AND revoked_at IS NULL AND NOT EXISTS (SELECT 1"
            + " FROM hardening_auth.user_epochs e WHERE e.tenant_id = s.tenant_id AND e.user_id = s.user_id"
            + " AND e.epoch > s.epoch) RETURNING s.*, s.revoked_at AS ended_at, s.revoked_reason AS ended_reason";
    private static final String END = "UPDATE hardening_auth.sessions SET revoked_at = ?, revoked_reason = ?,"
            + " revoked_xid = pg_current_xact_id() WHERE family_id = ? AND revoked_at IS NULL";
    // The number is drawn again under the row's lock: one drawn before the wait could be below that of a newer session.
    private static final String END_ALL = "INSERT INTO hardening_auth.user_epochs"
            + " (tenant_id, user_id, epoch, changed_at, reason, changed_xid)"
            + " VALUES (?, ?, nextval('hardening_auth.user_epoch_numbers'), ?, ?, pg_current_xact_id())"
            + " ON CONFLICT (tenant_id, user_id) DO UPDATE SET epoch = nextval('hardening_auth.user_epoch_numbers'),"
            + " changed_at = excluded.changed_at, reason = excluded.reason, changed_xid = excluded.changed_xid"
            + " RETURNING epoch";
    private static final String REVOKED = "SELECT EXISTS (SELECT 1 FROM hardening_auth.sessions WHERE session_id = ?"
            + " AND revoked_at IS NOT NULL) OR EXISTS (SELECT 1 FROM hardening_auth.user_epochs"
            + " WHERE tenant_id = ? AND user_id = ? AND epoch > ?)";
    static final String FIRST_CHANGES = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text, NULL, NULL, 0"
            + " UNION ALL SELECT NULL, session_id, NULL, 0 FROM hardening_auth.sessions WHERE revoked_at >= ?"
            + " UNION ALL SELECT NULL, tenant_id, user_id, epoch FROM hardening_auth.user_epochs WHERE changed_at >= ?";
    private static final String CHANGES = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text, NULL, NULL, 0"
            + " UNION ALL SELECT NULL, session_id, NULL, 0 FROM hardening_auth.sessions"
            + " WHERE revoked_xid >= ?::xid8 AND revoked_at >= ?"
            + " UNION ALL SELECT NULL, tenant_id, user_id, epoch FROM hardening_auth.user_epochs"
            + " WHERE changed_xid >= ?::xid8 AND changed_at >= ?";
    private static final String PURGE_SESSIONS =
            "DELETE FROM hardening_auth.sessions WHERE family_id IN (SELECT family_id"
                    + " FROM hardening_auth.sessions WHERE purge_on <= ? AND idle_expiry < ? LIMIT ? FOR UPDATE SKIP LOCKED)";
    private static final String PURGE_EPOCHS = "DELETE FROM hardening_auth.user_epochs WHERE (tenant_id, user_id) IN"
            + " (SELECT tenant_id, user_id FROM hardening_auth.user_epochs e WHERE changed_at < ? AND NOT EXISTS"
            + " (SELECT 1 FROM hardening_auth.sessions s WHERE s.tenant_id = e.tenant_id AND s.user_id = e.user_id"
            + " AND s.epoch < e.epoch) LIMIT ? FOR UPDATE SKIP LOCKED)";

    private final Statements statements;
    private final Clock clock;

    private JdbcSessionStore(DataSource dataSource, Clock clock) {
        statements = new Statements(dataSource);
        this.clock = clock;
    }

    /**
     * Makes a store on the system's clock.
     *
     * @param dataSource of a role that may read and write the tables; its connections must be in auto-commit mode
     * @return the store
     */
    public static JdbcSessionStore create(DataSource dataSource) {
        return create(dataSource, Clock.systemUTC());
    }

    /**
     * Makes a store.
     *
     * @param dataSource of a role that may read and write the tables; its connections must be in auto-commit mode
     * @param clock tells {@link #purgeExpired} what is over
     * @return the store
     */
    public static JdbcSessionStore create(DataSource dataSource, Clock clock) {
        return new JdbcSessionStore(
                Objects.requireNonNull(dataSource, "dataSource"), Objects.requireNonNull(clock, "clock"));
    }

    @Override
    public long epoch(TenantId tenant, UserId user) {
        return statements
                .one(
                        EPOCH,
                        row -> row.getLong(1),
                        parameters -> parameters.text(tenant.value()).text(user.value()))
                .orElse(0L);
    }

    @Override
    public void create(SessionFamily family) {
        SessionFamily.Owner owner = family.owner();
        SessionFamily.Head head = family.head();
        family.nonce()
                .use(nonce -> statements.update(
                        CREATE,
                        parameters -> parameters
                                .text(family.id())
                                .text(owner.tenant().value())
                                .text(owner.user().value())
                                .text(owner.session().value())
                                .bytes(nonce)
                                .text(head.keyId())
                                .number(head.generation())
                                .instant(head.rotatedAt())
                                .instant(head.idleExpiry())
                                .instant(family.life().createdAt())
                                .instant(family.life().absoluteExpiry())
                                .number(family.epoch())
                                .text(SessionRow.factors(family.login()))
                                .text(family.login().userAgent())
                                .text(family.login().clientAddress())
                                .date(purgeOn(head))));
    }

    @Override
    public Optional<SessionFamily> find(String familyId) {
        return statements.one(FIND, SessionRow::family, parameters -> parameters.text(familyId));
    }

    @Override
    public Optional<SessionFamily> advance(String familyId, long expectedGeneration, SessionFamily.Head next) {
        return statements.one(
                ADVANCE,
                SessionRow::family,
                parameters -> parameters
                        .text(next.keyId())
                        .number(next.generation())
                        .instant(next.rotatedAt())
                        .instant(next.idleExpiry())
                        .date(purgeOn(next))
                        .text(familyId)
                        .number(expectedGeneration));
    }

    @Override
    public boolean end(String familyId, SessionFamily.Ending ending) {
        int rows = statements.update(
                END,
                parameters ->
                        parameters.instant(ending.at()).text(ending.reason()).text(familyId));
        return rows == 1;
    }

    @Override
    public long endAll(TenantId tenant, UserId user, SessionFamily.Ending ending) {
        return statements
                .one(
                        END_ALL,
                        row -> row.getLong(1),
                        parameters -> parameters
                                .text(tenant.value())
                                .text(user.value())
                                .instant(ending.at())
                                .text(ending.reason()))
                .orElseThrow();
    }

    @Override
    public boolean revoked(TenantId tenant, UserId user, SessionId session, long epoch) {
        return statements
                .one(
                        REVOKED,
                        row -> row.getBoolean(1),
                        parameters -> parameters
                                .text(session.value())
                                .text(tenant.value())
                                .text(user.value())
                                .number(epoch))
                .orElseThrow();
    }

    @Override
    public Changes changes(String cursor, Instant notBefore) {
        List<Changes> parts = cursor.isEmpty()
                ? statements.all(
                        FIRST_CHANGES,
                        JdbcSessionStore::change,
                        parameters -> parameters.instant(notBefore).instant(notBefore))
                : statements.all(
                        CHANGES,
                        JdbcSessionStore::change,
                        parameters -> parameters
                                .text(cursor)
                                .instant(notBefore)
                                .text(cursor)
                                .instant(notBefore));
        List<SessionId> sessions = new ArrayList<>();
        List<UserEpoch> epochs = new ArrayList<>();
        StringBuilder next = new StringBuilder();
        for (Changes part : parts) {
            sessions.addAll(part.sessions());
            epochs.addAll(part.epochs());
            next.append(part.cursor());
        }
        return new Changes(sessions, epochs, next.toString());
    }

    @Override
    public int purgeExpired(int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be positive, got " + batch);
        }
        Instant horizon = clock.instant().minus(AFTERLIFE);
        int sessions = statements.update(
                PURGE_SESSIONS,
                parameters ->
                        parameters.date(day(clock.instant())).instant(horizon).number(batch));
        int room = batch - sessions;
        return room == 0
                ? sessions
                : sessions
                        + statements.update(
                                PURGE_EPOCHS,
                                parameters -> parameters.instant(horizon).number(room));
    }

    private static Changes change(ResultSet row) throws SQLException {
        String cursor = row.getString(1);
        if (cursor != null) {
            return new Changes(List.of(), List.of(), cursor);
        }
        String user = row.getString(3);
        return user == null
                ? new Changes(List.of(new SessionId(row.getString(2))), List.of(), "")
                : new Changes(
                        List.of(),
                        List.of(new UserEpoch(new TenantId(row.getString(2)), new UserId(user), row.getLong(4))),
                        "");
    }

    private static LocalDate purgeOn(SessionFamily.Head head) {
        return day(head.idleExpiry().plus(AFTERLIFE));
    }

    private static LocalDate day(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC).toLocalDate();
    }
}
