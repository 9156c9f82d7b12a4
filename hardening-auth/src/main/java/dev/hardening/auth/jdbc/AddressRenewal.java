package dev.hardening.auth.jdbc;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.jdbc.AddressRows.AccountKey;
import dev.hardening.auth.jdbc.AddressRows.Row;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;

/**
 * Brings addresses up to date that are in the clear, sealed by a key that is no longer ACTIVE, or indexed by the secret
 * of before. Those keys may be disabled, and that secret forgotten, once a run is {@link Progress#complete} that began one
 * propagation time of the ring after the promotion, or after the last process took the new secret for its own.
 *
 * <p>A row is written only while it is as it was read, so accounts may be used and other processes may renew meanwhile,
 * and a run that was cut off is simply repeated. A row that fails stays as it is, is counted, and comes again after all
 * others; the log names the first of a run by its ids. Where an address has two accounts, because two processes did not
 * know each other's secrets, an unproved one is removed; two proved ones fail, and are a person's to resolve.
 *
 * <p>Works on the caller's thread, one run at a time: a query, and for what it finds one statement more. Where that one
 * runs out of its 2 s, it is tried with half of the rows, and so on; a row that alone takes too long is left, and ends the
 * run.
 */
public final class AddressRenewal {
    private final AddressRows rows;
    private final SealedAddressFormat addresses;
    private final ReentrantLock turn = new ReentrantLock();
    private final AddressPace pace = new AddressPace();
    private AccountKey last = AccountKey.FIRST;

    private AddressRenewal(AddressRows rows, SealedAddressFormat addresses) {
        this.rows = rows;
        this.addresses = addresses;
    }

    /**
     * Makes a renewal that begins with the first account.
     *
     * @param source that of the store
     * @param sealing the same as the store's
     * @return the renewal, to be run now and then
     */
    public static AddressRenewal of(DataSource source, SealedAddresses sealing) {
        return new AddressRenewal(
                new AddressRows(new Statements(Objects.requireNonNull(source, "source"))),
                Objects.requireNonNull(sealing, "sealing").format());
    }

    /**
     * Renews the next rows that need it; where there are none after the last one, those from the first account on.
     *
     * @param batch the most rows to look at, positive
     * @return what was done; {@link Progress#changed} is 0 where nothing could be done
     * @throws AuthUnavailableException if the store or the ring does not answer; the same rows come again
     */
    public Progress run(int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be positive, got " + batch);
        }
        turn.lock();
        try {
            return next(batch);
        } finally {
            turn.unlock();
        }
    }

    private Progress next(int batch) {
        List<String> keys = addresses.keysOfNow();
        boolean fromFirst = last.equals(AccountKey.FIRST);
        List<Row> rest = rows.due(keys, last, batch);
        boolean again = rest.isEmpty() && !fromFirst;
        List<Row> due = again ? rows.due(keys, AccountKey.FIRST, batch) : rest;
        AddressBatch work = new AddressBatch(rows, addresses, due);
        Optional<AccountKey> stopped = work.renew(pace);
        boolean toTheEnd = stopped.isEmpty() && due.size() < batch;
        last = toTheEnd
                ? AccountKey.FIRST
                : stopped.orElseGet(() -> due.get(due.size() - 1).key());
        return work.progress((fromFirst || again) && toTheEnd);
    }

    /**
     * What a run did.
     *
     * @param renewed rows that are up to date now
     * @param removed unproved accounts that had the address of another account
     * @param failed rows that stay as they are: their address does not open, or a second proved account has it
     * @param left rows that somebody else was changing, and that may be as they were when he is done
     * @param whole whether the run saw all that needed renewal, from the first account to the last
     */
    public record Progress(int renewed, int removed, int failed, int left, boolean whole) {
        /**
         * Tells whether another run is worth while now.
         *
         * @return rows written or removed
         */
        public int changed() {
            return renewed + removed;
        }

        /**
         * Tells whether no row needed the old keys and the old secret when the run ended, but for what processes wrote
         * meanwhile that still use them; see {@link AddressRenewal} for when there are none. No sum of other runs says so.
         *
         * @return whether the run saw all accounts, and none failed or was left
         */
        public boolean complete() {
            return whole && failed == 0 && left == 0;
        }
    }
}
