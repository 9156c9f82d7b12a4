package dev.hardening.auth.jdbc;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.seal.BlindIndex;
import dev.hardening.secrets.seal.FieldCipher;
import dev.hardening.secrets.seal.Opening;
import dev.hardening.secrets.seal.Sealer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Addresses sealed for their tenant and user, found by a blind index that no address looks like. */
final class SealedAddressFormat implements AddressFormat {
    private static final String PREFIX = "bi1:";
    private static final int KEY_MARK = 11;

    private final FieldCipher cipher;
    private final Marked present;
    private final Optional<Marked> next;
    private final boolean plainToo;

    SealedAddressFormat(FieldCipher cipher, BlindIndex present, Optional<BlindIndex> next, boolean plainToo) {
        this.cipher = cipher;
        this.present = Marked.of(present);
        this.next = next.map(Marked::of);
        this.plainToo = plainToo;
    }

    /** An index, and what stands for its key beside what it wrote. */
    private record Marked(BlindIndex index, String mark) {
        /** No tenant has an empty name, so the mark tells keys apart and says nothing of any address. */
        static Marked of(BlindIndex index) {
            return new Marked(index, index.index("", "the key of this index").substring(0, KEY_MARK));
        }

        String lookup(TenantId tenant, EmailAddress email) {
            return PREFIX + index.index(tenant.value(), email.canonical());
        }
    }

    @Override
    public Cells cells(TenantId tenant, UserId user, EmailAddress email) {
        return cells(tenant, user, email, present);
    }

    /** What to write for an account that is there: under the next secret where it is already, or else the present one. */
    Cells renewed(AddressRows.Row row, EmailAddress email) {
        Marked index = next.filter(after -> row.cells().lookup().equals(after.lookup(row.tenant(), email)))
                .orElse(present);
        return cells(row.tenant(), row.user(), email, index);
    }

    private Cells cells(TenantId tenant, UserId user, EmailAddress email, Marked index) {
        String sealed = available(() -> cipher.within(tenant.value()).seal(user.value(), email.asTyped()));
        return new Cells(index.lookup(tenant, email), sealed, keys(sealed, index));
    }

    @Override
    public List<String> lookups(TenantId tenant, EmailAddress email) {
        List<String> indexes = indexes(tenant, email);
        return plainToo
                ? Stream.concat(indexes.stream(), Stream.of(email.canonical())).toList()
                : indexes;
    }

    @Override
    public List<String> others(TenantId tenant, EmailAddress email) {
        List<String> others = new ArrayList<>(indexes(tenant, email));
        others.remove(present.lookup(tenant, email));
        others.add(email.canonical());
        return others;
    }

    @Override
    public Reading read(TenantId tenant, UserId user, Cells cells) {
        return cells.lookup().startsWith(PREFIX) ? opened(tenant, user, cells.text()) : plain(cells);
    }

    /** What {@code email_keys} of a row that needs no renewal may be, in their order; at most two. */
    List<String> keysOfNow() {
        String sealed = available(() -> cipher.seal("", ""));
        return Stream.concat(Stream.of(present), next.stream())
                .map(index -> keys(sealed, index))
                .sorted()
                .toList();
    }

    private List<String> indexes(TenantId tenant, EmailAddress email) {
        return Stream.concat(
                        next.stream().map(after -> after.lookup(tenant, email)),
                        present.index().indexes(tenant.value(), email.canonical()).stream()
                                .map(PREFIX::concat))
                .toList();
    }

    private static String keys(String sealed, Marked index) {
        String keyId = Sealer.keyIdOf(Base64.getUrlDecoder().decode(sealed)).orElseThrow();
        return keyId + ':' + index.mark();
    }

    private Reading opened(TenantId tenant, UserId user, String text) {
        return available(() -> cipher.within(tenant.value()).open(user.value(), text))
                .fold(
                        typed -> Reading.of(EmailAddress.parse(typed), "none"),
                        refused -> Reading.of(Optional.empty(), reason(refused)));
    }

    private static String reason(Opening.Refused<String> refused) {
        return refused.unknownKey()
                .map(id -> "sealed under key " + id + ", which the ring does not accept")
                .orElse("not what was sealed for this row");
    }

    private Reading plain(Cells cells) {
        return plainToo
                ? Reading.of(
                        EmailAddress.parse(cells.text())
                                .filter(email -> email.canonical().equals(cells.lookup())),
                        "not the one that it is found by")
                : Reading.of(Optional.empty(), "in the clear, which is not allowed");
    }

    private static <T> T available(Supplier<T> work) {
        try {
            return work.get();
        } catch (SecretsUnavailableException unavailable) {
            throw new AuthUnavailableException("the keys of the addresses cannot be read", unavailable);
        }
    }
}
