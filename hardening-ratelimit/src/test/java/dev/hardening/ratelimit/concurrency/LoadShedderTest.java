package dev.hardening.ratelimit.concurrency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.RateLimitConfigurationException;
import dev.hardening.ratelimit.concurrency.LoadShedder.Admission;
import dev.hardening.testing.FakeTicker;
import dev.hardening.testing.SeededRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LoadShedderTest {
    private static final Duration HOLD = Duration.ofMinutes(2);

    private final FakeTicker ticker = FakeTicker.create();
    private final RecordingConcurrencyListener heard = new RecordingConcurrencyListener();
    private final LoadShedder shedder = builder(10).build();

    private LoadShedder.Builder builder(int capacity) {
        return LoadShedder.builder(capacity).ticker(ticker).listener(heard).random(SeededRandom.of("LoadShedderTest"));
    }

    private static int fill(LoadShedder shedder, Priority priority) {
        int admitted = 0;
        while (shedder.admit(priority).admitted()) {
            admitted++;
        }
        return admitted;
    }

    private static Permit permit(Admission admission) {
        return ((Admission.Admitted) admission).permit();
    }

    @Test
    void admit_lessImportantFirst_leavesWhatIsReserved() {
        assertEquals(6, fill(shedder, Priority.LOW));
        assertEquals(2, fill(shedder, Priority.NORMAL));
        assertEquals(2, fill(shedder, Priority.CRITICAL));
        assertEquals(6, shedder.inFlight(Priority.LOW));
        assertEquals(2, shedder.inFlight(Priority.NORMAL));
        assertEquals(2, shedder.inFlight(Priority.CRITICAL));
    }

    @Test
    void admit_criticalAlone_mayUseEverything() {
        assertEquals(10, fill(shedder, Priority.CRITICAL));
        assertEquals(0, fill(shedder, Priority.NORMAL));
    }

    @Test
    void admit_criticalInItsReserve_takesNothingFromTheRest() {
        permit(shedder.admit(Priority.CRITICAL));
        permit(shedder.admit(Priority.CRITICAL));

        assertEquals(8, fill(shedder, Priority.NORMAL), "the reserve is used first by those it is for");
    }

    @Test
    void ceiling_byPriority_isTheCapacityLessWhatIsKeptAbove() {
        LoadShedder odd = builder(7)
                .reserve(Priority.CRITICAL, 15)
                .reserve(Priority.NORMAL, 50)
                .build();

        assertEquals(7, odd.ceiling(Priority.CRITICAL));
        assertEquals(5, odd.ceiling(Priority.NORMAL), "15 % of 7, rounded up, is 2");
        assertEquals(1, odd.ceiling(Priority.LOW), "50 % of 7, rounded up, is 4");
        assertEquals(7, odd.capacity());
        assertEquals("service", odd.name());
    }

    /** Any schedule: what the nested ceilings say holds after each step, and a refusal has a reason. */
    @Test
    void admit_anySchedule_keepsTheCeilings() {
        Random random = SeededRandom.of("LoadShedderTest.schedule");
        List<Priority> priorities = List.of(Priority.values());
        Map<Priority, List<Permit>> held = new EnumMap<>(Priority.class);
        for (Priority priority : Priority.values()) {
            held.put(priority, new ArrayList<>());
        }
        for (int step = 0; step < 20_000; step++) {
            Priority priority = priorities.get(random.nextInt(3));
            List<Permit> permits = held.get(priority);
            if (random.nextInt(5) < 2 && !permits.isEmpty()) {
                permits.remove(random.nextInt(permits.size())).close();
            } else {
                int lows = held.get(Priority.LOW).size();
                int normals = held.get(Priority.NORMAL).size();
                int all = lows + normals + held.get(Priority.CRITICAL).size();
                boolean fits = all < 10
                        && (priority == Priority.CRITICAL || lows + normals < 8)
                        && (priority != Priority.LOW || lows < 6);
                Admission admission = shedder.admit(priority);
                assertEquals(fits, admission.admitted());
                admission.fold(admitted -> permits.add(admitted.permit()), shed -> false);
            }
        }
    }

    @Test
    @Tag("ratelimit:A19")
    void admit_shed_isToldToComeBackAtDifferentTimes() {
        fill(shedder, Priority.LOW);

        List<Duration> waits = new ArrayList<>();
        for (int request = 0; request < 200; request++) {
            waits.add(((Admission.Shed) shedder.admit(Priority.LOW)).retryAfter());
        }

        assertTrue(waits.stream().allMatch(wait -> wait.toMillis() >= 2_000 && wait.toMillis() <= 4_000));
        assertTrue(waits.stream().distinct().count() > 100);
        assertEquals(201, shedder.shed(Priority.LOW));
        assertEquals(0, shedder.shed(Priority.NORMAL));
        assertEquals(new ConcurrencyListener.Shed("service", Priority.LOW), heard.shed.get(0));
    }

    @Test
    @Tag("ratelimit:A13")
    void admit_aroundTheLongestHold_takesBackAtItAndNotBefore() {
        fill(shedder, Priority.CRITICAL);

        ticker.advance(HOLD.minusNanos(1));
        assertFalse(shedder.admit(Priority.CRITICAL).admitted());
        ticker.advance(Duration.ofNanos(1));
        assertTrue(shedder.admit(Priority.CRITICAL).admitted());

        assertEquals(10, shedder.expired());
        assertEquals(1, shedder.inFlight(Priority.CRITICAL));
        assertEquals(new ConcurrencyListener.Expired("service", HOLD), heard.expired.get(0));
    }

    @Test
    @Tag("ratelimit:A13")
    void admit_someOverdueAndSomeNot_takesBackEachAtItsTime() {
        List<Permit> permits = new ArrayList<>();
        for (int request = 0; request < 10; request++) {
            permits.add(permit(shedder.admit(Priority.CRITICAL)));
            ticker.advance(Duration.ofSeconds(1));
        }
        ticker.advance(HOLD.minusSeconds(10));

        for (int request = 0; request < 10; request++) {
            assertTrue(shedder.admit(Priority.CRITICAL).admitted(), "seat " + request + " is overdue");
            assertFalse(shedder.admit(Priority.CRITICAL).admitted(), "the next one is not");
            ticker.advance(Duration.ofSeconds(1));
        }

        permits.forEach(Permit::close);
        assertEquals(10, shedder.inFlight(Priority.CRITICAL));
    }

    @Test
    @Tag("ratelimit:A13")
    @Tag("ratelimit:A14")
    void close_afterExpiryAndAgain_givesNothingBack() {
        Permit slow = permit(shedder.admit(Priority.NORMAL));
        fill(shedder, Priority.NORMAL);
        ticker.advance(HOLD);
        assertEquals(8, fill(shedder, Priority.NORMAL));

        slow.close();
        slow.close();

        assertEquals(8, shedder.inFlight(Priority.NORMAL));
    }

    @Test
    void purgeExpired_batches_leaveTheRest() {
        fill(shedder, Priority.CRITICAL);
        ticker.advance(HOLD);

        assertEquals(3, shedder.purgeExpired(3));
        assertEquals(7, shedder.purgeExpired(100));
        assertEquals(0, shedder.purgeExpired(100));
        assertEquals(0, shedder.inFlight(Priority.CRITICAL));
        assertThrows(IllegalArgumentException.class, () -> shedder.purgeExpired(0));
    }

    @Test
    @Tag("ratelimit:C3")
    void admit_tickerOverflows_stillKnowsWhatIsOld() {
        FakeTicker late = FakeTicker.startingAt(Long.MAX_VALUE - HOLD.toNanos() / 2);
        LoadShedder wrapping = builder(5).ticker(late).build();
        fill(wrapping, Priority.CRITICAL);

        late.advance(HOLD.minusNanos(1));
        assertFalse(wrapping.admit(Priority.CRITICAL).admitted());
        late.advance(Duration.ofNanos(1));
        assertTrue(wrapping.admit(Priority.CRITICAL).admitted());
    }

    @Test
    void admit_largestCapacity_countsAllThree() {
        LoadShedder large = builder(Seats.MOST).build();
        for (int request = 0; request < 100; request++) {
            for (Priority priority : Priority.values()) {
                assertTrue(large.admit(priority).admitted());
            }
        }
        for (Priority priority : Priority.values()) {
            assertEquals(100, large.inFlight(priority));
        }
    }

    @Test
    void build_faults_areAllTold() {
        RateLimitConfigurationException thrown = assertThrows(
                RateLimitConfigurationException.class,
                () -> builder(0)
                        .name("No")
                        .reserve(Priority.LOW, 1)
                        .reserve(Priority.NORMAL, 100)
                        .maxHold(Duration.ZERO)
                        .retryAfter(Duration.ofMillis(999))
                        .build());

        assertEquals(7, thrown.faults().size(), thrown.getMessage());
        assertTrue(assertThrows(
                        RateLimitConfigurationException.class,
                        () -> builder(2)
                                .reserve(Priority.CRITICAL, 50)
                                .reserve(Priority.NORMAL, 50)
                                .build())
                .getMessage()
                .contains("leaves no room for LOW"));
    }
}
