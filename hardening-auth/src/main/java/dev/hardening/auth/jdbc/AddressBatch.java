package dev.hardening.auth.jdbc;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.jdbc.AddressRenewal.Progress;
import dev.hardening.auth.jdbc.AddressRows.AccountKey;
import dev.hardening.auth.jdbc.AddressRows.Change;
import dev.hardening.auth.jdbc.AddressRows.Row;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rows of one run on their way: each is renewed, removed, failed or, where somebody else holds it, left. */
final class AddressBatch {
    private static final Logger LOG = LoggerFactory.getLogger(AddressBatch.class);

    private final AddressRows rows;
    private final SealedAddressFormat addresses;
    private final List<Row> due;
    private final Set<AccountKey> settled = new HashSet<>();
    private final List<String> failures = new ArrayList<>();
    private int renewed;
    private int removed;

    AddressBatch(AddressRows rows, SealedAddressFormat addresses, List<Row> due) {
        this.rows = rows;
        this.addresses = addresses;
        this.due = due;
    }

    /** Renews what can be; where a row alone took too long, says which, and those behind it were not tried. */
    Optional<AccountKey> renew(AddressPace pace) {
        List<Change> changes = new ArrayList<>();
        due.forEach(row -> {
            AddressFormat.Reading reading = addresses.read(row.tenant(), row.user(), row.cells());
            reading.email()
                    .ifPresentOrElse(
                            email -> changes.add(new Change(row, addresses.renewed(row, email))),
                            () -> fail(row.key(), reading.fault()));
        });
        return write(changes, pace);
    }

    /** Says what was done, and logs the first failure. */
    Progress progress(boolean whole) {
        if (!failures.isEmpty()) {
            LOG.warn("{} addresses could not be renewed; for one, {}", failures.size(), failures.get(0));
        }
        return new Progress(renewed, removed, failures.size(), due.size() - settled.size(), whole);
    }

    private Optional<AccountKey> write(List<Change> changes, AddressPace pace) {
        int done = 0;
        while (done < changes.size()) {
            List<Change> part = changes.subList(done, done + pace.of(changes.size() - done));
            if (inTime(part)) {
                pace.wentThrough(part.size());
                done += part.size();
            } else if (part.size() > 1) {
                pace.ranOut(part.size());
            } else {
                return Optional.of(part.get(0).key());
            }
        }
        return Optional.empty();
    }

    private boolean inTime(List<Change> part) {
        try {
            write(unsettled(part));
            return true;
        } catch (AuthUnavailableException failure) {
            if (!Statements.ranOutOfTime(failure)) {
                throw failure;
            }
            return false;
        }
    }

    private void write(List<Change> changes) {
        written(rows.renew(changes));
        List<Change> rest = unsettled(changes);
        Set<AccountKey> taken = rows.taken(rest).keySet();
        // What is neither written nor taken is being changed by somebody else, who may yet take it back.
        rest.stream().filter(change -> taken.contains(change.key())).forEach(this::resolve);
    }

    private void resolve(Change change) {
        if (rows.removeUnproved(change)) {
            removed++;
            settled.add(change.key());
        } else if (rows.removeUnprovedOther(change)) {
            removed++;
            written(rows.renew(List.of(change)));
        } else {
            rows.taken(List.of(change)).forEach((key, owner) -> fail(key, "that of proved user " + owner + " too"));
        }
    }

    private void written(Set<AccountKey> keys) {
        renewed += keys.size();
        settled.addAll(keys);
    }

    private List<Change> unsettled(List<Change> changes) {
        return changes.stream()
                .filter(change -> !settled.contains(change.key()))
                .toList();
    }

    private void fail(AccountKey key, String fault) {
        settled.add(key);
        failures.add(AddressRows.fault(key, fault));
    }
}
