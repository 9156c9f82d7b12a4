package dev.hardening.examples.lms.school;

/** Knows what someone is in the whole school; rights are looked up at each call and not carried in a token. */
@FunctionalInterface
public interface Roles {
    /**
     * The highest role of an account.
     *
     * @return {@link TenantRole#STUDENT} also for an account that is shut or gone
     */
    TenantRole of(Member member);
}
