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
    private final BlindIndex index;
    private final boolean plainToo;
    private final String indexKey;

    SealedAddressFormat(FieldCipher cipher, BlindIndex index, boolean plainToo) {
        this.cipher = cipher;
        this.index = index;
        this.plainToo = plainToo;
        // No tenant has an empty name, so this tells keys apart and says nothing of any address.
        indexKey = index.index("", "the key of this index").substring(0, KEY_MARK);
    }

    @Override
    public Cells cells(TenantId tenant, UserId user, EmailAddress email) {
        String sealed = available(() -> cipher.within(tenant.value()).seal(user.value(), email.asTyped()));
        return new Cells(PREFIX + index.index(tenant.value(), email.canonical()), sealed, keys(sealed));
    }

    @Override
    public List<String> lookups(TenantId tenant, EmailAddress email) {
        List<String> indexes = indexes(tenant, email);
        return plainToo
                ? Stream.concat(indexes.stream(), Stream.of(email.canonical())).toList()
                : indexes;
    }

    @Override
    public List<String> older(TenantId tenant, EmailAddress email) {
        List<String> indexes = indexes(tenant, email);
        List<String> older = new ArrayList<>(indexes.subList(1, indexes.size()));
        older.add(email.canonical());
        return older;
    }

    @Override
    public Reading read(TenantId tenant, UserId user, Cells cells) {
        return cells.lookup().startsWith(PREFIX) ? opened(tenant, user, cells.text()) : plain(cells);
    }

    /** What {@code email_keys} of a row written now would be. */
    String keysOfNow() {
        return keys(available(() -> cipher.seal("", "")));
    }

    private List<String> indexes(TenantId tenant, EmailAddress email) {
        return index.indexes(tenant.value(), email.canonical()).stream()
                .map(PREFIX::concat)
                .toList();
    }

    private String keys(String sealed) {
        String keyId = Sealer.keyIdOf(Base64.getUrlDecoder().decode(sealed)).orElseThrow();
        return keyId + ':' + indexKey;
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
