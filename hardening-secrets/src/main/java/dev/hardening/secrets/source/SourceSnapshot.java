package dev.hardening.secrets.source;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretSource;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One generation of a {@link WatchedSource}, the same for as long as it is open: what it finds belongs together.
 *
 * <p>Take one where two values must fit, such as a user and a password, and close it soon: values that were replaced are
 * wiped when the last snapshot of them is closed. Safe for many threads; no I/O.
 */
public final class SourceSnapshot implements SecretSource, AutoCloseable {
    private final Generation generation;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** The generation is held by the caller, and let go here. */
    SourceSnapshot(Generation generation) {
        this.generation = generation;
    }

    /**
     * Looks a value up.
     *
     * @param name the variable
     * @return a copy, the caller's to close, or empty if there is none
     * @throws IllegalStateException if this snapshot is closed
     */
    @Override
    public Optional<Secret> find(String name) {
        return open().find(name);
    }

    /**
     * Lists what has a value.
     *
     * @return the names, sorted, unmodifiable
     * @throws IllegalStateException if this snapshot is closed
     */
    public Set<String> names() {
        return open().names();
    }

    /**
     * Tells which generation this is.
     *
     * @return 1 for the values read first, one more for each change seen since
     */
    public long generation() {
        return generation.number();
    }

    /**
     * Tells which revision the place said this was.
     *
     * @return see {@link SecretReading#revision}
     */
    public String revision() {
        return generation.reading().revision();
    }

    /**
     * Tells when this generation was first seen.
     *
     * @return by the clock of the source
     */
    public Instant since() {
        return generation.since();
    }

    /** Lets the values go; closing again does nothing. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            generation.release();
        }
    }

    /**
     * Prints the generation, and nothing of the values.
     *
     * @return such as {@code SourceSnapshot[generation 3]}
     */
    @Override
    public String toString() {
        return "SourceSnapshot[generation " + generation() + "]";
    }

    private SecretReading open() {
        if (closed.get()) {
            throw new IllegalStateException("the snapshot is closed");
        }
        return Objects.requireNonNull(generation.reading());
    }
}
