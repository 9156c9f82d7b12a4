package dev.hardening.auth.jdbc;

import static dev.hardening.auth.jdbc.AddressFixture.ALICE;
import static dev.hardening.auth.jdbc.AddressFixture.FIRST;
import static dev.hardening.auth.jdbc.AddressFixture.MAIN;
import static dev.hardening.auth.jdbc.AddressFixture.MALLORY;
import static dev.hardening.auth.jdbc.AddressFixture.SECOND;
import static dev.hardening.auth.jdbc.AddressFixture.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.Parallel;
import dev.hardening.auth.jdbc.AddressRenewal.Progress;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingStore;
import dev.hardening.secrets.seal.Sealer;
import dev.hardening.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@Tag("database")
class AddressRenewalTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated(
            "dev/hardening/auth/db/V1__accounts.sql",
            "dev/hardening/auth/db/V2__sessions.sql",
            "dev/hardening/auth/db/V3__sealed_addresses.sql");

    private static final int MANY = 1000;
    private static final Progress NOTHING = whole(0, 0, 0);

    private final AddressFixture fixture = new AddressFixture(POSTGRES);

    @AfterEach
    void empty() {
        POSTGRES.execute("DELETE FROM hardening_auth.accounts");
    }

    @Test
    @Tag("secrets:E2")
    void run_rowsInTheClear_areSealedAndFound() {
        fixture.plain().create(draft("u1", ALICE));
        fixture.plain().register(draft("u2", MALLORY));
        SealedAddresses sealing = fixture.sealing(FIRST).allowPlain();

        assertEquals(whole(2, 0, 0), fixture.renewal(sealing).run(10));
        assertEquals(NOTHING, fixture.renewal(sealing).run(10));

        assertFalse(fixture.dump().contains("@"), fixture.dump());
        AccountStore strict = fixture.store();
        assertEquals("Alice.Canary@Example.org", login(strict, ALICE).email().asTyped());
        assertEquals(1, login(strict, ALICE).credentialVersion());
        assertTrue(strict.activate(MAIN, new UserId("u2"), 1), "a link of before goes on working");
    }

    @Test
    @Tag("secrets:A4")
    void run_rowInTheClearThatIsNotAllowed_isNotLaundered() {
        fixture.store().create(draft("u1", ALICE));
        POSTGRES.execute("UPDATE hardening_auth.accounts SET email = 'mallory@example.net',"
                + " email_typed = 'mallory@example.net', email_keys = ''");

        assertEquals(whole(0, 0, 1), fixture.renewal(fixture.sealing(FIRST)).run(10));

        assertEquals(List.of("mallory@example.net"), fixture.column("email"));
    }

    @Test
    @Tag("secrets:E5")
    void run_ringRotated_letsTheOldKeyBeDestroyed() {
        fixture.store().create(draft("u1", ALICE));
        String index = fixture.column("email").get(0);
        String before = fixture.rotate();

        assertEquals(whole(1, 0, 0), fixture.renewal(fixture.sealing(FIRST)).run(10));

        fixture.ring.unsafeDisableNow(before);
        fixture.ring.destroy(before);
        assertEquals(ALICE, login(fixture.store(), ALICE).email());
        assertEquals(List.of(index), fixture.column("email"), "the same secret gives the same index");
    }

    @Test
    void run_secretExchanged_letsTheOldOneBeForgotten() {
        fixture.store().create(draft("u1", ALICE));

        assertEquals(
                whole(1, 0, 0),
                fixture.renewal(fixture.sealing(SECOND).orPrevious(FIRST)).run(10));

        assertEquals(ALICE, login(fixture.store(fixture.sealing(SECOND)), ALICE).email());
    }

    @Test
    void run_oldSecretLost_findsEverybodyAgain() {
        fixture.store().create(draft("u1", ALICE));
        AccountStore store = fixture.store(fixture.sealing(SECOND));
        assertEquals(Optional.empty(), store.findForLogin(MAIN, ALICE));

        fixture.renewal(fixture.sealing(SECOND)).run(10);

        assertEquals(ALICE, login(store, ALICE).email());
    }

    @Test
    @Tag("secrets:E5")
    void run_keyDisabledTooEarly_reportsTheRowAndKeepsIt() {
        fixture.store().create(draft("u1", ALICE));
        String row = fixture.dump();
        fixture.ring.unsafeDisableNow(fixture.rotate());
        fixture.store().create(draft("u2", MALLORY));
        fixture.rotate();

        assertEquals(whole(1, 0, 1), fixture.renewal(fixture.sealing(FIRST)).run(10));

        assertTrue(fixture.dump().startsWith(row), "not lost");
        assertEquals(MALLORY, login(fixture.store(), MALLORY).email());
    }

    @Test
    void run_damagedRowsInFront_doNotStopTheOthersNorSpin() {
        for (int i = 0; i < 5; i++) {
            fixture.store().create(draft("a" + i, EmailAddress.of("damaged" + i + "@example.org")));
        }
        POSTGRES.execute("UPDATE hardening_auth.accounts SET email_typed = 'A' || email_typed");
        fixture.store().create(draft("b", ALICE));
        fixture.rotate();
        AddressRenewal renewal = fixture.renewal(fixture.sealing(FIRST));

        assertEquals(part(0, 0, 2), renewal.run(2));
        assertEquals(part(0, 0, 2), renewal.run(2));
        assertEquals(part(1, 0, 1), renewal.run(2));
        assertEquals(part(0, 0, 2), renewal.run(2), "from the start");
        assertEquals(part(0, 0, 2), renewal.run(2));
        assertEquals(part(0, 0, 1), renewal.run(2), "the end");
        assertEquals(part(0, 0, 2), renewal.run(2), "from the start");
    }

    @Test
    @Tag("secrets:E5")
    void run_fullBatchesOfWhichOneRowFails_endsWithNoAllClear() {
        for (int i = 0; i < 4; i++) {
            fixture.store().create(draft("u" + i, EmailAddress.of("user" + i + "@example.org")));
        }
        POSTGRES.execute("UPDATE hardening_auth.accounts SET email_typed = 'A' || email_typed WHERE user_id = 'u0'");
        fixture.rotate();
        AddressRenewal renewal = fixture.renewal(fixture.sealing(FIRST));

        assertEquals(part(1, 0, 1), renewal.run(2));
        assertEquals(part(2, 0, 0), renewal.run(2));
        Progress last = renewal.run(2);

        assertEquals(whole(0, 0, 1), last, "where the loop ends");
        assertFalse(last.complete());
    }

    @Test
    void run_moreRowsThanTheBatch_isCompleteOnceOneRunSawThemAll() {
        for (int i = 0; i < 4; i++) {
            fixture.plain().create(draft("u" + i, EmailAddress.of("user" + i + "@example.org")));
        }
        AddressRenewal renewal = fixture.renewal(fixture.sealing(FIRST).allowPlain());

        List<Boolean> complete =
                IntStream.range(0, 3).mapToObj(i -> renewal.run(2).complete()).toList();

        assertEquals(List.of(false, false, true), complete);
        assertTrue(fixture.renewal(fixture.sealing(FIRST)).run(1).complete(), "of an idle one the first");
    }

    @Test
    void run_endReachedFromTheMiddle_isNotComplete() {
        for (int i = 0; i < 3; i++) {
            fixture.plain().create(draft("u" + i, EmailAddress.of("user" + i + "@example.org")));
        }
        AddressRenewal renewal = fixture.renewal(fixture.sealing(FIRST).allowPlain());
        renewal.run(2);
        fixture.plain().create(draft("a0", EmailAddress.of("late@example.org")));

        assertEquals(part(1, 0, 0), renewal.run(2));
        assertEquals(whole(1, 0, 0), renewal.run(2));
    }

    @Test
    @Tag("auth:V1")
    void run_unprovedTwinUnderTheNewSecret_isRemoved() {
        fixture.store().create(draft("u1", ALICE));
        fixture.store(fixture.sealing(SECOND)).register(draft("u2", ALICE));

        assertEquals(
                whole(1, 1, 0),
                fixture.renewal(fixture.sealing(SECOND).orPrevious(FIRST)).run(10));

        assertEquals(List.of("u1"), fixture.column("user_id"));
        assertEquals(ALICE, login(fixture.store(fixture.sealing(SECOND)), ALICE).email());
    }

    @Test
    @Tag("auth:V1")
    void run_unprovedTwinUnderTheOldSecret_isRemoved() {
        fixture.store().register(draft("u1", ALICE));
        fixture.store(fixture.sealing(SECOND)).create(draft("u2", ALICE));

        assertEquals(whole(0, 1, 0), fixture.renewal(fixture.sealing(SECOND)).run(10));

        assertEquals(List.of("u2"), fixture.column("user_id"));
    }

    @Test
    void run_twoProvedTwins_bothStayAndAreReported() {
        fixture.store().create(draft("u1", ALICE));
        fixture.store(fixture.sealing(SECOND)).create(draft("u2", ALICE));

        assertEquals(whole(0, 0, 1), fixture.renewal(fixture.sealing(SECOND)).run(10));

        assertEquals(List.of("u1", "u2"), fixture.column("user_id"));
        assertEquals(
                "u2", login(fixture.store(fixture.sealing(SECOND)), ALICE).id().value());
    }

    @Test
    @ResourceLock(Resources.SYSTEM_ERR)
    void run_twoProvedTwins_areNamedAndResolvedAsTheGuideSays() throws IOException {
        fixture.store().create(draft("u1", ALICE));
        fixture.store(fixture.sealing(SECOND)).create(draft("u2", ALICE));
        AddressRenewal renewal = fixture.renewal(fixture.sealing(SECOND));

        String log = AddressFixture.logged(() -> renewal.run(10));
        assertTrue(log.contains("the address of user u1 of tenant main is that of proved user u2 too"), log);
        String guide = Files.readString(Path.of("..", "docs", "auth.md"));
        int begin = guide.indexOf("SELECT user_id, accounts.created_at");
        POSTGRES.execute(guide.substring(begin, guide.indexOf("```", begin))
                .replace("'T'", "'main'")
                .replace("'A'", "'u1'")
                .replace("'B'", "'u2'"));

        assertEquals(whole(1, 0, 0), renewal.run(10));
        assertEquals(
                "u1", login(fixture.store(fixture.sealing(SECOND)), ALICE).id().value());
    }

    @Test
    void run_twinsInOneBatch_oneIsRenewedAndTheUnprovedGone() {
        fixture.store().register(draft("u2", ALICE));
        fixture.plain().create(draft("u1", ALICE));

        AddressRenewal renewal =
                fixture.renewal(fixture.sealing(SECOND).orPrevious(FIRST).allowPlain());
        Progress first = renewal.run(10);

        assertEquals(whole(1, 1, 0), first);
        assertEquals(List.of("u1"), fixture.column("user_id"));
    }

    @Test
    void run_cutOffBeforeTheCommit_isRepeated() {
        for (int i = 0; i < 20; i++) {
            fixture.plain().create(draft("u" + i, EmailAddress.of("user" + i + "@example.org")));
        }
        String before = fixture.dump();
        SealedAddresses sealing = fixture.sealing(FIRST).allowPlain();
        AddressRenewal dying = AddressRenewal.of(CountingSource.dyingAtTheSecond(POSTGRES.dataSource()), sealing);

        assertThrows(AuthUnavailableException.class, () -> dying.run(10));
        assertEquals(before, fixture.dump(), "all of the batch or nothing");

        AddressRenewal renewal = fixture.renewal(sealing);
        assertEquals(
                List.of(10, 10, 0),
                List.of(
                        renewal.run(10).renewed(),
                        renewal.run(10).renewed(),
                        renewal.run(10).renewed()));
        assertFalse(fixture.dump().contains("@"));
    }

    @Test
    void run_rowHeldByAnother_isLeftForLater() throws SQLException {
        fixture.plain().create(draft("u1", ALICE));
        fixture.plain().create(draft("u2", MALLORY));
        AddressRenewal renewal = fixture.renewal(fixture.sealing(FIRST).allowPlain());
        try (Connection other = POSTGRES.dataSource().getConnection()) {
            other.setAutoCommit(false);
            other.createStatement()
                    .executeQuery("SELECT 1 FROM hardening_auth.accounts WHERE user_id = 'u1' FOR UPDATE");

            Progress beside = renewal.run(10);

            assertEquals(new Progress(1, 0, 0, 1, true), beside);
            assertFalse(beside.complete());
            other.rollback();
        }
        Progress alone = renewal.run(10);
        assertEquals(whole(1, 0, 0), alone);
        assertTrue(alone.complete());
    }

    @Test
    @Tag("secrets:E5")
    void run_whileAnotherProcessRenewsTheSameRows_givesNoAllClear() throws SQLException {
        fixture.store().create(draft("u1", ALICE));
        fixture.store().create(draft("u2", MALLORY));
        String before = fixture.rotate();
        AddressRenewal mine = fixture.renewal(fixture.sealing(FIRST));
        try (Connection other = POSTGRES.dataSource().getConnection()) {
            other.setAutoCommit(false);
            AddressRenewal.of(CountingSource.keeping(other), fixture.sealing(FIRST))
                    .run(10);

            assertEquals(new Progress(0, 0, 0, 2, true), mine.run(10));
            other.rollback();
        }
        assertTrue(fixture.column("email_keys").stream().allMatch(keys -> keys.startsWith(before)));
        assertEquals(whole(2, 0, 0), mine.run(10));
    }

    @Test
    @Tag("secrets:E5")
    void run_staleCopyOfTheRing_losesNothingAndIsRightOnceTheRingIsRead() {
        RingStore rings = new InMemoryRingStore();
        KeyRing promoting = AddressFixture.ring(rings);
        String next = promoting.add().id();
        KeyRing stale = AddressFixture.ring(rings);
        SealedAddresses there = SealedAddresses.of(Sealer.of(promoting), FIRST);
        SealedAddresses here = SealedAddresses.of(Sealer.of(stale), FIRST);
        String before = promoting.active().id();
        fixture.store(here).create(draft("u1", ALICE));
        promoting.unsafePromoteNow(next);
        fixture.store(there).create(draft("u2", MALLORY));
        AddressRenewal renewal = fixture.renewal(here);

        renewal.run(10);
        assertEquals(ALICE, login(fixture.store(there), ALICE).email());
        assertEquals(MALLORY, login(fixture.store(there), MALLORY).email());
        assertTrue(fixture.column("email_keys").get(0).startsWith(before), "too early, whatever it said");

        stale.refresh();
        renewal.run(10);
        assertTrue(renewal.run(10).complete());
        assertTrue(fixture.column("email_keys").stream().allMatch(keys -> keys.startsWith(next)));
        promoting.unsafeDisableNow(before);
        promoting.destroy(before);
        assertEquals(ALICE, login(fixture.store(there), ALICE).email());
        assertEquals(MALLORY, login(fixture.store(there), MALLORY).email());
    }

    @Test
    void run_statementThatRunsOutOfTime_isTriedInHalves() {
        clear(20);
        SealedAddresses sealing = fixture.sealing(FIRST).allowPlain();
        AddressRenewal renewal = fixture.renewal(sealing);
        outOfTimeOver(3);
        try {
            assertEquals(part(16, 0, 0), renewal.run(16));
            assertEquals(part(4, 0, 0), renewal.run(16));
        } finally {
            inTime();
        }
        assertTrue(renewal.run(16).complete());
        clear(10);
        assertEquals(whole(10, 0, 0), renewal.run(16));
    }

    @Test
    void run_rowThatAloneRunsOutOfTime_isLeftAndNotInTheWay() {
        clear(4);
        AddressRenewal renewal = fixture.renewal(fixture.sealing(FIRST).allowPlain());
        outOfTimeOver(0);
        try {
            assertEquals(new Progress(0, 0, 0, 4, false), renewal.run(10));
        } finally {
            inTime();
        }

        assertEquals(part(3, 0, 0), renewal.run(10));
        assertEquals(whole(1, 0, 0), renewal.run(10));
        assertEquals(NOTHING, renewal.run(10));
    }

    private static void clear(int rows) {
        POSTGRES.execute("INSERT INTO hardening_auth.accounts SELECT 'main', gen_random_uuid(), md5(random()::text)"
                + " || '@example.org', 'typed@example.org', 'N', 'ACTIVE', '{student}', 'hash', 1, now(), NULL"
                + " FROM generate_series(1, " + rows + "); UPDATE hardening_auth.accounts SET email_typed = email"
                + " WHERE email_keys = ''");
    }

    /** Lets the server end statements that change more rows than so many, as it does after 2 s. */
    private static void outOfTimeOver(int rows) {
        POSTGRES.execute("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                + " IF (SELECT count(*) FROM changed) > " + rows + " THEN"
                + " RAISE EXCEPTION 'too slow' USING ERRCODE = '57014'; END IF; RETURN NULL; END $$;"
                + " CREATE TRIGGER slow AFTER UPDATE ON hardening_auth.accounts REFERENCING NEW TABLE AS changed"
                + " FOR EACH STATEMENT EXECUTE FUNCTION slow()");
    }

    private static void inTime() {
        POSTGRES.execute("DROP TRIGGER slow ON hardening_auth.accounts; DROP FUNCTION slow");
    }

    @Test
    void run_monitorHeldByAnother_doesNotWaitForIt() throws Exception {
        AddressRenewal renewal = fixture.renewal(fixture.sealing(FIRST));
        FutureTask<Progress> run = new FutureTask<>(() -> renewal.run(1));
        synchronized (renewal) {
            new Thread(run).start();

            assertEquals(NOTHING, run.get(10, TimeUnit.SECONDS), "no monitor, which would pin a virtual thread");
        }
    }

    @Test
    void run_batchOfNothing_isRefused() {
        AddressRenewal renewal = fixture.renewal(fixture.sealing(FIRST));

        assertEquals(NOTHING, renewal.run(1));
        assertThrows(IllegalArgumentException.class, () -> renewal.run(0));
    }

    @Test
    @Tag("secrets:E5")
    @Tag("ASVS-13.3.4")
    void rotations_threeOfTheRingAndOneOfTheSecretWithAThousandRows_losesNobody() {
        POSTGRES.execute("INSERT INTO hardening_auth.accounts SELECT 'main', 'u' || i, 'user' || i || '@example.org',"
                + " 'User' || i || '@example.org', 'N', 'ACTIVE', '{student}', 'hash', 1, now(), NULL"
                + " FROM generate_series(1, " + MANY + ") AS i");
        SealedAddresses first = fixture.sealing(FIRST).orPrevious(SECOND).allowPlain();
        SealedAddresses second = fixture.sealing(SECOND).orPrevious(FIRST).allowPlain();

        for (SealedAddresses sealing : List.of(first, first, second)) {
            String before = fixture.rotate();
            List<Progress> progress = Parallel.run(List.of(
                    () -> renewAll(sealing), () -> renewAll(sealing), () -> live(fixture.store(sealing), before)));
            assertTrue(progress.stream().allMatch(done -> done.failed() == 0), progress::toString);
            renewAll(sealing);
            assertTrue(fixture.renewal(sealing).run(70).complete());
            fixture.ring.unsafeDisableNow(before);
            fixture.ring.destroy(before);
        }

        AccountStore strict = fixture.store(fixture.sealing(SECOND));
        IntStream.rangeClosed(1, MANY)
                .filter(i -> i % 50 == 0)
                .forEach(i -> assertEquals(
                        "User" + i + "@example.org",
                        login(strict, EmailAddress.of("user" + i + "@example.org"))
                                .email()
                                .asTyped()));
        assertEquals(1, Set.copyOf(fixture.column("email_keys")).size());
        assertEquals(MANY + 3 * 20, fixture.column("user_id").size());
        assertFalse(fixture.dump().contains("@"));
    }

    /** People who log in and register while all is renewed. */
    private static Progress live(AccountStore store, String round) {
        for (int i = 1; i <= 20; i++) {
            login(store, EmailAddress.of("user" + i * 37 + "@example.org"));
            EmailAddress known = EmailAddress.of("USER" + i * 41 + "@example.org");
            assertEquals(Optional.empty(), store.register(draft("x" + i, known)));
            EmailAddress fresh = EmailAddress.of("new" + i + "." + round + "@example.org");
            assertTrue(store.register(draft(round + i, fresh)).isPresent());
            assertTrue(store.activate(MAIN, new UserId(round + i), 1));
        }
        return NOTHING;
    }

    private Progress renewAll(SealedAddresses sealing) {
        AddressRenewal renewal = fixture.renewal(sealing);
        int failed = 0;
        for (int i = 0; i < 30; i++) {
            Progress progress = renewal.run(70);
            failed += progress.failed();
        }
        return whole(0, 0, failed);
    }

    private static Progress whole(int renewed, int removed, int failed) {
        return new Progress(renewed, removed, failed, 0, true);
    }

    private static Progress part(int renewed, int removed, int failed) {
        return new Progress(renewed, removed, failed, 0, false);
    }

    private static Account login(AccountStore store, EmailAddress email) {
        return store.findForLogin(MAIN, email).orElseThrow().account();
    }
}
