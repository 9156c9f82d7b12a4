package dev.hardening.secrets.source;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What a {@link SecretReader} found at one moment: values by name, and what it noticed on the way.
 *
 * <p>It owns the values and wipes them on {@link #close}; {@link #find} gives copies. Immutable, safe for many threads.
 */
public final class SecretReading implements SecretSource, AutoCloseable {
    private final List<Part> parts;
    private final List<Finding> findings;
    private final String revision;
    private final boolean atomic;

    private SecretReading(List<Part> parts, List<Finding> findings, String revision, boolean atomic) {
        this.parts = List.copyOf(parts);
        this.findings = List.copyOf(findings);
        this.revision = revision;
        this.atomic = atomic;
    }

    /** One place of those that were read as one: what it has, and what is there without being of use. */
    private record Part(Map<String, Secret> values, Set<String> unusable, AtomicBoolean taken) {
        void close() {
            values.values().forEach(Secret::close);
        }

        Optional<String> lostIn(Part next) {
            if (!values.isEmpty() && next.values.isEmpty()) {
                return Optional.of("nothing is there any more");
            }
            return values.keySet().stream()
                    .filter(next.unusable::contains)
                    .findFirst()
                    .map(name -> name + " is there and cannot be used any more");
        }

        boolean sameNames(Part other) {
            return values.keySet().equals(other.values.keySet());
        }
    }

    /**
     * Something to look at in a place of secrets; it never holds any part of a value.
     *
     * @param subject the name or the place it is about
     * @param rule a stable id, such as {@code mode}
     * @param message what is wrong and what to do
     */
    public record Finding(String subject, String rule, String message) {
        /**
         * Checks that all is there.
         *
         * @param subject the name or the place it is about
         * @param rule a stable id
         * @param message what is wrong and what to do
         */
        public Finding {
            Objects.requireNonNull(subject, "subject");
            Objects.requireNonNull(rule, "rule");
            Objects.requireNonNull(message, "message");
        }

        /**
         * Prints it as one line.
         *
         * @return {@code subject: message (rule)}
         */
        @Override
        public String toString() {
            return subject + ": " + message + " (" + rule + ")";
        }
    }

    /**
     * Starts a reading.
     *
     * @return a builder, for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    static SecretReading both(SecretReading first, SecretReader reader) {
        try {
            SecretReading second = reader.read();
            List<Part> parts = new ArrayList<>(first.parts);
            parts.addAll(second.parts);
            List<Finding> findings = new ArrayList<>(first.findings);
            findings.addAll(second.findings);
            boolean one = first.revision.isEmpty() || second.revision.isEmpty();
            String revision = first.revision + (one ? "" : ", ") + second.revision;
            return new SecretReading(parts, findings, revision, first.atomic && second.atomic);
        } catch (RuntimeException | Error failed) { // the first half must not outlive the whole, unless it is served
            if (first.take()) {
                first.close();
            }
            throw failed;
        }
    }

    /**
     * Looks a value up.
     *
     * @param name the variable
     * @return a copy, the caller's to close, or empty if there is none
     * @throws IllegalStateException if this reading is closed
     */
    @Override
    public Optional<Secret> find(String name) {
        Objects.requireNonNull(name, "name");
        return held(name).map(secret -> secret.use(Secret::of));
    }

    /**
     * Lists what has a value.
     *
     * @return the names, sorted, unmodifiable
     */
    public Set<String> names() {
        Set<String> names = new TreeSet<>();
        parts.forEach(part -> names.addAll(part.values.keySet()));
        return Collections.unmodifiableSet(names);
    }

    /**
     * Lists what is there without a value of use; {@link #findings} says why. A value of the same name from elsewhere may
     * be one that this place was meant to replace.
     *
     * @return the names, sorted, unmodifiable
     */
    public Set<String> unusable() {
        Set<String> names = new TreeSet<>();
        parts.forEach(part -> names.addAll(part.unusable));
        return Collections.unmodifiableSet(names);
    }

    /**
     * Lists what the reader noticed.
     *
     * @return findings in the order in which they were made, unmodifiable
     */
    public List<Finding> findings() {
        return findings;
    }

    /**
     * Tells which revision the place says this is.
     *
     * @return such as {@code 3} for the third version of a Vault secret, empty where the place counts none
     */
    public String revision() {
        return revision;
    }

    /** Wipes all values; closing again does nothing. */
    @Override
    public void close() {
        parts.forEach(Part::close);
    }

    /**
     * Prints how much there is, and nothing of it.
     *
     * @return names are not printed either
     */
    @Override
    public String toString() {
        return "SecretReading[" + names().size() + " names]";
    }

    /**
     * Takes the values over from the reader for good; fails, and wipes what is new, if some of them were taken before:
     * they are served somewhere, and will be wiped there.
     */
    boolean take() {
        List<Part> fresh = parts.stream()
                .filter(part -> part.taken.compareAndSet(false, true))
                .toList();
        boolean all = fresh.size() == parts.size();
        if (!all) {
            fresh.forEach(Part::close);
        }
        return all;
    }

    /** Whether the place changes in one step, so that no reading can fall into the middle of a change. */
    boolean atomic() {
        return atomic;
    }

    /** What this reading had and the next one has in a form that no writer means: emptied, or gone altogether. */
    Optional<String> lostIn(SecretReading next) {
        for (int at = 0; at < Math.min(parts.size(), next.parts.size()); at++) {
            Optional<String> lost = parts.get(at).lostIn(next.parts.get(at));
            if (lost.isPresent()) {
                return lost;
            }
        }
        return Optional.empty();
    }

    boolean sameValues(SecretReading other) {
        return names().equals(other.names()) && names().stream().allMatch(name -> sameValue(name, other));
    }

    /** Beyond the values: the same revision, and each value from the same place. */
    boolean sameOrigin(SecretReading other) {
        if (!revision.equals(other.revision) || parts.size() != other.parts.size()) {
            return false;
        }
        for (int at = 0; at < parts.size(); at++) {
            if (!parts.get(at).sameNames(other.parts.get(at))) {
                return false;
            }
        }
        return true;
    }

    boolean sameValue(String name, SecretReading other) {
        return held(name).orElseThrow().matches(other.held(name).orElseThrow());
    }

    private Optional<Secret> held(String name) {
        return parts.stream()
                .flatMap(part -> Optional.ofNullable(part.values.get(name)).stream())
                .findFirst();
    }

    /** Collects a reading; not safe for many threads. */
    public static final class Builder {
        private final Map<String, Secret> values = new LinkedHashMap<>();
        private final Set<String> unusable = new LinkedHashSet<>();
        private final List<Finding> findings = new ArrayList<>();
        private String revision = "";
        private boolean atomic = true;

        private Builder() {}

        /**
         * Adds a value.
         *
         * @param name the variable; a second value for one name is a fault of the reader
         * @param value taken over; the reading wipes it
         * @return this builder
         * @throws IllegalArgumentException if the name has a value, or is {@link #unusable}
         */
        public Builder value(String name, Secret value) {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(value, "value");
            if (has(name)) {
                value.close();
                throw new IllegalArgumentException("two values for " + name);
            }
            values.put(name, value);
            return this;
        }

        /**
         * Adds a name that is there without a value of use: empty, too long, not to be opened. It counts as absent
         * where it never had a value; where it had one, the whole reading counts as failed.
         *
         * @param name the variable
         * @param rule a stable id for the finding, such as {@code empty}
         * @param message what is wrong and what to do; no part of a value
         * @return this builder
         * @throws IllegalArgumentException if the name has a value
         */
        public Builder unusable(String name, String rule, String message) {
            if (values.containsKey(name)) {
                throw new IllegalArgumentException("a value for " + name + " that is not to be used");
            }
            unusable.add(name);
            return finding(name, rule, message);
        }

        /**
         * Adds something to look at.
         *
         * @param subject the name or the place it is about
         * @param rule a stable id
         * @param message what is wrong and what to do; no part of a value
         * @return this builder
         */
        public Builder finding(String subject, String rule, String message) {
            findings.add(new Finding(subject, rule, message));
            return this;
        }

        /**
         * Tells the revision that the place counts; none if not called.
         *
         * @param number as the place writes it
         * @return this builder
         */
        public Builder revision(String number) {
            revision = Objects.requireNonNull(number, "number");
            return this;
        }

        /**
         * Says that the place may change while it is read, as files written in place do: a change then counts once two
         * readings in a row agree on it. If not called, the first reading counts.
         *
         * @return this builder
         */
        public Builder changesInPlace() {
            atomic = false;
            return this;
        }

        /**
         * Ends the reading; the builder is empty afterwards.
         *
         * @return what was found
         */
        public SecretReading build() {
            Part part = new Part(
                    Collections.unmodifiableMap(new LinkedHashMap<>(values)),
                    Set.copyOf(unusable),
                    new AtomicBoolean());
            values.clear();
            return new SecretReading(List.of(part), findings, revision, atomic);
        }

        /** Whether something was found under that name, of use or not. */
        boolean has(String name) {
            return values.containsKey(name) || unusable.contains(name);
        }

        /** Wipes what was collected, where the reading failed half-way. */
        void discard() {
            values.values().forEach(Secret::close);
            values.clear();
        }
    }
}
