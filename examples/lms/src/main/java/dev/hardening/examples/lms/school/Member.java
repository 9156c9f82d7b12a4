package dev.hardening.examples.lms.school;

import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import java.util.Objects;

/**
 * Someone in a school; every call of the domain takes one, so that no query lacks its tenant.
 *
 * @param tenant the school
 * @param user the account
 */
public record Member(TenantId tenant, UserId user) {
    /** Refuses null. */
    public Member {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(user, "user");
    }
}
