package dev.hardening.auth.jdbc;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.seal.BlindIndex;
import dev.hardening.secrets.seal.Sealer;
import java.util.Objects;
import java.util.Optional;

/**
 * Says that a {@link JdbcAccountStore} seals the addresses of its accounts, and under what.
 *
 * <p>The address as typed is sealed for its tenant and user, so that no other row can hold it. What it is unique and
 * found by is a blind index: 128 bits of a keyed hash of tenant and canonical address. A copy of the table shows how
 * long addresses are and lets nobody try any out. {@link AddressRenewal} brings older rows up to date.
 *
 * <p>Needs the table of {@code V3__sealed_addresses.sql}. Immutable; safe for many threads.
 */
public final class SealedAddresses {
    private static final String TABLE = "hardening_auth.accounts";

    private final Sealer sealer;
    private final BlindIndex index;
    private final Optional<BlindIndex> next;
    private final boolean plainToo;

    private SealedAddresses(Sealer sealer, BlindIndex index, Optional<BlindIndex> next, boolean plainToo) {
        this.sealer = sealer;
        this.index = index;
        this.next = next;
        this.plainToo = plainToo;
    }

    /**
     * Seals under a ring and finds under a secret; the two must not come from each other.
     *
     * @param sealer over the ring that all processes of the installation share
     * @param indexSecret at least 32 bytes, the same in all processes; needed only during this call
     * @return what the store needs; a row in the clear is refused unless {@link #allowPlain} says otherwise
     * @throws SecretsConfigurationException if the secret is too short
     */
    public static SealedAddresses of(Sealer sealer, Secret indexSecret) {
        return new SealedAddresses(Objects.requireNonNull(sealer, "sealer"), of(indexSecret), Optional.empty(), false);
    }

    /**
     * Also finds what stands under the secret of before, and lets the renewal bring it under the present one.
     *
     * @param indexSecret at least 32 bytes; needed only during this call
     * @return the same with that secret for look-ups
     * @throws SecretsConfigurationException if the secret is too short
     */
    public SealedAddresses orPrevious(Secret indexSecret) {
        return new SealedAddresses(sealer, index.orPrevious(indexSecret), next, plainToo);
    }

    /**
     * Also finds what other processes already write under the secret of after, and leaves it there: for all processes of
     * an installation before the first of them changes over. With {@link #orPrevious} instead, the renewals of the two
     * sides would bring the same rows back and forth.
     *
     * @param indexSecret at least 32 bytes; needed only during this call
     * @return the same with that secret, in place of another next one, for look-ups
     * @throws SecretsConfigurationException if the secret is too short
     */
    public SealedAddresses orNext(Secret indexSecret) {
        return new SealedAddresses(sealer, index, Optional.of(of(indexSecret)), plainToo);
    }

    /**
     * Reads rows in the clear too, and lets the renewal seal them: for accounts from before sealing. Without this call
     * they are refused, so that whoever can write to the table cannot give an account an address of his choice. End it
     * once a renewal is {@link AddressRenewal.Progress#complete}.
     *
     * @return the same with rows in the clear accepted
     */
    public SealedAddresses allowPlain() {
        return new SealedAddresses(sealer, index, next, true);
    }

    SealedAddressFormat format() {
        return new SealedAddressFormat(sealer.field(TABLE, "email_typed"), index, next, plainToo);
    }

    private static BlindIndex of(Secret indexSecret) {
        return BlindIndex.of(indexSecret, TABLE, "email");
    }
}
