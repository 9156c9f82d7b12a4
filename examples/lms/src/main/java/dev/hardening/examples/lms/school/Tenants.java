package dev.hardening.examples.lms.school;

import dev.hardening.auth.TenantId;
import java.time.Clock;

/** The schools of this installation. */
public final class Tenants {
    /** The school that is there from the start; its administrators make the others. */
    public static final TenantId MAIN = new TenantId("main");

    /**
     * What became of the making of a school.
     *
     * @param id of the school
     * @param anew whether it was made by this call and not before
     */
    public record Founded(TenantId id, boolean anew) {}

    private final Tenancy tenancy;
    private final Roles roles;
    private final Clock clock;

    Tenants(Tenancy tenancy, Roles roles, Clock clock) {
        this.tenancy = tenancy;
        this.roles = roles;
        this.clock = clock;
    }

    /** Whether anyone may register in this school; false for one that does not exist. */
    public boolean open(TenantId tenant) {
        return tenancy.in(
                tenant,
                connection -> Sql.first(
                                connection,
                                row -> row.getString(1),
                                "SELECT registration FROM lms.tenants WHERE id = ?",
                                tenant.value())
                        .filter("open"::equals)
                        .isPresent());
    }

    /**
     * Makes a school that takes people by invitation only; making one again changes nothing.
     *
     * @return the school and whether it was made now, or {@link Refusal#FORBIDDEN} to anyone but an administrator of {@link #MAIN}
     */
    public Outcome<Founded> create(Member actor, TenantId id, String name) {
        if (!runsTheInstallation(actor)) {
            return Outcome.refused(Refusal.FORBIDDEN);
        }
        return tenancy.in(id, connection -> {
            int made = Sql.update(
                    connection,
                    "INSERT INTO lms.tenants (id, name, registration, created_at) VALUES (?, ?, 'invite', ?)"
                            + " ON CONFLICT DO NOTHING",
                    id.value(),
                    name,
                    clock.instant());
            return Outcome.done(new Founded(id, made > 0));
        });
    }

    /** Whether someone may make schools. */
    public boolean runsTheInstallation(Member actor) {
        return actor.tenant().equals(MAIN) && roles.of(actor) == TenantRole.ADMIN;
    }
}
