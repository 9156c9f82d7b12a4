package dev.hardening.examples.lms.school;

import dev.hardening.auth.TenantId;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Locale;

/** Who is what in a school. */
public final class Members {
    private final Tenancy tenancy;
    private final Clock clock;

    Members(Tenancy tenancy, Clock clock) {
        this.tenancy = tenancy;
        this.clock = clock;
    }

    /** What someone is; a student where nothing else was granted. */
    public TenantRole role(Member member) {
        return tenancy.in(member.tenant(), connection -> role(connection, member));
    }

    /** Makes someone what {@code role} says; called by the set-up and by seeding, never for a request of the member. */
    public void grant(Member member, TenantRole role) {
        tenancy.in(member.tenant(), connection -> {
            grant(connection, member, role, clock);
            return role;
        });
    }

    static TenantRole role(Connection connection, Member member) throws SQLException {
        return Sql.first(
                        connection,
                        row -> TenantRole.valueOf(row.getString(1).toUpperCase(Locale.ROOT)),
                        "SELECT role FROM lms.members WHERE tenant = ? AND user_id = ?",
                        member.tenant().value(),
                        member.user().value())
                .orElse(TenantRole.STUDENT);
    }

    static void grant(Connection connection, Member member, TenantRole role, Clock clock) throws SQLException {
        Object tenant = member.tenant().value();
        Object user = member.user().value();
        if (role == TenantRole.STUDENT) {
            Sql.update(connection, "DELETE FROM lms.members WHERE tenant = ? AND user_id = ?", tenant, user);
            return;
        }
        Sql.update(
                connection,
                "INSERT INTO lms.members (tenant, user_id, role, granted_at) VALUES (?, ?, ?, ?)"
                        + " ON CONFLICT (tenant, user_id) DO UPDATE SET role = excluded.role,"
                        + " granted_at = excluded.granted_at",
                tenant,
                user,
                role.word(),
                clock.instant());
    }

    static boolean anyAdmin(Connection connection, TenantId tenant) throws SQLException {
        return Sql.first(
                        connection,
                        row -> row.getInt(1),
                        "SELECT 1 FROM lms.members WHERE tenant = ? AND role = 'admin' LIMIT 1",
                        tenant.value())
                .isPresent();
    }
}
