package dev.hardening.secrets.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretSource;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SeededSecureRandom;
import dev.hardening.secrets.source.SourceState.Freshness;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class WatchedSourceTest {
    private static final Duration TICK = Duration.ofNanos(1);
    private final FakeReader place = new FakeReader(Map.of("A", "first", "B", "other"));
    private final FakeTicker ticker = FakeTicker.create();
    private final FakeClock clock = FakeClock.create();
    private final ManualScheduler scheduler = new ManualScheduler();
    private final Recorder recorder = new Recorder();

    private WatchedSource.Builder watching(SecretReader reader) {
        return WatchedSource.builder()
                .name("lms")
                .reader(reader)
                .scheduler(scheduler)
                .ticker(ticker)
                .clock(clock)
                .random(new SeededSecureRandom("watched"))
                .listener(recorder);
    }

    @AfterEach
    void noThreadIsLeft() {
        assertTrue(threads("hardening-secrets-source-own").isEmpty());
    }

    private static Optional<String> text(SecretSource source, String name) {
        return source.find(name).map(Secret::reveal);
    }

    @Test
    void build_allWrong_listsEveryFault() {
        WatchedSource.Builder wrong = WatchedSource.builder()
                .name("Lms")
                .pollInterval(Duration.ofMillis(999))
                .maxBackOff(Duration.ofMillis(998))
                .maxStale(Duration.ofMillis(2996));

        var refused = assertThrows(SecretsConfigurationException.class, wrong::build);

        assertEquals(
                List.of(
                        "name must be lower-case letters, digits and dashes, a letter first, got \"Lms\"",
                        "reader is missing",
                        "pollInterval must be 1 s to 1 day, got PT0.999S",
                        "maxBackOff must be pollInterval to 1 day, got PT0.998S",
                        "maxStale must be at least three times pollInterval, got PT2.996S"),
                refused.faults());
    }

    @Test
    void build_firstReadingFails_throwsAndSchedulesNothing() {
        var down = new SecretsUnavailableException("the place is down");
        place.fail(() -> down);

        assertSame(down, assertThrows(SecretsUnavailableException.class, watching(place)::build));
        assertTrue(scheduler.idle());
    }

    @Test
    void find_values_givesCopiesToClose() {
        WatchedSource source = watching(place).build();

        source.find("A").orElseThrow().close();

        assertEquals(Optional.of("first"), text(source, "A"));
        assertEquals(Optional.empty(), text(source, "C"));
        assertEquals("WatchedSource[lms, generation 1]", source.toString());
    }

    @Test
    void poll_change_isOneGenerationAndTellsNamesOnly() {
        WatchedSource source = watching(place).build();
        clock.advance(Duration.ofSeconds(10));
        place.put(Map.of("A", "second", "C", "new"));

        scheduler.run();

        assertEquals(Optional.of("second"), text(source, "A"));
        assertEquals(Optional.empty(), text(source, "B"));
        assertEquals(
                List.of(new SourceEvent.Changed("lms", clock.instant(), 2, Set.of("C"), Set.of("A"), Set.of("B"))),
                recorder.events);
        assertEquals(2, source.state().generation());
    }

    @Test
    void poll_noChange_keepsGenerationAndWipesWhatItRead() {
        WatchedSource source = watching(place).build();

        scheduler.run();

        assertEquals(1, source.state().generation());
        assertThrows(IllegalStateException.class, () -> place.last.find("A"));
        assertEquals(Optional.of("first"), text(source, "A"));
        assertTrue(recorder.events.isEmpty());
    }

    @Test
    void poll_newRevisionOfSameValues_isTakenWithoutANewGeneration() {
        WatchedSource source = watching(place.revision("7")).build();
        place.revision("8");

        scheduler.run();

        assertEquals("8", source.state().revision());
        assertEquals(1, source.state().generation());
        assertEquals(Optional.of("first"), text(source, "A"));
    }

    @Test
    @Tag("secrets:R3")
    void poll_failure_keepsLastGoodAndSaysSinceWhenAndWhy() {
        WatchedSource source = watching(place).build();
        place.fail(() -> new SecretsUnavailableException("the place is down"));
        ticker.advance(Duration.ofSeconds(10));

        scheduler.run();

        assertEquals(Optional.of("first"), text(source, "A"));
        assertEquals(
                new SourceState(
                        "lms", Freshness.STALE, 1, "", Duration.ofSeconds(10), 1, "the place is down", List.of()),
                source.state());
        assertEquals(new SourceEvent.Failed("lms", clock.instant(), 1, "the place is down"), recorder.last());
    }

    @Test
    @Tag("secrets:R3")
    void poll_afterFailures_recoversAndTellsForHowLong() {
        WatchedSource source = watching(place).build();
        place.fail(() -> new SecretsConfigurationException(List.of("line 1", "line 2")));
        scheduler.run();
        scheduler.run();
        assertEquals("line 1; line 2", source.state().reason());
        ticker.advance(Duration.ofSeconds(30));
        place.heal().put(Map.of("A", "second"));

        scheduler.run();

        assertEquals(Freshness.FRESH, source.state().freshness());
        assertEquals("", source.state().reason());
        assertEquals(Duration.ZERO, source.state().age());
        assertEquals(Optional.of("second"), text(source, "A"));
        assertTrue(
                recorder.events.contains(new SourceEvent.Recovered("lms", clock.instant(), 2, Duration.ofSeconds(30))));
    }

    @Test
    @Tag("secrets:R3")
    void poll_readerThrowsAnything_goesOnAndShowsTheClassAlone() {
        WatchedSource source = watching(place).build();

        place.fail(() -> new StackOverflowError("canary"));
        scheduler.run();
        assertEquals("java.lang.StackOverflowError", source.state().reason());
        place.fail(() -> new IllegalStateException("canary"));
        scheduler.run();

        assertEquals("java.lang.IllegalStateException", source.state().reason());
        assertEquals(2, source.state().failures());
        assertFalse(scheduler.idle());
    }

    @Test
    @Tag("secrets:A10")
    void poll_valueEmptied_keepsAllLastGood() {
        WatchedSource source = watching(place).build();
        place.put(Map.of("B", "changed")).unusable("A");

        scheduler.run();

        assertEquals(Optional.of("first"), text(source, "A"));
        assertEquals(Optional.of("other"), text(source, "B"));
        assertEquals("A is there and cannot be used any more", source.state().reason());
        assertEquals(Freshness.STALE, source.state().freshness());
    }

    @Test
    @Tag("secrets:A10")
    void poll_allGone_keepsAllLastGood() {
        WatchedSource source = watching(place).build();
        place.put(Map.of());

        scheduler.run();

        assertEquals(Optional.of("first"), text(source, "A"));
        assertEquals("nothing is there any more", source.state().reason());
    }

    @Test
    void poll_nameThatNeverHadAValueIsUnusable_isNoFailure() {
        WatchedSource source = watching(place.unusable("C")).build();

        scheduler.run();

        assertEquals(Freshness.FRESH, source.state().freshness());
        assertEquals(
                List.of(new SecretReading.Finding("C", "empty", "has no value")),
                source.state().findings());
    }

    @Test
    @Tag("secrets:A10")
    void poll_firstOfTwoPlacesEmptied_neverServesTheSecond() {
        FakeReader weaker = new FakeReader(Map.of("A", "weaker", "D", "more"));
        WatchedSource source = watching(place.or(weaker)).build();
        assertEquals(Optional.of("first"), text(source, "A"));
        assertEquals(Optional.of("more"), text(source, "D"));

        place.put(Map.of("B", "other")).unusable("A");
        scheduler.run();
        assertEquals(Optional.of("first"), text(source, "A"));
        place.put(Map.of()).unusable();
        scheduler.run();
        assertEquals(Optional.of("first"), text(source, "A"));
        assertEquals(2, source.state().failures());

        place.put(Map.of("B", "other"));
        scheduler.run();
        assertEquals(Optional.of("weaker"), text(source, "A"));
    }

    @Test
    @Tag("secrets:A10")
    void poll_changeInPlace_countsOnceTwoReadingsAgree() {
        WatchedSource source = watching(place.inPlace()).build();

        place.put(Map.of("A", "sec", "B", "other"));
        scheduler.run();
        assertEquals(Duration.ofSeconds(1), scheduler.delay());
        place.put(Map.of("A", "second", "B", "other"));
        scheduler.run();
        assertEquals(Optional.of("first"), text(source, "A"));
        scheduler.run();

        assertEquals(Optional.of("second"), text(source, "A"));
        assertEquals(1, recorder.changes().size());
        assertEquals(Duration.ofSeconds(10), scheduler.delay());
    }

    @Test
    void poll_changeInPlaceTakenBack_countsAsNone() {
        WatchedSource source = watching(place.inPlace()).build();

        place.put(Map.of("A", "x", "B", "other"));
        scheduler.run();
        place.put(Map.of("A", "first", "B", "other"));
        scheduler.run();

        assertEquals(1, source.state().generation());
        assertEquals(Duration.ofSeconds(10), scheduler.delay());
    }

    @Test
    void refresh_changeInPlace_isTakenAtOnce() {
        WatchedSource source = watching(place.inPlace()).build();
        place.put(Map.of("A", "second"));

        SourceState state = source.refresh();

        assertEquals(2, state.generation());
        assertEquals(Optional.of("second"), text(source, "A"));
    }

    @Test
    @Tag("secrets:R3")
    void find_olderThanMaxStale_throwsOnlyBeyondIt() {
        Duration most = Duration.ofMinutes(5);
        WatchedSource source = watching(place).maxStale(most).build();
        SecretSource composed = source.or(SecretSource.of(Map.of("A", "weaker")));
        place.fail(() -> new SecretsUnavailableException("down"));
        scheduler.run();

        ticker.advance(most.minus(TICK));
        assertEquals(Optional.of("first"), text(source, "A"));
        ticker.advance(TICK);
        assertEquals(Optional.of("first"), text(source, "A"));
        assertEquals(Freshness.STALE, source.state().freshness());
        ticker.advance(TICK);

        assertEquals(Freshness.EXPIRED, source.state().freshness());
        var expired = assertThrows(SecretsUnavailableException.class, () -> source.find("A"));
        assertEquals("source lms has had no good reading for PT5M0.000000001S: down", expired.getMessage());
        assertThrows(SecretsUnavailableException.class, source::snapshot);
        assertThrows(SecretsUnavailableException.class, () -> composed.find("A"));
        place.heal();
        scheduler.run();
        assertEquals(Optional.of("first"), text(source, "A"));
    }

    @Test
    @Tag("secrets:R3")
    void state_readingHangs_isStaleOnceOverdue() {
        WatchedSource source = watching(place).build();

        ticker.advance(Duration.ofSeconds(60).minus(TICK));
        assertEquals(Freshness.FRESH, source.state().freshness());
        ticker.advance(TICK);
        assertEquals(Freshness.FRESH, source.state().freshness());
        ticker.advance(TICK);

        assertEquals(Freshness.STALE, source.state().freshness());
        assertEquals("no reading has ended in time", source.state().reason());
    }

    @Test
    void listener_throwing_harmsNobodyAndHearsOn() {
        AtomicReference<SourceEvent> heard = new AtomicReference<>();
        SourceListener bad = new SourceListener() {
            @Override
            public void changed(SourceEvent.Changed event) {
                heard.set(event);
                throw new AssertionError("canary");
            }
        };
        WatchedSource source = watching(place).listener(bad).build();

        scheduler.run();
        place.put(Map.of("A", "second"));
        scheduler.run();
        place.put(Map.of("A", "third"));
        scheduler.run();

        assertEquals(3, source.state().generation());
        assertEquals(3, ((SourceEvent.Changed) heard.get()).generation());
        assertFalse(scheduler.idle());
    }

    @Test
    void listener_readingAgainFromWithin_hearsEventsInOrder() {
        AtomicReference<WatchedSource> source = new AtomicReference<>();
        SourceListener again = new SourceListener() {
            @Override
            public void changed(SourceEvent.Changed event) {
                recorder.changed(event);
                place.put(Map.of("A", "third"));
                source.get().refresh();
            }
        };
        source.set(watching(place).listener(again).build());
        place.put(Map.of("A", "second"));

        scheduler.run();

        assertEquals(
                List.of(2L, 3L),
                recorder.changes().stream().map(SourceEvent.Changed::generation).toList());
    }

    @Test
    void snapshot_sourceMovesOn_staysWholeUntilClosedAndIsThenWiped() {
        WatchedSource source = watching(place).build();
        SecretReading firstReading = place.last;
        SourceSnapshot snapshot = source.snapshot();
        SourceSnapshot second = source.snapshot();
        place.put(Map.of("A", "second"));
        scheduler.run();

        assertEquals(Optional.of("first"), text(snapshot, "A"));
        assertEquals(1, snapshot.generation());
        assertEquals(Set.of("A", "B"), snapshot.names());
        assertEquals(Instant.parse("2026-11-22T10:00:00Z"), snapshot.since());
        snapshot.close();
        snapshot.close();
        assertThrows(IllegalStateException.class, () -> snapshot.find("A"));
        assertEquals(Optional.of("other"), text(second, "B"));
        second.close();

        assertThrows(IllegalStateException.class, () -> firstReading.find("A"));
        assertEquals("SourceSnapshot[generation 1]", snapshot.toString());
    }

    @Test
    void close_openSnapshot_isLeftAndAllElseRefused() {
        WatchedSource source = watching(place).build();
        SourceSnapshot snapshot = source.snapshot();
        SecretReading reading = place.last;

        source.close();
        source.close();

        assertThrows(IllegalStateException.class, () -> source.find("A"));
        assertEquals(Optional.of("first"), text(snapshot, "A"));
        snapshot.close();
        assertThrows(IllegalStateException.class, () -> reading.find("A"));
        assertTrue(scheduler.idle());
        source.refresh();
        assertThrows(IllegalStateException.class, () -> place.last.find("A"));
        assertFalse(scheduler.isShutdown());
    }

    @Test
    void scheduler_shutDownByItsOwner_leavesTheLastValues() {
        WatchedSource source = watching(place).build();
        scheduler.shutdown();

        scheduler.run();

        assertEquals(Optional.of("first"), text(source, "A"));
        assertTrue(scheduler.idle());
    }

    @Test
    void ownThread_always_isANamedDaemonThatEndsWithClose() throws Exception {
        CountDownLatch twice = new CountDownLatch(2);
        SecretReader counting = () -> {
            twice.countDown();
            return place.read();
        };
        try (WatchedSource source = WatchedSource.builder()
                .name("own")
                .reader(counting)
                .pollInterval(Duration.ofSeconds(1))
                .build()) {
            twice.await();
            assertTrue(threads("hardening-secrets-source-own").stream().allMatch(Thread::isDaemon));
            assertEquals(1, threads("hardening-secrets-source-own").size());
            assertEquals(Optional.of("first"), text(source, "A"));
        }

        Eventually.until(
                Duration.ofSeconds(10),
                "the thread ends",
                () -> threads("hardening-secrets-source-own").isEmpty());
    }

    private static List<Thread> threads(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .toList();
    }
}
