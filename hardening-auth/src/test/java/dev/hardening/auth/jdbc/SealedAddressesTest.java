package dev.hardening.auth.jdbc;

import static dev.hardening.auth.jdbc.AddressFixture.ALICE;
import static dev.hardening.auth.jdbc.AddressFixture.FIRST;
import static dev.hardening.auth.jdbc.AddressFixture.HASH;
import static dev.hardening.auth.jdbc.AddressFixture.MAIN;
import static dev.hardening.auth.jdbc.AddressFixture.MALLORY;
import static dev.hardening.auth.jdbc.AddressFixture.OTHER;
import static dev.hardening.auth.jdbc.AddressFixture.SECOND;
import static dev.hardening.auth.jdbc.AddressFixture.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.Parallel;
import dev.hardening.auth.password.Password;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingStore;
import dev.hardening.secrets.seal.Sealer;
import dev.hardening.testing.FakeTicker;
import dev.hardening.testing.TestPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("database")
class SealedAddressesTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated(
            "dev/hardening/auth/db/V1__accounts.sql", "dev/hardening/auth/db/V3__sealed_addresses.sql");

    private static final UserId U1 = new UserId("u1");
    private static final UserId U2 = new UserId("u2");

    private final AddressFixture fixture = new AddressFixture(POSTGRES);
    private final AccountStore store = fixture.store();

    @AfterEach
    void empty() {
        POSTGRES.execute("DELETE FROM hardening_auth.accounts");
    }

    @Test
    @Tag("secrets:E2")
    @Tag("ASVS-14.2.4")
    void table_afterEveryVerbThatWrites_holdsNoPartOfAnAddress() {
        store.register(draft("u1", ALICE));
        store.activate(MAIN, U1, 1);
        store.create(draft("u2", MALLORY));

        for (String part : List.of("alice", "canary", "example.org", "mallory", "example.net", "@")) {
            assertFalse(fixture.dump().contains(part), part);
        }
        assertTrue(fixture.dump().contains("u1"), "the search does search");
    }

    @Test
    void find_sealed_givesTheAddressAsItWasTyped() {
        store.create(draft("u1", ALICE));

        assertEquals("Alice.Canary@Example.org", found(U1).email().asTyped());
        assertEquals(
                U1,
                store.findForLogin(MAIN, EmailAddress.of("ALICE.canary@EXAMPLE.ORG"))
                        .orElseThrow()
                        .account()
                        .id());
    }

    @Test
    void find_longestInternationalAddress_fits() {
        String domain = "\u00e4".repeat(20);
        EmailAddress longest = EmailAddress.of("a".repeat(64) + "@" + (domain + ".").repeat(6) + "example");

        store.create(draft("u1", longest));

        assertEquals(longest.asTyped(), found(U1).email().asTyped());
    }

    @Test
    @Tag("ASVS-11.4.1")
    void index_always_has128BitsAndLooksLikeNoAddress() {
        store.create(draft("u1", ALICE));

        String index = fixture.column("email").get(0);

        assertTrue(index.startsWith("bi1:"), index);
        assertEquals(16, Base64.getUrlDecoder().decode(index.substring(4)).length);
        assertEquals(Optional.empty(), EmailAddress.parse(index));
    }

    @Test
    void index_sameAddressInTwoTenants_differs() {
        store.create(draft(MAIN, "u1", ALICE));
        store.create(draft(OTHER, "u1", ALICE));

        List<String> indexes = fixture.column("email");

        assertNotEquals(indexes.get(0), indexes.get(1));
        assertEquals(
                OTHER, store.findForLogin(OTHER, ALICE).orElseThrow().account().tenant());
    }

    @Test
    void seal_sameAddressTwice_neverTheSameText() {
        store.register(draft("u1", ALICE));
        String before = fixture.column("email_typed").get(0);
        store.register(draft("u1", ALICE));

        assertNotEquals(before, fixture.column("email_typed").get(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"email", "email_typed", "email, email_typed", "email, email_typed, email_keys"})
    @Tag("secrets:A4")
    @Tag("secrets:E2")
    @Tag("ASVS-11.3.3")
    void findForLogin_cellsOfTwoUsersSwapped_isNeitherOfThem(String columns) {
        store.create(draft("u1", ALICE));
        store.create(draft("u2", MALLORY));
        // Past the unique column, as whoever owns the table can.
        POSTGRES.execute("ALTER TABLE hardening_auth.accounts DROP CONSTRAINT accounts_tenant_id_email_key;"
                + " UPDATE hardening_auth.accounts AS mine SET (" + columns + ") = (SELECT " + columns
                + " FROM hardening_auth.accounts AS other WHERE other.user_id <> mine.user_id);"
                + " ALTER TABLE hardening_auth.accounts"
                + " ADD CONSTRAINT accounts_tenant_id_email_key UNIQUE (tenant_id, email)");

        for (EmailAddress email : List.of(ALICE, MALLORY)) {
            assertSaysNothing(refused(store.findForLogin(MAIN, email)));
        }
    }

    @Test
    @Tag("secrets:A4")
    void find_wholeRowUnderAnotherIdOrTenant_isRefused() {
        store.create(draft("u1", ALICE));
        POSTGRES.execute("UPDATE hardening_auth.accounts SET user_id = 'u2'");
        refused(store.find(MAIN, U2));

        POSTGRES.execute("UPDATE hardening_auth.accounts SET user_id = 'u1', tenant_id = 'other'");
        refused(store.find(OTHER, U1));

        POSTGRES.execute("UPDATE hardening_auth.accounts SET tenant_id = 'main'");
        assertEquals(ALICE, found(U1).email(), "back in its place it opens");
    }

    @Test
    @Tag("secrets:A4")
    void find_addressInTheClearPutIn_isRefused() {
        store.create(draft("u1", ALICE));
        POSTGRES.execute("UPDATE hardening_auth.accounts SET email = 'mallory@example.net',"
                + " email_typed = 'mallory@example.net', email_keys = ''");

        assertSaysNothing(refused(store.find(MAIN, U1)));
        assertEquals(Optional.empty(), store.findForLogin(MAIN, MALLORY));
    }

    @Test
    @Tag("auth:P10")
    void find_damagedRow_givesWhatAPasswordIsCheckedAgainstAndLeavesOthersAlone() {
        store.create(draft("u1", ALICE));
        store.create(draft("u2", MALLORY));
        POSTGRES.execute("UPDATE hardening_auth.accounts SET email_typed = 'A' || email_typed WHERE user_id = 'u1'");

        AccountStore.Stored damaged = store.findForLogin(MAIN, ALICE).orElseThrow();
        assertEquals(HASH, damaged.hash());
        assertEquals(
                new Account.Standing(MAIN, U1, Account.State.ACTIVE, Set.of(Account.Role.STUDENT), 1),
                damaged.standing());
        assertThrows(AuthUnavailableException.class, damaged::account);
        assertEquals(MALLORY, found(U2).email());
        assertEquals(
                U2, store.findForLogin(MAIN, MALLORY).orElseThrow().account().id());
        assertEquals(Optional.empty(), store.register(draft("u3", ALICE)), "nor can the address be taken");
    }

    @Test
    @Tag("secrets:E5")
    void find_keyDisabled_namesTheKeyAndLosesNothing() {
        store.create(draft("u1", ALICE));
        String before = fixture.rotate();
        assertEquals(ALICE, found(U1).email(), "RETIRING opens");

        fixture.ring.unsafeDisableNow(before);

        var failure = refused(store.findForLogin(MAIN, ALICE));
        assertTrue(failure.getMessage().contains(before), failure.getMessage());
        assertSaysNothing(failure);
        assertEquals(1, fixture.column("user_id").size());
    }

    @Test
    @Tag("secrets:E5")
    @ResourceLock(Resources.SYSTEM_ERR)
    void account_thatDoesNotOpen_isLoggedByItsIdsOnceAnHour() {
        FakeTicker ticker = FakeTicker.create();
        AccountStore watched = new JdbcAccountStore(POSTGRES.dataSource(), fixture.sealing(FIRST), ticker);
        watched.create(draft("u1", ALICE));
        watched.create(draft("u2", MALLORY));
        String key = fixture.rotate();
        fixture.ring.unsafeDisableNow(key);

        String log = AddressFixture.logged(() -> {
            for (int i = 0; i < 10; i++) {
                refused(watched.findForLogin(MAIN, ALICE));
                refused(watched.find(MAIN, U1));
            }
            refused(watched.find(MAIN, U2));
        });
        assertEquals(2, log.lines().count(), log);
        assertTrue(log.contains("the address of user u1 of tenant main is sealed under key " + key), log);
        assertFalse(log.contains("@") || log.toLowerCase(Locale.ROOT).contains("alice"), log);

        ticker.advance(Duration.ofHours(1).minusNanos(1));
        assertEquals("", AddressFixture.logged(() -> refused(watched.find(MAIN, U1))));
        ticker.advance(Duration.ofNanos(1));
        assertEquals(
                1,
                AddressFixture.logged(() -> refused(watched.find(MAIN, U1)))
                        .lines()
                        .count());
    }

    @Test
    void findForLogin_indexOfThePreviousSecret_isFoundAsLongAsItIsNamed() {
        store.create(draft("u1", ALICE));

        assertEquals(
                U1,
                fixture.store(fixture.sealing(SECOND).orPrevious(FIRST))
                        .findForLogin(MAIN, ALICE)
                        .orElseThrow()
                        .account()
                        .id());
        assertEquals(Optional.empty(), fixture.store(fixture.sealing(SECOND)).findForLogin(MAIN, ALICE));
    }

    @Test
    void findForLogin_rowInTheClear_onlyWhereAllowed() {
        fixture.plain().create(draft("u1", ALICE));

        assertEquals(Optional.empty(), store.findForLogin(MAIN, ALICE));
        refused(store.find(MAIN, U1));
        AccountStore lenient = fixture.store(fixture.sealing(FIRST).allowPlain());
        assertEquals(
                U1, lenient.findForLogin(MAIN, ALICE).orElseThrow().account().id());
        assertEquals(
                "Alice.Canary@Example.org",
                lenient.find(MAIN, U1).orElseThrow().account().email().asTyped());
    }

    @Test
    @Tag("auth:V1")
    void register_addressProvedUnderAnotherForm_makesNoSecondAccount() {
        for (AccountStore before : List.of(fixture.plain(), fixture.store(fixture.sealing(FIRST)))) {
            empty();
            before.create(draft("u1", ALICE));
            AccountStore now = fixture.store(fixture.sealing(SECOND).orPrevious(FIRST));

            assertEquals(Optional.empty(), now.register(draft("u2", ALICE)));
            assertEquals(Optional.empty(), now.create(draft("u3", ALICE)));
            assertEquals(List.of("u1"), fixture.column("user_id"));
        }
    }

    @Test
    @Tag("auth:V2")
    void register_addressUnprovedUnderAnotherForm_replacesItAndEndsItsLink() {
        for (AccountStore before : List.of(fixture.plain(), fixture.store(fixture.sealing(FIRST)))) {
            empty();
            before.register(draft("u1", ALICE));
            AccountStore now = fixture.store(fixture.sealing(SECOND).orPrevious(FIRST));

            Account again = now.register(draft("u2", ALICE)).orElseThrow();

            assertEquals(2, again.credentialVersion());
            assertEquals(List.of("u2"), fixture.column("user_id"));
            assertFalse(now.activate(MAIN, U1, 1));
            assertTrue(now.activate(MAIN, U2, 2));
        }
    }

    @Test
    void register_sameIdUnderAnotherForm_replacesItToo() {
        fixture.plain().register(draft("u1", ALICE));

        assertEquals(2, store.register(draft("u1", ALICE)).orElseThrow().credentialVersion());
    }

    @Test
    @Tag("auth:V2")
    void findForLogin_unprovedUnderTheNewFormAndProvedUnderTheOld_isTheProvedOne() {
        fixture.store(fixture.sealing(FIRST)).create(draft("u1", ALICE));
        fixture.store(fixture.sealing(SECOND)).register(draft("u2", ALICE));

        AccountStore now = fixture.store(fixture.sealing(SECOND).orPrevious(FIRST));

        assertEquals(U1, now.findForLogin(MAIN, ALICE).orElseThrow().account().id());
    }

    @Test
    void plainStore_sealedRow_isUnavailableAndNeverReadAsAnAddress() {
        store.create(draft("u1", ALICE));

        refused(fixture.plain().find(MAIN, U1));
        assertEquals(Optional.empty(), fixture.plain().findForLogin(MAIN, ALICE));
    }

    @Test
    @Tag("auth:P10")
    @Tag("ASVS-6.3.8")
    void everyCohort_costsOneStatement() {
        AtomicInteger statements = new AtomicInteger();
        SealedAddresses sealing = fixture.sealing(SECOND).orPrevious(FIRST).allowPlain();
        AccountStore counted = new JdbcAccountStore(CountingSource.of(POSTGRES.dataSource(), statements), sealing);
        fixture.plain().create(draft("u1", EmailAddress.of("plain@example.org")));
        fixture.store(fixture.sealing(FIRST)).create(draft("u2", EmailAddress.of("previous@example.org")));
        fixture.store(sealing).create(draft("u3", EmailAddress.of("present@example.org")));
        fixture.store(sealing).register(draft("u4", EmailAddress.of("unproved@example.org")));
        fixture.store(sealing).create(draft("u5", EmailAddress.of("unreadable@example.org")));
        POSTGRES.execute("UPDATE hardening_auth.accounts SET email_typed = 'A' || email_typed WHERE user_id = 'u5'");

        for (String name : List.of("plain", "previous", "present", "unproved", "unreadable", "unknown")) {
            EmailAddress email = EmailAddress.of(name + "@example.org");
            assertEquals(1, statementsOf(statements, () -> counted.findForLogin(MAIN, email)), name);
            assertEquals(1, statementsOf(statements, () -> counted.register(draft("x-" + name, email))), name);
            assertEquals(1, statementsOf(statements, () -> counted.create(draft("y-" + name, email))), name);
        }
    }

    @Test
    void of_shortSecret_isRefused() {
        assertThrows(SecretsConfigurationException.class, () -> fixture.sealing(Secret.of("short")));
        assertThrows(
                SecretsConfigurationException.class,
                () -> fixture.sealing(FIRST).orPrevious(Secret.of("short")));
    }

    @Test
    void replaceHash_sealedRow_leavesTheAddressAlone() {
        store.create(draft("u1", ALICE));
        String before = fixture.column("email || email_typed").get(0);

        assertTrue(store.replaceHash(MAIN, U1, HASH, new Password.Hash("next")));

        assertEquals(before, fixture.column("email || email_typed").get(0));
    }

    @RepeatedTest(20)
    @Tag("auth:V1")
    void register_twentyThreadsAndARenewalOnARowInTheClear_makeOneAccount() {
        SealedAddresses sealing = fixture.sealing(SECOND).orPrevious(FIRST).allowPlain();
        AccountStore now = fixture.store(sealing);
        fixture.plain().register(draft("u0", ALICE));
        List<Parallel.Task<Boolean>> tasks = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            String id = "u" + i;
            tasks.add(() -> now.register(draft(id, ALICE)).isPresent());
        }
        tasks.add(() -> fixture.renewal(sealing).run(10).failed() == 0);

        List<Boolean> results = Parallel.run(tasks);

        assertTrue(results.stream().allMatch(registered -> registered), results::toString);
        assertEquals(1, fixture.column("user_id").size());
        assertEquals(
                ALICE, now.findForLogin(MAIN, ALICE).orElseThrow().account().email());
    }

    @RepeatedTest(10)
    @Tag("auth:V2")
    void register_againstAnActivationUnderAnotherForm_oneOfThemWins() {
        fixture.plain().register(draft("u1", ALICE));

        List<Boolean> won = Parallel.run(List.of(
                () -> fixture.plain().activate(MAIN, U1, 1),
                () -> store.register(draft("u2", ALICE)).isPresent()));

        assertNotEquals(won.get(0), won.get(1));
        assertEquals(List.of(won.get(0) ? "u1 ACTIVE" : "u2 UNVERIFIED"), fixture.column("user_id || ' ' || state"));
    }

    @Test
    void find_storeOfTheRingDown_isUnavailableAndNotDamaged() {
        AtomicBoolean down = new AtomicBoolean();
        RingStore rings = new InMemoryRingStore();
        Supplier<KeyRing> process = () -> AddressFixture.ring(AddressFixture.failing(rings, down));
        KeyRing other = process.get();
        AccountStore mine = fixture.store(SealedAddresses.of(Sealer.of(process.get()), FIRST));
        other.unsafePromoteNow(other.add().id());
        fixture.store(SealedAddresses.of(Sealer.of(other), FIRST)).create(draft("u1", ALICE));
        down.set(true);

        var failure = refused(mine.find(MAIN, U1));

        assertEquals("the keys of the addresses cannot be read", failure.getMessage());
    }

    private static int statementsOf(AtomicInteger statements, Runnable call) {
        int before = statements.get();
        call.run();
        return statements.get() - before;
    }

    private static void assertSaysNothing(Throwable failure) {
        String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        assertFalse(message.contains("alice") || message.contains("mallory") || message.contains("@"), message);
    }

    private static AuthUnavailableException refused(Optional<AccountStore.Stored> found) {
        return assertThrows(AuthUnavailableException.class, found.orElseThrow()::account);
    }

    private Account found(UserId user) {
        return store.find(MAIN, user).orElseThrow().account();
    }
}
