package dev.hardening.ratelimit;

import dev.hardening.testing.Eventually;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Keys that a flood has sent, and how many of them something still holds. */
public final class KeptKeys {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final String prefix;
    private final List<Reference<String>> sent = new ArrayList<>();

    public KeptKeys(String prefix) {
        this.prefix = prefix;
    }

    /** A key that was never there before; for one thread. */
    public String next() {
        String key = prefix + sent.size();
        sent.add(new WeakReference<>(key));
        return key;
    }

    /** How many there were. */
    public int sent() {
        return sent.size();
    }

    /** Collects garbage until no more than {@code most} are held. */
    public void requireAtMost(long most) {
        Eventually.until(DEADLINE, "of " + sent() + " keys at most " + most + " are held", () -> held() <= most);
    }

    /** How many are held now, garbage aside. */
    public long held() {
        System.gc();
        return sent.stream().filter(key -> !key.refersTo(null)).count();
    }
}
