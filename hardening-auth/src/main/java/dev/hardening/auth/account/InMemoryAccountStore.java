package dev.hardening.auth.account;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.Account.State;
import dev.hardening.auth.password.Password;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Accounts in two maps under one lock. */
final class InMemoryAccountStore implements AccountStore {
    private static final int MOST = 100_000;

    private final Map<AddressKey, UserId> byAddress = new HashMap<>();
    private final Map<UserKey, Row> rows = new HashMap<>();

    @Override
    public synchronized Optional<Account> register(Draft draft) {
        return write(draft, State.UNVERIFIED);
    }

    @Override
    public synchronized Optional<Account> create(Draft draft) {
        return write(draft, State.ACTIVE);
    }

    @Override
    public synchronized Optional<Stored> findForLogin(TenantId tenant, EmailAddress email) {
        return Optional.ofNullable(byAddress.get(new AddressKey(tenant, email))).flatMap(user -> find(tenant, user));
    }

    @Override
    public synchronized Optional<Stored> find(TenantId tenant, UserId user) {
        return Optional.ofNullable(rows.get(new UserKey(tenant, user))).map(Row::stored);
    }

    @Override
    public synchronized boolean activate(TenantId tenant, UserId user, long credentialVersion) {
        return find(tenant, user)
                .filter(stored -> stored.account().state() == State.UNVERIFIED)
                .filter(stored -> stored.account().credentialVersion() == credentialVersion)
                .map(stored -> update(stored, account -> withState(account, State.ACTIVE)))
                .isPresent();
    }

    @Override
    public synchronized boolean disable(TenantId tenant, UserId user) {
        return move(tenant, user, State.ACTIVE, State.DISABLED);
    }

    @Override
    public synchronized boolean enable(TenantId tenant, UserId user) {
        return move(tenant, user, State.DISABLED, State.ACTIVE);
    }

    @Override
    public synchronized boolean replaceHash(TenantId tenant, UserId user, Password.Hash expected, Password.Hash next) {
        UserKey key = new UserKey(tenant, user);
        Row row = rows.get(key);
        if (row == null || !row.stored.hash().equals(expected)) {
            return false;
        }
        rows.put(key, new Row(Stored.of(row.stored.account(), next), row.pendingUntil));
        return true;
    }

    @Override
    public synchronized boolean existsWithRole(TenantId tenant, Account.Role role) {
        return rows.values().stream()
                .map(row -> row.stored.account())
                .anyMatch(account -> account.tenant().equals(tenant)
                        && account.roles().contains(role)
                        && account.state() != State.UNVERIFIED);
    }

    @Override
    public synchronized int purgeExpired(Instant now, int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be positive, got " + batch);
        }
        List<Account> expired = rows.values().stream()
                .filter(row -> row.stored.account().state() == State.UNVERIFIED)
                .filter(row -> !row.pendingUntil.isAfter(now))
                .limit(batch)
                .map(row -> row.stored.account())
                .toList();
        expired.forEach(account -> {
            rows.remove(new UserKey(account.tenant(), account.id()));
            byAddress.remove(new AddressKey(account.tenant(), account.email()));
        });
        return expired.size();
    }

    private Optional<Account> write(Draft draft, State state) {
        AddressKey address = new AddressKey(draft.tenant(), draft.email());
        Optional<Account> known = findForLogin(draft.tenant(), draft.email()).map(Stored::account);
        if (known.filter(account -> account.state() != State.UNVERIFIED).isPresent()) {
            return Optional.empty();
        }
        if (known.isEmpty() && rows.size() >= MOST) {
            throw new AuthUnavailableException("the account store in memory is full");
        }
        Account written = new Account(
                draft.tenant(),
                draft.id(),
                draft.email(),
                draft.name(),
                state,
                draft.roles(),
                known.map(Account::createdAt).orElse(draft.createdAt()),
                known.map(account -> account.credentialVersion() + 1).orElse(1L));
        known.ifPresent(account -> rows.remove(new UserKey(account.tenant(), account.id())));
        byAddress.put(address, written.id());
        rows.put(
                new UserKey(written.tenant(), written.id()),
                new Row(Stored.of(written, draft.hash()), draft.pendingUntil()));
        return Optional.of(written);
    }

    private boolean move(TenantId tenant, UserId user, State expected, State next) {
        return find(tenant, user)
                .filter(stored -> stored.account().state() == expected)
                .map(stored -> update(stored, account -> withState(account, next)))
                .isPresent();
    }

    private Row update(Stored stored, UnaryOperator<Account> change) {
        Account next = change.apply(stored.account());
        Row row = new Row(Stored.of(next, stored.hash()), Instant.MAX);
        rows.put(new UserKey(next.tenant(), next.id()), row);
        return row;
    }

    private static Account withState(Account account, State state) {
        return new Account(
                account.tenant(),
                account.id(),
                account.email(),
                account.name(),
                state,
                account.roles(),
                account.createdAt(),
                account.credentialVersion());
    }

    private record AddressKey(TenantId tenant, EmailAddress email) {}

    private record UserKey(TenantId tenant, UserId user) {}

    private record Row(Stored stored, Instant pendingUntil) {}
}
