package dev.hardening.examples.lms.school;

/**
 * Someone with what he is in the whole school, looked up before the transaction so that no call holds two connections.
 *
 * @param member who
 * @param role as what
 */
record Caller(Member member, TenantRole role) {
    static Caller of(Member member, Roles roles) {
        return new Caller(member, roles.of(member));
    }
}
