package dev.hardening.auth.jdbc;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.jdbc.AddressRows.AccountKey;
import dev.hardening.auth.jdbc.AddressRows.Change;
import dev.hardening.auth.jdbc.AddressRows.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings addresses up to date that are in the clear, sealed by a key that is no longer ACTIVE, or indexed by the secret
 * of before; once a run that began one propagation time of the ring after the promotion finds nothing more, those keys
 * may be disabled and that secret forgotten.
 *
 * <p>A row is written only while it is as it was read, so accounts may be used and other processes may renew meanwhile,
 * and a run that was cut off is simply repeated. A row that fails stays as it is, is counted, and comes again after all
 * others; the log names the first of a run by its ids. Where an address has two accounts, because two processes did not
 * know each other's secrets, an unproved one is removed; two proved ones fail, and are a person's to resolve.
 *
 * <p>Works on the caller's thread, one run at a time: a query, and for what it finds one statement more.
 */
public final class AddressRenewal {
    private static final Logger LOG = LoggerFactory.getLogger(AddressRenewal.class);

    private final AddressRows rows;
    private final SealedAddressFormat addresses;
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
     * Renews the next rows that need it; after the last one it begins again.
     *
     * @param batch the most rows to look at, positive
     * @return what was done; {@link Progress#changed} is 0 where nothing could be done
     * @throws AuthUnavailableException if the store or the ring does not answer; the same rows come again
     */
    public synchronized Progress run(int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be positive, got " + batch);
        }
        List<Row> due = rows.due(addresses.keysOfNow(), last, batch);
        Run run = new Run();
        run.renew(due);
        last = due.size() < batch ? AccountKey.FIRST : due.get(due.size() - 1).key();
        return run.told();
    }

    /**
     * What a run did.
     *
     * @param renewed rows that are up to date now
     * @param removed unproved accounts that had the address of another account
     * @param failed rows that stay as they are: their address does not open, or a second proved account has it
     */
    public record Progress(int renewed, int removed, int failed) {
        /**
         * Tells whether another run is worth while now.
         *
         * @return rows written or removed
         */
        public int changed() {
            return renewed + removed;
        }
    }

    /** One batch on its way. */
    private final class Run {
        private final List<String> failures = new ArrayList<>();
        private int renewed;
        private int removed;

        void renew(List<Row> due) {
            List<Change> left = new ArrayList<>();
            due.forEach(row -> {
                AddressFormat.Reading reading = addresses.read(row.tenant(), row.user(), row.cells());
                reading.email()
                        .ifPresentOrElse(
                                email -> left.add(new Change(row, addresses.cells(row.tenant(), row.user(), email))),
                                () -> fail(row.key(), reading.fault()));
            });
            Set<AccountKey> written = rows.renew(left);
            renewed += written.size();
            left.removeIf(change -> written.contains(change.key()));
            Set<AccountKey> taken = rows.taken(left);
            // What is neither written nor taken is being changed by somebody else, and comes again.
            left.stream().filter(change -> taken.contains(change.key())).forEach(this::resolve);
        }

        private void resolve(Change change) {
            if (rows.removeUnproved(change)) {
                removed++;
            } else if (rows.removeUnprovedOther(change)) {
                removed++;
                renewed += rows.renew(List.of(change)).size();
            } else if (!rows.taken(List.of(change)).isEmpty()) {
                fail(change.key(), "that of another proved account too");
            }
        }

        private void fail(AccountKey key, String fault) {
            failures.add("the address of user " + key.user() + " of tenant " + key.tenant() + " is " + fault);
        }

        Progress told() {
            if (!failures.isEmpty()) {
                LOG.warn("{} addresses could not be renewed; for one, {}", failures.size(), failures.get(0));
            }
            return new Progress(renewed, removed, failures.size());
        }
    }
}
