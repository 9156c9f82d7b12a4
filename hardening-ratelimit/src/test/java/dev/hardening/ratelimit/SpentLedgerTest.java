package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.SpentLedger.Terms;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SpentLedgerTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Terms TERMS = Terms.of(List.of(Limit.of("a", 40, MINUTE)));
    private static final int ROOM = 20;

    private final FakeTicker ticker = FakeTicker.create();
    private final SpentLedger ledger = new SpentLedger(ROOM, ticker);

    private void fill() {
        for (int key = 0; key < ROOM; key++) {
            assertTrue(ledger.spend("held-" + key, 1, TERMS));
        }
    }

    @Test
    @Tag("ratelimit:O3")
    void claim_whatWasSpent_isHandedOutOnce() {
        ledger.spend("k", 3, TERMS);
        ledger.spend("k", 4, TERMS);
        ledger.forgive("k", 2);

        assertEquals(5, ledger.claim("k", TERMS));
        assertEquals(0, ledger.claim("k", TERMS));
        assertEquals(0, ledger.size());
        ledger.keep("k", 5, TERMS);
        assertEquals(5, ledger.claim("k", TERMS));
    }

    @Test
    @Tag("ratelimit:O3")
    void claim_moreThanOneCapacity_isOneCapacity() {
        ledger.spend("k", 100, TERMS);

        assertEquals(40, ledger.claim("k", TERMS));
        assertEquals(0, ledger.claim("k", TERMS));
    }

    @Test
    void forgive_moreThanWasSpent_leavesNothing() {
        ledger.spend("k", 3, TERMS);
        ledger.forgive("k", 9);
        ledger.forgive("unknown", 9);

        assertEquals(0, ledger.claim("k", TERMS));
        assertEquals(0, ledger.claim("unknown", TERMS));
    }

    @Test
    void claim_whenTheBucketIsFullAgain_isNothing() {
        ledger.spend("early", 3, TERMS);
        ticker.advance(MINUTE.minusNanos(1));
        ledger.spend("late", 3, TERMS);
        assertEquals(3, ledger.claim("early", TERMS));
        ledger.keep("early", 3, TERMS);

        ticker.advance(MINUTE);

        assertEquals(0, ledger.claim("early", TERMS));
        assertEquals(0, ledger.claim("late", TERMS));
    }

    @Test
    void claim_severalLimits_isPaidInPortionsThatOutliveTheirPauses() {
        Terms terms = Terms.of(List.of(Limit.of("slow", 100, Duration.ofSeconds(70)), Limit.of("fast", 60, MINUTE)));
        ledger.spend("k", 250, terms);

        assertEquals(60, ledger.claim("k", terms));
        ticker.advance(MINUTE.multipliedBy(2).minusNanos(1));
        assertEquals(0, ledger.claim("k", terms));
        ticker.advance(Duration.ofNanos(1));
        assertEquals(40, ledger.claim("k", terms));
        assertEquals(0, ledger.size());
    }

    @Test
    @Tag("ratelimit:O3")
    void spend_withoutRoom_isPaidByEachKeyOfTheStripeOnce() {
        fill();
        assertFalse(ledger.spend("extra", 7, TERMS));
        assertTrue(ledger.strands("extra"), "no room to note that it has paid");
        for (int key = 0; key < ROOM; key++) {
            assertEquals(1, ledger.claim("held-" + key, TERMS));
        }
        assertEquals(ROOM, ledger.size(), "that they have paid is noted");
        assertEquals(0, ledger.claim("held-0", TERMS));
        assertEquals(0, ledger.claim("extra", TERMS));
        assertFalse(ledger.strands("held-0"));
        assertTrue(ledger.strands("extra"));
    }

    @Test
    @Tag("ratelimit:O3")
    void claim_ofAStripe_waitsForRoomAndIsMadeOnce() {
        Duration hour = Duration.ofHours(1);
        Terms longer = Terms.of(List.of(Limit.of("a", 40, hour)));
        fill();
        ledger.spend("extra", 7, longer);
        assertEquals(0, ledger.claim("extra", longer));
        assertTrue(ledger.strands("extra"));

        ticker.advance(MINUTE.plusSeconds(1));

        assertFalse(ledger.strands("extra"));
        assertEquals(7, ledger.claim("extra", longer));
        assertEquals(0, ledger.claim("extra", longer));
        ticker.advance(hour);
        assertEquals(0, ledger.claim("extra", longer));
    }

    @Test
    void clear_anyKey_owesNothing() {
        ledger.spend("k", 3, TERMS);
        ledger.clear("k", TERMS);
        assertEquals(0, ledger.claim("k", TERMS));
        assertEquals(0, ledger.size());

        fill();
        Terms longer = Terms.of(List.of(Limit.of("a", 40, Duration.ofHours(1))));
        ledger.spend("extra", 7, longer);
        ticker.advance(MINUTE.plusSeconds(1));
        ledger.clear("extra", longer);
        assertEquals(0, ledger.claim("extra", longer), "its share in the stripe included");
    }

    @Test
    void debtor_overTime_namesEverybodyWhoOwes() {
        fill();

        for (int turn = 0; turn < ROOM; turn++) {
            String key = ledger.debtor();
            assertEquals(1, ledger.claim(key, TERMS));
        }

        assertNull(ledger.debtor());
    }

    @Test
    @Tag("ratelimit:O3")
    void claim_eightThreads_loseAndDoubleNothing() {
        AtomicInteger turn = new AtomicInteger();
        AtomicLong spent = new AtomicLong();
        AtomicLong claimed = new AtomicLong();
        Terms wide = Terms.of(List.of(Limit.of("a", 1_000_000, MINUTE)));

        Parallel.count(8, 20_000, () -> {
            int now = turn.getAndIncrement();
            String key = "k" + now % 5;
            if (now % 3 == 0) {
                long sum = ledger.claim(key, wide);
                if (now % 2 == 0 && sum > 0) {
                    ledger.keep(key, sum, wide);
                } else {
                    claimed.addAndGet(sum);
                }
            } else if (now % 3 == 1 && now % 7 == 0) {
                String debtor = ledger.debtor();
                claimed.addAndGet(debtor == null ? 0 : ledger.claim(debtor, wide));
            } else {
                ledger.spend(key, 2, wide);
                spent.addAndGet(2);
            }
            return true;
        });
        for (int key = 0; key < 5; key++) {
            claimed.addAndGet(ledger.claim("k" + key, wide));
        }

        assertEquals(spent.get(), claimed.get());
    }

    @Test
    @Tag("ratelimit:O5")
    void spend_floodOfKeys_staysBounded() {
        for (int key = 0; key < 200_000; key++) {
            ledger.spend("flood-" + key, 1, TERMS);
        }

        assertTrue(ledger.size() <= ROOM, "size " + ledger.size());
    }
}
