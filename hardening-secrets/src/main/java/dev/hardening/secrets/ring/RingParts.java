package dev.hardening.secrets.ring;

import dev.hardening.secrets.Secret;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What a ring is made of, while {@link KeyRing.Builder} collects it; for one thread. */
final class RingParts {
    String name = "";

    @Nullable
    KeyKind kind;

    @Nullable
    RingStore store;

    @Nullable
    Wrapping current;

    @Nullable
    Wrapping previous;

    @Nullable
    Secret firstKey;

    @Nullable
    Duration propagation;

    @Nullable
    Duration maxStale;

    boolean existing;
    Duration refreshInterval = Duration.ofSeconds(10);
    RingListener listener = RingListener.none();
    Clock clock = Clock.systemUTC();
    LongSupplier ticker = System::nanoTime;
    SecureRandom random = new SecureRandom();
}
