package dev.hardening.auth.jdbc;

import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import java.util.List;
import java.util.Optional;

/** How the address of an account stands in its row, and what it is looked up by. */
interface AddressFormat {
    /** What to write for an account. */
    Cells cells(TenantId tenant, UserId user, EmailAddress email);

    /** What rows that count are found by; the newest form comes first. */
    List<String> lookups(TenantId tenant, EmailAddress email);

    /** What an account of the address may stand under but what is written now; there must not be a second one. */
    List<String> others(TenantId tenant, EmailAddress email);

    /** Reads an address back, if it was written for this row. */
    Reading read(TenantId tenant, UserId user, Cells cells);

    /**
     * The columns of an address.
     *
     * @param lookup {@code email}, unique in its tenant
     * @param text {@code email_typed}
     * @param keys {@code email_keys}, empty where nothing is sealed
     */
    record Cells(String lookup, String text, String keys) {}

    /**
     * An address, or why there is none.
     *
     * @param email the address
     * @param fault what the cells hold instead, without any of it
     */
    record Reading(Optional<EmailAddress> email, String fault) {
        static Reading of(Optional<EmailAddress> email, String otherwise) {
            return new Reading(email, otherwise);
        }
    }
}
