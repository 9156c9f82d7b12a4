package dev.hardening.auth.jdbc;

import static dev.hardening.auth.jdbc.AddressFixture.ALICE;
import static dev.hardening.auth.jdbc.AddressFixture.FIRST;
import static dev.hardening.auth.jdbc.AddressFixture.MAIN;
import static dev.hardening.auth.jdbc.AddressFixture.SECOND;
import static dev.hardening.auth.jdbc.AddressFixture.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.Parallel;
import dev.hardening.auth.jdbc.AddressRenewal.Progress;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.testing.TestPostgres;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Processes that take a new index secret one by one: those before the change beside those after it. */
@Tag("database")
class AddressChangeOverTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated(
            "dev/hardening/auth/db/V1__accounts.sql", "dev/hardening/auth/db/V3__sealed_addresses.sql");

    private static final int MANY = 400;
    private static final int FRESH = 20;
    private static final Progress NOTHING = new Progress(0, 0, 0, 0, true);

    private final AddressFixture fixture = new AddressFixture(POSTGRES);
    private final SealedAddresses before = fixture.sealing(FIRST).orNext(SECOND);
    private final SealedAddresses after = fixture.sealing(SECOND).orPrevious(FIRST);

    @BeforeEach
    void countWrites() {
        POSTGRES.execute("CREATE TABLE writes (user_id text, keys_before text, keys_after text);"
                + " CREATE FUNCTION written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                + " INSERT INTO writes VALUES (new.user_id, old.email_keys, new.email_keys); RETURN new; END $$;"
                + " CREATE TRIGGER written AFTER UPDATE ON hardening_auth.accounts"
                + " FOR EACH ROW EXECUTE FUNCTION written()");
    }

    @AfterEach
    void empty() {
        POSTGRES.execute("DROP TRIGGER written ON hardening_auth.accounts; DROP FUNCTION written; DROP TABLE writes;"
                + " DELETE FROM hardening_auth.accounts");
    }

    @Test
    @Tag("auth:V1")
    @Tag("ASVS-13.3.4")
    void renewalsAndRegistrations_ofBothSidesAtOnce_endUnderTheNewSecretWithOneWriteEach() {
        POSTGRES.execute("INSERT INTO hardening_auth.accounts SELECT 'main', 'u' || i, 'user' || i || '@example.org',"
                + " 'user' || i || '@example.org', 'N', 'ACTIVE', '{student}', 'hash', 1, now(), NULL"
                + " FROM generate_series(1, " + MANY + ") AS i");
        fixture.renewal(fixture.sealing(FIRST).allowPlain()).run(MANY);
        POSTGRES.execute("DELETE FROM writes");

        List<Progress> done = Parallel.run(List.of(
                () -> renewed(before),
                () -> renewed(before),
                () -> renewed(after),
                () -> renewed(after),
                () -> live(fixture.store(before), "b"),
                () -> live(fixture.store(after), "a")));
        renewed(after);

        assertTrue(done.stream().allMatch(progress -> progress.failed() == 0), done::toString);
        assertTrue(fixture.renewal(after).run(10).complete());
        String writes = "(SELECT count(*) || ' of ' || count(DISTINCT user_id) FROM writes WHERE user_id LIKE 'u%')";
        assertEquals(MANY + " of " + MANY, fixture.column(writes).get(0));
        assertEquals(1, fixture.column("email_keys").stream().distinct().count());
        assertEquals(MANY + 3 * FRESH, fixture.column("user_id").size());
        AccountStore alone = fixture.store(fixture.sealing(SECOND));
        for (int i = 1; i <= MANY; i += 50) {
            assertEquals("u" + i, found(alone, EmailAddress.of("user" + i + "@example.org")));
        }
    }

    @Test
    void run_rowUnderTheNextSecret_isLeftThere() {
        fixture.store(after).create(draft("u1", ALICE));
        String row = fixture.dump();

        assertEquals(NOTHING, fixture.renewal(before).run(10));

        assertEquals(row, fixture.dump());
    }

    @Test
    @Tag("secrets:E5")
    void run_rowUnderTheNextSecretAndAnOldKey_takesTheKeyAndKeepsItsIndex() {
        fixture.store(after).create(draft("u1", ALICE));
        List<String> index = fixture.column("email");
        String key = fixture.rotate();

        assertEquals(new Progress(1, 0, 0, 0, true), fixture.renewal(before).run(10));

        assertEquals(index, fixture.column("email"));
        assertEquals(NOTHING, fixture.renewal(after).run(10));
        fixture.ring.unsafeDisableNow(key);
        fixture.ring.destroy(key);
        assertEquals("u1", found(fixture.store(fixture.sealing(SECOND)), ALICE));
    }

    @Test
    @Tag("auth:V1")
    void addressUnderTheNextSecret_isFoundAndNotGivenTwice() {
        fixture.store(after).create(draft("u1", ALICE));

        assertEquals("u1", found(fixture.store(before), ALICE));
        assertEquals(Optional.empty(), fixture.store(before).register(draft("u2", ALICE)));
        assertEquals(Optional.empty(), fixture.store(before).create(draft("u3", ALICE)));
    }

    @Test
    @Tag("auth:V2")
    void register_unprovedUnderTheNextSecret_replacesIt() {
        fixture.store(after).register(draft("u1", ALICE));

        Account again = fixture.store(before).register(draft("u2", ALICE)).orElseThrow();

        assertEquals(2, again.credentialVersion());
        assertEquals(List.of("u2"), fixture.column("user_id"));
    }

    @Test
    void findForLogin_twoProvedTwins_isTheSameOneOnBothSides() {
        fixture.store().create(draft("u1", ALICE));
        fixture.store(fixture.sealing(SECOND)).create(draft("u2", ALICE));

        assertEquals("u2", found(fixture.store(after), ALICE));
        assertEquals("u2", found(fixture.store(before), ALICE));
    }

    @Test
    void orNext_shortSecret_isRefused() {
        assertThrows(
                SecretsConfigurationException.class,
                () -> fixture.sealing(FIRST).orNext(Secret.of("short")));
    }

    /** People of known and of new addresses; those of {@code both} come on both sides. */
    private static Progress live(AccountStore store, String side) {
        for (int i = 1; i <= FRESH; i++) {
            assertEquals("u" + i * 7, found(store, EmailAddress.of("user" + i * 7 + "@example.org")));
            // In the instant in which the address changes sides it may be given twice; not for long.
            registered(store, draft("x" + side + i, EmailAddress.of("USER" + i * 11 + "@example.org")));
            EmailAddress mine = EmailAddress.of("new" + i + "." + side + "@example.org");
            assertTrue(store.register(draft(side + i, mine)).isPresent());
            assertTrue(store.activate(MAIN, new UserId(side + i), 1));
            registered(store, draft("c" + side + i, EmailAddress.of("both" + i + "@example.org")));
        }
        return NOTHING;
    }

    private static void registered(AccountStore store, AccountStore.Draft draft) {
        try {
            store.register(draft);
        } catch (AuthUnavailableException deadlock) {
            store.register(draft);
        }
    }

    private Progress renewed(SealedAddresses sealing) {
        AddressRenewal renewal = fixture.renewal(sealing);
        int failed = 0;
        for (int i = 0; i < 40; i++) {
            failed += renewal.run(30).failed();
        }
        return new Progress(0, 0, failed, 0, true);
    }

    private static String found(AccountStore store, EmailAddress email) {
        return store.findForLogin(MAIN, email).orElseThrow().account().id().value();
    }
}
