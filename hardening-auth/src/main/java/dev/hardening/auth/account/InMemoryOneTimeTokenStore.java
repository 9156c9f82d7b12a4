package dev.hardening.auth.account;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Token hashes in one map, keyed by subject, under one lock. */
final class InMemoryOneTimeTokenStore implements OneTimeTokenStore {
    private static final int MOST = 100_000;

    private final Map<Subject, Row> rows = new HashMap<>();
    private final Map<String, Subject> byHash = new HashMap<>();

    @Override
    public synchronized void issueReplacingSiblings(Entry entry) {
        Subject subject = Subject.of(entry);
        Row replaced = rows.put(subject, new Row(entry, 0));
        if (replaced != null) {
            byHash.remove(replaced.entry.hash());
        } else if (rows.size() > MOST) {
            rows.remove(subject);
            throw new AuthUnavailableException("the token store in memory is full");
        }
        byHash.put(entry.hash(), subject);
    }

    @Override
    public synchronized boolean issueUnlessHeld(Entry entry, Instant now) {
        Row held = rows.get(Subject.of(entry));
        if (held != null && held.alive(now) && !held.entry.holder().equals(entry.holder())) {
            return false;
        }
        issueReplacingSiblings(entry);
        return true;
    }

    @Override
    public synchronized Optional<Entry> find(String hash, Purpose purpose, Instant now) {
        return live(hash, purpose, now).map(Row::entry);
    }

    @Override
    public synchronized Optional<Entry> attempt(String hash, Purpose purpose, Instant now) {
        Optional<Row> row = live(hash, purpose, now);
        row.ifPresent(found -> rows.put(Subject.of(found.entry), found.triedAgain()));
        return row.map(Row::entry);
    }

    @Override
    public synchronized void countMiss(TenantId tenant, UserId user, Purpose purpose) {
        rows.computeIfPresent(new Subject(tenant, user, purpose), (subject, row) -> row.triedAgain());
    }

    @Override
    public synchronized Optional<Entry> consume(String hash, Purpose purpose, Instant now) {
        return Optional.ofNullable(byHash.get(hash))
                .map(rows::get)
                .map(Row::entry)
                .filter(entry -> entry.purpose() == purpose && entry.expiresAt().isAfter(now))
                .map(this::remove);
    }

    @Override
    public synchronized int purgeExpired(Instant now, int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be positive, got " + batch);
        }
        List<Entry> expired = rows.values().stream()
                .map(Row::entry)
                .filter(entry -> !entry.expiresAt().isAfter(now))
                .limit(batch)
                .toList();
        expired.forEach(this::remove);
        return expired.size();
    }

    private Entry remove(Entry entry) {
        byHash.remove(entry.hash());
        rows.remove(Subject.of(entry));
        return entry;
    }

    private Optional<Row> live(String hash, Purpose purpose, Instant now) {
        return Optional.ofNullable(byHash.get(hash))
                .map(rows::get)
                .filter(row -> row.entry.purpose() == purpose && row.alive(now));
    }

    private record Subject(TenantId tenant, UserId user, Purpose purpose) {
        static Subject of(Entry entry) {
            return new Subject(entry.tenant(), entry.user(), entry.purpose());
        }
    }

    private record Row(Entry entry, int tries) {
        boolean alive(Instant now) {
            return tries < MAX_TRIES && entry.expiresAt().isAfter(now);
        }

        Row triedAgain() {
            return new Row(entry, tries + 1);
        }
    }
}
