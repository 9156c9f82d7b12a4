package dev.hardening.auth.account;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.Account.Role;
import dev.hardening.auth.account.Account.State;
import dev.hardening.auth.password.Password;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What every account store must do; each implementation runs it on a store that may hold other tests' rows. */
public abstract class AccountStoreContract {
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final EmailAddress ALICE = EmailAddress.of("Alice@Example.org");
    private static final Password.Hash OLD = new Password.Hash("old");
    private static final Password.Hash NEW = new Password.Hash("new");

    private final TenantId tenant = new TenantId(Parallel.freshName());
    private final TenantId other = new TenantId(Parallel.freshName());

    protected AccountStoreContract() {}

    protected abstract AccountStore store();

    @Test
    void register_newAddress_isUnverifiedUnderTheDraftsId() {
        Account account = store().register(draft("u1", ALICE, OLD)).orElseThrow();

        assertEquals(
                new Account(tenant, new UserId("u1"), ALICE, "Alice", State.UNVERIFIED, Set.of(Role.STUDENT), NOW, 1),
                account);
        AccountStore.Stored stored = store().find(tenant, new UserId("u1")).orElseThrow();
        assertEquals(account, stored.account());
        assertEquals(account.standing(), stored.standing());
        assertEquals(OLD, stored.hash());
    }

    @Test
    @Tag("auth:V2")
    void register_unverifiedAddressAgain_replacesThePasswordAndTheId() {
        store().register(draft("u1", ALICE, OLD));

        Account again = store().register(draft("u2", EmailAddress.of("ALICE@example.ORG"), NEW))
                .orElseThrow();

        assertEquals("u2", again.id().value());
        assertEquals(2, again.credentialVersion());
        assertEquals("ALICE@example.ORG", again.email().asTyped());
        assertEquals(NEW, store().findForLogin(tenant, ALICE).orElseThrow().hash());
        assertEquals(again, store().find(tenant, new UserId("u2")).orElseThrow().account());
        assertEquals(Optional.empty(), store().find(tenant, new UserId("u1")), "links to the old id are dead");
        assertFalse(store().activate(tenant, new UserId("u1"), 1));
    }

    @Test
    @Tag("auth:V1")
    void register_provedAddress_isLeftAsItIsEvenWhenDisabled() {
        store().create(draft("u1", ALICE, OLD));

        assertEquals(Optional.empty(), store().register(draft("u2", ALICE, NEW)));
        assertTrue(store().disable(tenant, new UserId("u1")));
        assertEquals(Optional.empty(), store().register(draft("u3", ALICE, NEW)));
        assertEquals(Optional.empty(), store().create(draft("u4", ALICE, NEW)));
        assertEquals(OLD, store().findForLogin(tenant, ALICE).orElseThrow().hash());
    }

    @Test
    void create_unverifiedAddress_takesItOverWithItsOwnRoles() {
        store().register(draft("u1", ALICE, OLD));

        Account admin = store().create(draft("u2", ALICE, NEW, Set.of(Role.ADMIN, Role.INSTRUCTOR)))
                .orElseThrow();

        assertEquals(State.ACTIVE, admin.state());
        assertEquals(Set.of(Role.ADMIN, Role.INSTRUCTOR), admin.roles());
        assertEquals(2, admin.credentialVersion());
        assertEquals(0, store().purgeExpired(NOW.plus(Duration.ofDays(365)), 1000));
    }

    @Test
    @Tag("auth:Z3")
    void find_anotherTenant_knowsNothing() {
        store().create(draft("u1", ALICE, OLD));

        assertEquals(Optional.empty(), store().find(other, new UserId("u1")));
        assertEquals(Optional.empty(), store().findForLogin(other, ALICE));
        assertFalse(store().disable(other, new UserId("u1")));
        assertFalse(store().replaceHash(other, new UserId("u1"), OLD, NEW));
    }

    @Test
    void activate_presentVersion_worksOnce() {
        store().register(draft("u1", ALICE, OLD));

        assertTrue(store().activate(tenant, new UserId("u1"), 1));
        assertFalse(store().activate(tenant, new UserId("u1"), 1));
        assertEquals(
                State.ACTIVE,
                store().find(tenant, new UserId("u1")).orElseThrow().account().state());
    }

    @Test
    @Tag("auth:V2")
    void activate_versionOfAReplacedRegistration_doesNothing() {
        store().register(draft("u1", ALICE, OLD));
        store().register(draft("u1", ALICE, NEW));

        assertFalse(store().activate(tenant, new UserId("u1"), 1));
        assertFalse(store().activate(other, new UserId("u1"), 2));
        assertTrue(store().activate(tenant, new UserId("u1"), 2));
    }

    @Test
    void disable_andEnable_moveOnlyFromTheOtherState() {
        UserId user = new UserId("u1");
        store().register(draft("u1", ALICE, OLD));

        assertFalse(store().disable(tenant, user));
        store().activate(tenant, user, 1);
        assertFalse(store().enable(tenant, user));
        assertTrue(store().disable(tenant, user));
        assertFalse(store().disable(tenant, user));
        assertTrue(store().enable(tenant, user));
        assertFalse(store().activate(tenant, user, 1));
    }

    @Test
    void replaceHash_onlyWhileTheExpectedOneIsThere() {
        UserId user = new UserId("u1");
        store().create(draft("u1", ALICE, OLD));

        assertFalse(store().replaceHash(tenant, user, NEW, OLD));
        assertTrue(store().replaceHash(tenant, user, OLD, NEW));
        assertFalse(store().replaceHash(tenant, user, OLD, NEW));
        assertEquals(1, store().find(tenant, user).orElseThrow().account().credentialVersion());
    }

    @Test
    void existsWithRole_countsNoUnverifiedAndNoOtherTenant() {
        store().register(draft("u1", ALICE, OLD, Set.of(Role.ADMIN)));
        assertFalse(store().existsWithRole(tenant, Role.ADMIN));

        store().activate(tenant, new UserId("u1"), 1);

        assertTrue(store().existsWithRole(tenant, Role.ADMIN));
        assertFalse(store().existsWithRole(tenant, Role.INSTRUCTOR));
        assertFalse(store().existsWithRole(other, Role.ADMIN));
    }

    @Test
    void purgeExpired_atTheExactInstant_removesUnverifiedOnesAndNoMoreThanTheBatch() {
        for (int i = 0; i < 3; i++) {
            store().register(draft("u" + i, EmailAddress.of("user" + i + "@example.org"), OLD));
        }
        store().create(draft("kept", ALICE, OLD));

        assertEquals(0, store().purgeExpired(NOW.plus(Duration.ofHours(1)).minusMillis(1), 10));
        assertEquals(2, store().purgeExpired(NOW.plus(Duration.ofHours(1)), 2));
        assertEquals(1, store().purgeExpired(NOW.plus(Duration.ofHours(1)), 2));
        assertEquals(0, store().purgeExpired(NOW.plus(Duration.ofHours(1)), 2));
        assertTrue(store().find(tenant, new UserId("kept")).isPresent());
        assertTrue(store().register(draft("u9", EmailAddress.of("user0@example.org"), OLD))
                .isPresent());
    }

    @Test
    @Tag("auth:V1")
    void register_twentyThreadsInCaseVariants_makeOneAccount() {
        List<String> variants =
                List.of("alice@example.org", "ALICE@example.org", "Alice@EXAMPLE.org", "aLiCe@Example.ORG");

        List<Optional<Account>> results = Parallel.run(IntStream.range(0, 20)
                .<Parallel.Task<Optional<Account>>>mapToObj(i ->
                        () -> store().register(draft("u" + i, EmailAddress.of(variants.get(i % variants.size())), OLD)))
                .toList());

        assertEquals(
                1,
                results.stream()
                        .filter(found ->
                                store().find(tenant, found.orElseThrow().id()).isPresent())
                        .count());
        assertEquals(
                20,
                results.stream()
                        .map(found -> found.orElseThrow().credentialVersion())
                        .distinct()
                        .count());
    }

    @Test
    void create_twentyThreads_oneWins() {
        List<Optional<Account>> results = Parallel.run(IntStream.range(0, 20)
                .<Parallel.Task<Optional<Account>>>mapToObj(i -> () -> store().create(draft("u" + i, ALICE, OLD)))
                .toList());

        assertEquals(1, results.stream().filter(Optional::isPresent).count());
    }

    @Test
    void activate_againstARegistration_neverLeavesTheNewPasswordActive() {
        UserId user = new UserId("u1");
        store().register(draft("u1", ALICE, OLD));

        Parallel.run(List.<Parallel.Task<Boolean>>of(
                () -> store().activate(tenant, user, 1),
                () -> store().register(draft("u2", ALICE, NEW)).isPresent()));

        AccountStore.Stored stored = store().findForLogin(tenant, ALICE).orElseThrow();
        assertEquals(stored.account().state() == State.ACTIVE ? OLD : NEW, stored.hash());
    }

    private AccountStore.Draft draft(String id, EmailAddress email, Password.Hash hash) {
        return draft(id, email, hash, Set.of(Role.STUDENT));
    }

    private AccountStore.Draft draft(String id, EmailAddress email, Password.Hash hash, Set<Role> roles) {
        return new AccountStore.Draft(
                tenant, new UserId(id), email, "Alice", hash, roles, NOW, NOW.plus(Duration.ofHours(1)));
    }
}
