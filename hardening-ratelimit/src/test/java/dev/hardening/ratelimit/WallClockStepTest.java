package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The wall clock is set while limits count by elapsed time. */
@Tag("ratelimit:C1")
class WallClockStepTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final RequestFacts USER = RequestFacts.builder().userId("u").build();

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, -1})
    void check_clockStepsByAnHour_givesNoTokenMoreAndNoneLess(int hours) {
        FakeClock clock = FakeClock.create();
        FakeTicker ticker = FakeTicker.create();
        RateLimiter limiter = RateLimiter.builder()
                .clock(clock)
                .ticker(ticker)
                .policy(Policy.named("p")
                        .key(Keys.user())
                        .limit(Limit.of("greedy", 10, MINUTE))
                        .limit(Limit.interval("interval", 30, Duration.ofHours(1)))
                        .build())
                .build();
        assertEquals(10, drain(limiter));

        clock.advance(Duration.ofHours(hours));
        assertEquals(0, drain(limiter));
        ticker.advance(Duration.ofSeconds(6));
        assertEquals(1, drain(limiter));
        clock.advance(Duration.ofHours(-2L * hours));
        assertEquals(0, drain(limiter));
        assertEquals(Duration.ofSeconds(6), limiter.check(USER).retryAfter());
        ticker.advance(MINUTE);
        assertEquals(10, drain(limiter));
    }

    private static int drain(RateLimiter limiter) {
        int allowed = 0;
        for (int request = 0; request < 40; request++) {
            allowed += limiter.check(USER).allowed() ? 1 : 0;
        }
        return allowed;
    }

    @Test
    void standardTicker_betweenTwoReadings_isThatOfElapsedTime() {
        LongSupplier ticker = LocalSpec.standard().ticker();

        long before = System.nanoTime();
        long ticked = ticker.getAsLong();
        long after = System.nanoTime();

        assertTrue(ticked - before >= 0 && after - ticked >= 0, ticked + " is not from " + before + " to " + after);
    }

    /** A process with a limiter as it comes, whose machine is set to another time while it runs. */
    @Test
    @Tag("long")
    void check_machineIsSetAnHourOnAndBack_countsOn() throws Exception {
        Optional<Path> library = library();
        Assumptions.assumeTrue(
                library.isPresent(),
                "libfaketime is not installed, nor named by -Dtest.libfaketime: nothing is proven");
        Path time = Files.writeString(folder.resolve("time"), "+0");
        ProcessBuilder child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SteppedProcess.class.getName(),
                        time.toString())
                .inheritIO();
        child.environment().put("LD_PRELOAD", library.orElseThrow().toString());
        child.environment().put("FAKETIME_TIMESTAMP_FILE", time.toString());
        child.environment().put("FAKETIME_NO_CACHE", "1");
        child.environment().put("FAKETIME_DONT_FAKE_MONOTONIC", "1");

        assertEquals(0, child.start().waitFor(), "what was wrong is told above");
    }

    private static Optional<Path> library() {
        String named = System.getProperty("test.libfaketime", "");
        if (!named.isEmpty()) {
            return Optional.of(Path.of(named));
        }
        try (Stream<Path> found = Files.find(
                Path.of("/usr/lib"), 3, (file, about) -> file.endsWith(Path.of("faketime", "libfaketimeMT.so.1")))) {
            return found.findFirst();
        } catch (IOException | UncheckedIOException unreadable) {
            return Optional.empty();
        }
    }
}
