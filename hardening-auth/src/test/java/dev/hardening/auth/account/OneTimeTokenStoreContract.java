package dev.hardening.auth.account;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.OneTimeTokenStore.Entry;
import dev.hardening.auth.account.OneTimeTokenStore.Purpose;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What every store of one-time tokens must do; each implementation runs it. */
public abstract class OneTimeTokenStoreContract {
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final Instant END = NOW.plus(Duration.ofHours(1));
    private static final UserId ALICE = new UserId("alice");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final TenantId tenant = new TenantId(Parallel.freshName());

    protected OneTimeTokenStoreContract() {}

    protected abstract OneTimeTokenStore store();

    @Test
    void consume_liveToken_givesItOnce() {
        Entry entry = issued(Purpose.VERIFY_EMAIL);

        assertEquals(Optional.of(entry), store().consume(entry.hash(), Purpose.VERIFY_EMAIL, NOW));
        assertEquals(Optional.empty(), store().consume(entry.hash(), Purpose.VERIFY_EMAIL, NOW));
    }

    @Test
    @Tag("auth:V3")
    @Tag("ASVS-6.5.1")
    void consume_twentyThreads_oneWins() {
        Entry entry = issued(Purpose.VERIFY_EMAIL);

        List<Optional<Entry>> results = Parallel.run(IntStream.range(0, 20)
                .<Parallel.Task<Optional<Entry>>>mapToObj(
                        i -> () -> store().consume(entry.hash(), Purpose.VERIFY_EMAIL, NOW))
                .toList());

        assertEquals(1, results.stream().filter(Optional::isPresent).count());
    }

    @Test
    @Tag("auth:V3")
    void consume_otherPurpose_leavesItAlone() {
        Entry entry = issued(Purpose.VERIFY_EMAIL);

        assertEquals(Optional.empty(), store().consume(entry.hash(), Purpose.SETUP, NOW));
        assertEquals(Optional.empty(), store().attempt(entry.hash(), Purpose.SETUP, NOW));
        assertTrue(store().consume(entry.hash(), Purpose.VERIFY_EMAIL, NOW).isPresent());
    }

    @Test
    @Tag("auth:V4")
    void consume_atTheEnd_isTooLate() {
        Entry early = issued(Purpose.VERIFY_EMAIL);
        assertTrue(store().consume(early.hash(), Purpose.VERIFY_EMAIL, END.minusMillis(1))
                .isPresent());

        Entry late = issued(Purpose.VERIFY_EMAIL);
        assertEquals(Optional.empty(), store().consume(late.hash(), Purpose.VERIFY_EMAIL, END));
        assertEquals(Optional.empty(), store().attempt(late.hash(), Purpose.VERIFY_EMAIL, END));
    }

    @Test
    @Tag("auth:V3")
    void issueReplacingSiblings_sameSubject_killsTheOlderOneAlone() {
        Entry older = issued(Purpose.VERIFY_EMAIL);
        Entry setup = issued(Purpose.SETUP);
        Entry newer = issued(Purpose.VERIFY_EMAIL);

        assertEquals(Optional.empty(), store().consume(older.hash(), Purpose.VERIFY_EMAIL, NOW));
        assertTrue(store().consume(setup.hash(), Purpose.SETUP, NOW).isPresent());
        assertTrue(store().consume(newer.hash(), Purpose.VERIFY_EMAIL, NOW).isPresent());
    }

    @Test
    void attempt_moreThanTheMost_isDead() {
        Entry entry = issued(Purpose.VERIFY_EMAIL);

        for (int i = 0; i < OneTimeTokenStore.MAX_TRIES; i++) {
            assertEquals(Optional.of(entry), store().attempt(entry.hash(), Purpose.VERIFY_EMAIL, NOW));
        }

        assertEquals(Optional.empty(), store().attempt(entry.hash(), Purpose.VERIFY_EMAIL, NOW));
    }

    @Test
    void find_anyNumberOfTimes_countsNothingAndSeesWhatAttemptWouldSee() {
        Entry entry = issued(Purpose.VERIFY_EMAIL);

        for (int i = 0; i <= OneTimeTokenStore.MAX_TRIES; i++) {
            assertEquals(Optional.of(entry), store().find(entry.hash(), Purpose.VERIFY_EMAIL, NOW));
        }
        assertEquals(Optional.empty(), store().find(entry.hash(), Purpose.SETUP, NOW));
        assertEquals(Optional.empty(), store().find(entry.hash(), Purpose.VERIFY_EMAIL, END));
        assertEquals(Optional.empty(), store().find("00".repeat(32), Purpose.VERIFY_EMAIL, NOW));
        for (int i = 0; i < OneTimeTokenStore.MAX_TRIES; i++) {
            assertTrue(store().attempt(entry.hash(), Purpose.VERIFY_EMAIL, NOW).isPresent());
        }
        assertEquals(Optional.empty(), store().find(entry.hash(), Purpose.VERIFY_EMAIL, NOW));
    }

    @Test
    void countMiss_asOftenAsTheMost_killsTheToken() {
        Entry entry = issued(Purpose.SETUP);

        for (int i = 0; i < OneTimeTokenStore.MAX_TRIES; i++) {
            store().countMiss(tenant, ALICE, Purpose.SETUP);
        }
        store().countMiss(tenant, new UserId("nobody"), Purpose.SETUP);

        assertEquals(Optional.empty(), store().attempt(entry.hash(), Purpose.SETUP, NOW));
    }

    @Test
    void issueUnlessHeld_liveTokenOfAnother_isLeftAloneUntilItIsDead() {
        Entry first = entry(Purpose.SETUP, "a");
        Entry second = entry(Purpose.SETUP, "b");

        assertTrue(store().issueUnlessHeld(first, NOW));
        assertFalse(store().issueUnlessHeld(second, END.minusMillis(1)));
        assertTrue(store().attempt(first.hash(), Purpose.SETUP, NOW).isPresent());
        assertTrue(store().issueUnlessHeld(second, END));
    }

    @Test
    void issueUnlessHeld_ownOrWornOutToken_isReplaced() {
        Entry first = entry(Purpose.SETUP, "a");
        Entry second = entry(Purpose.SETUP, "a");
        Entry third = entry(Purpose.SETUP, "b");

        store().issueUnlessHeld(first, NOW);
        assertTrue(store().issueUnlessHeld(second, NOW));
        assertEquals(Optional.empty(), store().attempt(first.hash(), Purpose.SETUP, NOW));
        for (int i = 0; i < OneTimeTokenStore.MAX_TRIES; i++) {
            store().countMiss(tenant, ALICE, Purpose.SETUP);
        }

        assertTrue(store().issueUnlessHeld(third, NOW));
        assertTrue(store().attempt(third.hash(), Purpose.SETUP, NOW).isPresent());
    }

    @Test
    void issueUnlessHeld_twentyHoldersAtOnce_oneWins() {
        List<Boolean> results = Parallel.run(IntStream.range(0, 20)
                .<Parallel.Task<Boolean>>mapToObj(
                        i -> () -> store().issueUnlessHeld(entry(Purpose.SETUP, "holder" + i), NOW))
                .toList());

        assertEquals(1, results.stream().filter(won -> won).count());
    }

    @Test
    void purgeExpired_atTheEnd_removesNoMoreThanTheBatch() {
        store().purgeExpired(END, 1000);
        for (int i = 0; i < 3; i++) {
            store().issueReplacingSiblings(new Entry(
                    OneTimeToken.generate(RANDOM).hash(),
                    Purpose.VERIFY_EMAIL,
                    tenant,
                    new UserId("u" + i),
                    1,
                    "",
                    END));
        }

        assertEquals(0, store().purgeExpired(END.minusMillis(1), 10));
        assertEquals(2, store().purgeExpired(END, 2));
        assertEquals(1, store().purgeExpired(END, 2));
        assertThrows(IllegalArgumentException.class, () -> store().purgeExpired(END, 0));
        assertThrows(IllegalArgumentException.class, () -> store().purgeExpired(END, -1));
    }

    private Entry issued(Purpose purpose) {
        Entry entry = entry(purpose, "");
        store().issueReplacingSiblings(entry);
        return entry;
    }

    private Entry entry(Purpose purpose, String holder) {
        return new Entry(OneTimeToken.generate(RANDOM).hash(), purpose, tenant, ALICE, 7, holder, END);
    }
}
