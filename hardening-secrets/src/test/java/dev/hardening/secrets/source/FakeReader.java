package dev.hardening.secrets.source;

import dev.hardening.secrets.Secret;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A place that a test fills, empties and breaks. */
public final class FakeReader implements SecretReader {
    final AtomicInteger readings = new AtomicInteger();
    private volatile Map<String, String> values;
    private volatile Set<String> unusable = Set.of();
    private volatile Supplier<Throwable> failure;
    private volatile String revision = "";
    private volatile boolean inPlace;
    volatile SecretReading last;

    public FakeReader(Map<String, String> values) {
        this.values = Map.copyOf(values);
    }

    public FakeReader put(Map<String, String> next) {
        values = Map.copyOf(next);
        return this;
    }

    FakeReader unusable(String... names) {
        unusable = Set.of(names);
        return this;
    }

    FakeReader inPlace() {
        inPlace = true;
        return this;
    }

    FakeReader revision(String next) {
        revision = next;
        return this;
    }

    public FakeReader fail(Supplier<Throwable> with) {
        failure = with;
        return this;
    }

    public FakeReader heal() {
        failure = null;
        return this;
    }

    @Override
    public SecretReading read() {
        readings.incrementAndGet();
        Supplier<Throwable> broken = failure;
        if (broken != null) {
            Throwable thrown = broken.get();
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) thrown;
        }
        SecretReading.Builder reading = SecretReading.builder().revision(revision);
        new TreeMap<>(values).forEach((name, value) -> reading.value(name, Secret.of(value)));
        unusable.forEach(name -> reading.unusable(name, "empty", "has no value"));
        last = (inPlace ? reading.changesInPlace() : reading).build();
        return last;
    }
}
