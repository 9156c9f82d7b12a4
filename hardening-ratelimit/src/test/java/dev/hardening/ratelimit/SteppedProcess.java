package dev.hardening.ratelimit;

import dev.hardening.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Sets the time of its own machine an hour on and back again, and counts what that gives. */
public final class SteppedProcess {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Duration TOKEN = Duration.ofSeconds(36);
    private static final int ROOM = 300;
    private static final RequestFacts USER = RequestFacts.builder().userId("u").build();

    private final Path time;
    private final long began = System.nanoTime();
    private long granted;
    private long grantedByDefault;
    /** An hour is a third of it. */
    private final Limit slow = new Limit("slow", ROOM, 1, TOKEN);

    private final RateLimiter local = limiter(slow).store(BucketStores.local()).build();
    private final RateLimiter byDefault = limiter(slow).build();
    /** Ten tokens a second, which a clock that was put back would withhold for an hour. */
    private final RateLimiter fast =
            limiter(new Limit("fast", 5, 10, Duration.ofSeconds(1))).build();

    private SteppedProcess(Path time) {
        this.time = time;
    }

    private static RateLimiter.Builder limiter(Limit limit) {
        return RateLimiter.builder()
                .policy(Policy.named("p").key(Keys.user()).limit(limit).build());
    }

    public static void main(String[] arguments) throws IOException {
        new SteppedProcess(Path.of(arguments[0])).run();
    }

    private void run() throws IOException {
        drain(fast);
        requireNothingGained();
        step("+3600", Duration.ofHours(1));
        requireNothingGained();
        requireItCountsOn();
        step("-3600", Duration.ofHours(-2));
        requireNothingGained();
        requireItCountsOn();
        step("+0", Duration.ofHours(1));
        requireItCountsOn();
    }

    /** Waits until this process itself sees the other time. */
    private void step(String offset, Duration expected) throws IOException {
        long before = System.currentTimeMillis();
        Files.writeString(time, offset);
        Eventually.until(
                DEADLINE,
                "the wall clock is set",
                () -> Math.abs(System.currentTimeMillis() - before - expected.toMillis()) < DEADLINE.toMillis());
    }

    private void requireNothingGained() {
        granted += drain(local);
        grantedByDefault += drain(byDefault);
        long most = ROOM + (System.nanoTime() - began) / TOKEN.toNanos();
        for (long sum : new long[] {granted, grantedByDefault}) {
            require(sum >= ROOM && sum <= most, sum + " granted, " + ROOM + " to " + most + " allowed");
        }
    }

    private void requireItCountsOn() {
        Eventually.until(DEADLINE, "tokens come back", () -> drain(fast) > 0);
    }

    private static int drain(RateLimiter limiter) {
        int allowed = 0;
        for (int request = 0; request < ROOM + 100; request++) {
            allowed += limiter.check(USER).allowed() ? 1 : 0;
        }
        return allowed;
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalStateException(message);
        }
    }
}
