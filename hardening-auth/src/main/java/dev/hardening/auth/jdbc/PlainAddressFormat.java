package dev.hardening.auth.jdbc;

import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import java.util.List;

/** Addresses in the clear, found by their canonical form. */
final class PlainAddressFormat implements AddressFormat {
    @Override
    public Cells cells(TenantId tenant, UserId user, EmailAddress email) {
        return new Cells(email.canonical(), email.asTyped(), "");
    }

    @Override
    public List<String> lookups(TenantId tenant, EmailAddress email) {
        return List.of(email.canonical());
    }

    @Override
    public List<String> others(TenantId tenant, EmailAddress email) {
        return List.of();
    }

    @Override
    public Reading read(TenantId tenant, UserId user, Cells cells) {
        return Reading.of(EmailAddress.parse(cells.text()), "none");
    }
}
