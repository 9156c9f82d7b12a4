package dev.hardening.secrets.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.source.SourceState.Freshness;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Readers, clocks and tickers that break their contract must neither wipe what is served nor end the polling. */
@Tag("secrets:R3")
class RepeatedReadingTest {
    private static final String GIVEN_BEFORE = "the reader gives values again that it has given away";

    private final ManualScheduler scheduler = new ManualScheduler();
    private final AtomicReference<SecretReading> given = new AtomicReference<>(reading("first"));

    private static SecretReading reading(String value) {
        return SecretReading.builder().value("A", Secret.of(value)).build();
    }

    private static SecretReading inPlace(String value) {
        return SecretReading.builder()
                .changesInPlace()
                .value("A", Secret.of(value))
                .build();
    }

    private WatchedSource.Builder watching(SecretReader reader) {
        return WatchedSource.builder().name("lms").reader(reader).scheduler(scheduler);
    }

    private static Optional<String> text(WatchedSource source) {
        return source.find("A").map(Secret::reveal);
    }

    @Test
    void reading_givenAgainWhileServed_countsAsGoodAndIsNotWiped() {
        WatchedSource source = watching(given::get).build();

        scheduler.run();
        scheduler.run();

        assertEquals(Optional.of("first"), text(source));
        assertEquals(Freshness.FRESH, source.state().freshness());
        assertEquals(1, source.state().generation());
    }

    @Test
    void reading_givenTwiceUntilItSettles_isServedAndNotWiped() {
        given.set(inPlace("first"));
        WatchedSource source = watching(given::get).build();
        given.set(inPlace("second"));

        scheduler.run();
        scheduler.run();
        scheduler.run();

        assertEquals(Optional.of("second"), text(source));
        assertEquals(2, source.state().generation());
    }

    @Test
    void reading_ofAnEarlierGenerationThatASnapshotHolds_isRefusedAndTheSnapshotStaysWhole() {
        SecretReading first = given.get();
        WatchedSource source = watching(given::get).build();
        SourceSnapshot snapshot = source.snapshot();
        given.set(reading("second"));
        scheduler.run();
        given.set(first);

        scheduler.run();

        assertEquals(GIVEN_BEFORE, source.state().reason());
        assertEquals(Optional.of("first"), snapshot.find("A").map(Secret::reveal));
        snapshot.close();
        assertEquals(Optional.of("second"), text(source));
        assertFalse(scheduler.idle());
    }

    @Test
    void reading_thatIsClosed_isAFailure() {
        WatchedSource source = watching(given::get).build();
        SecretReading closed = reading("second");
        closed.close();
        given.set(closed);

        scheduler.run();

        assertEquals(Optional.of("first"), text(source));
        assertEquals("java.lang.IllegalStateException", source.state().reason());
        assertFalse(scheduler.idle());
    }

    @Test
    void partOfAReading_givenAgain_isRefusedAndTheNewPartWiped() {
        FakeReader second = new FakeReader(Map.of("B", "other"));
        SecretReader same = given::get;
        WatchedSource source = watching(same.or(second)).build();

        scheduler.run();

        assertEquals(GIVEN_BEFORE, source.state().reason());
        assertEquals(Optional.of("first"), text(source));
        assertThrows(IllegalStateException.class, () -> second.last.find("B"));
        second.fail(() -> new SecretsUnavailableException("down"));
        scheduler.run();
        assertEquals("down", source.state().reason());
        assertEquals(Optional.of("first"), text(source));
    }

    @Test
    void twoSources_ofOneReading_areRefusedAtTheStart() {
        WatchedSource first = watching(given::get).build();

        assertThrows(SecretsUnavailableException.class, watching(given::get)::build);

        assertEquals(Optional.of("first"), text(first));
    }

    @Test
    void clock_thatFailsWhileAChangeIsTaken_isAFailureAndPollingGoesOn() {
        FakeReader place = new FakeReader(Map.of("A", "first"));
        FakeClock clock = FakeClock.create();
        AtomicBoolean broken = new AtomicBoolean();
        Clock sometimes = clock(clock, broken);
        WatchedSource source = watching(place).clock(sometimes).build();
        place.put(Map.of("A", "second"));
        broken.set(true);

        scheduler.run();

        assertEquals(Optional.of("first"), text(source));
        assertThrows(IllegalStateException.class, () -> place.last.find("A"));
        assertFalse(scheduler.idle());
        broken.set(false);
        scheduler.run();
        assertEquals(Optional.of("second"), text(source));
    }

    @Test
    void ticker_thatFails_endsNoPolling() {
        FakeReader place = new FakeReader(Map.of("A", "first"));
        FakeTicker ticker = FakeTicker.create();
        AtomicBoolean broken = new AtomicBoolean();
        LongSupplier sometimes = () -> {
            if (broken.get()) {
                throw new AssertionError("canary");
            }
            return ticker.getAsLong();
        };
        WatchedSource source = watching(place).ticker(sometimes).build();
        place.put(Map.of("A", "second"));
        broken.set(true);
        scheduler.run();
        broken.set(false);

        scheduler.run();

        assertEquals(Optional.of("second"), text(source));
    }

    @Test
    void builder_oneNameWithAndWithoutUse_isRefused() {
        SecretReading.Builder valueFirst = SecretReading.builder().value("A", Secret.of("x"));
        SecretReading.Builder unusableFirst = SecretReading.builder().unusable("A", "empty", "has no value");
        Secret late = Secret.of("x");

        assertThrows(IllegalArgumentException.class, () -> valueFirst.unusable("A", "empty", "has no value"));
        assertThrows(IllegalArgumentException.class, () -> unusableFirst.value("A", late));

        assertThrows(IllegalStateException.class, late::reveal);
        assertEquals(Set.of("A"), valueFirst.build().names());
        assertEquals(List.of(), List.copyOf(unusableFirst.build().names()));
    }

    private static Clock clock(FakeClock clock, AtomicBoolean broken) {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return clock.getZone();
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                if (broken.get()) {
                    throw new AssertionError("canary");
                }
                return clock.instant();
            }
        };
    }
}
