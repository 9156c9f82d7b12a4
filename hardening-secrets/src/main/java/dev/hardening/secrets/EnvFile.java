package dev.hardening.secrets;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

/**
 * An {@code .env} file that is topped up with generated secrets and otherwise left as it is.
 *
 * <p>Reading is strict: what two dialects (a shell, Docker, systemd, Node) read differently is refused rather than
 * guessed, and all faults are reported at once by line, never with a value. {@link #save} adds the names that
 * {@link #ensure} asked for and that the file lacks, and replaces the values that {@link #rotate} asked for; it changes
 * no other byte. Of two runs at the same time one generates and the other reads what the first wrote: a value is rotated
 * only if it is still the one that was there when the file was opened. Where the file lies and who may read it is
 * checked as {@link PrivateFile} says.
 *
 * <p>It holds what the file says until it is closed. Not safe for many threads.
 */
public final class EnvFile implements AutoCloseable {
    private static final int LIMIT = 1 << 20;
    private static final Pattern PROFILE = Pattern.compile("[a-z][a-z0-9-]{0,31}");
    private static final Set<String> SHARED = Set.of("example", "sample", "template", "dist");

    private final PrivateFile file;
    private final SecretGenerator generator;
    private final Map<String, SecretSpec> wanted = new LinkedHashMap<>();
    private final Map<String, EnvRotation> rotations = new LinkedHashMap<>();
    private EnvDocument document;
    private boolean closed;

    private EnvFile(PrivateFile file, SecretGenerator generator) {
        this.file = file;
        this.generator = generator;
        this.document = parse(file.read(LIMIT));
    }

    /**
     * Reads a file, or starts an empty one; generates with a {@link SecureRandom} of its own.
     *
     * @param path the file; its folder must exist
     * @return what the file says now
     * @throws SecretsConfigurationException with every fault of the file, or if it is not safe to trust
     * @throws SecretsUnavailableException if it cannot be read
     */
    public static EnvFile open(Path path) {
        return open(path, SecretGenerator.create(new SecureRandom()));
    }

    /**
     * Reads a file, or starts an empty one.
     *
     * @param path the file; its folder must exist
     * @param generator makes what is missing
     * @return what the file says now
     * @throws SecretsConfigurationException with every fault of the file, or if it is not safe to trust
     * @throws SecretsUnavailableException if it cannot be read
     */
    public static EnvFile open(Path path, SecretGenerator generator) {
        Objects.requireNonNull(generator, "generator");
        return new EnvFile(PrivateFile.at(path), generator);
    }

    /**
     * Names the file of a profile, {@code .env.<profile>}.
     *
     * @param folder where it lies
     * @param profile such as {@code production}: lower-case letters, digits and dashes, 32 at most
     * @return the path, for {@link #open}; nothing is read
     * @throws IllegalArgumentException if {@code profile} is no such name, or one under which files are shared by habit
     *     ({@code example}, {@code sample}, {@code template}, {@code dist})
     */
    public static Path profile(Path folder, String profile) {
        Objects.requireNonNull(folder, "folder");
        if (!PROFILE.matcher(Objects.requireNonNull(profile, "profile")).matches() || SHARED.contains(profile)) {
            throw new IllegalArgumentException("profile must be lower-case letters, digits and dashes and none of "
                    + SHARED.stream().sorted().toList() + ", got \"" + profile + "\"");
        }
        return folder.resolve(".env." + profile);
    }

    /**
     * Reads a file and lists all that is wrong or doubtful in it, without refusing it.
     *
     * @param path the file; where none exists nothing is found
     * @return the findings in the order of the lines
     * @throws SecretsConfigurationException if the file is not safe to trust
     * @throws SecretsUnavailableException if it cannot be read
     */
    public static List<Finding> lint(Path path) {
        EnvDocument read = EnvDocument.parse(PrivateFile.at(path).read(LIMIT).orElse(new byte[0]));
        read.wipe();
        return read.findings();
    }

    /**
     * Looks a value up, as the file said when it was last read.
     *
     * @param name the variable
     * @return a copy, the caller's to close, or empty if the file has no value or an empty one
     * @throws IllegalStateException if this is closed
     */
    public Optional<Secret> find(String name) {
        return known().find(Objects.requireNonNull(name, "name"));
    }

    /**
     * Lists the variables, as the file said when it was last read.
     *
     * @return every name that is assigned in the file, in its order; {@link #find} tells which have a value
     * @throws IllegalStateException if this is closed
     */
    public List<String> names() {
        return known().names();
    }

    /**
     * Asks for a variable; nothing is written before {@link #save}.
     *
     * @param name the variable: letters, digits and underscores, no digit first
     * @param spec what to generate where the file has no value
     * @return this file
     * @throws IllegalArgumentException if {@code name} is no name of a variable
     */
    public EnvFile ensure(String name, SecretSpec spec) {
        Objects.requireNonNull(spec, "spec");
        wanted.put(EnvDocument.checkedName(name), spec);
        return this;
    }

    /**
     * Asks for a new value in the place of the one the file has, and keeps that one as {@code <name>_PREVIOUS}; nothing is
     * written before {@link #save}.
     *
     * <p>What was made with the earlier value, such as a token that it signed, can so be accepted for a while. It stands in
     * the line below the variable.
     *
     * <p>The next {@code save} does it once. It reports a fault, and writes nothing, where the file has no value to rotate,
     * since a name that was mistyped makes no variable that nobody reads; and where {@code <name>_PREVIOUS} has a value
     * from the rotation before: there may be a ring that no other key opens, so it must be taken out, or replaced on
     * purpose by {@link #rotateReplacingPrevious}.
     *
     * @param name the variable
     * @param spec what to generate
     * @return this file
     * @throws IllegalArgumentException if {@code name}, or what it becomes, is no name of a variable, or if it ends in
     *     {@code _PREVIOUS} itself
     */
    public EnvFile rotate(String name, SecretSpec spec) {
        rotations.put(EnvDocument.checkedName(name), EnvRotation.keeping(name, spec));
        return this;
    }

    /**
     * Asks for a new value as {@link #rotate} does; a value that {@code <name>_PREVIOUS} has is lost.
     *
     * @param name the variable
     * @param spec what to generate
     * @return this file
     * @throws IllegalArgumentException as from {@link #rotate}
     */
    public EnvFile rotateReplacingPrevious(String name, SecretSpec spec) {
        rotations.put(EnvDocument.checkedName(name), EnvRotation.replacing(name, spec));
        return this;
    }

    /**
     * Asks for a new value as {@link #rotate} does, and lets the earlier one be lost.
     *
     * <p>For a value that has leaked, or that nothing depends on any more: whatever was made with it is refused from then
     * on. A {@code <name>_PREVIOUS} that the file has stays as it is.
     *
     * @param name the variable
     * @param spec what to generate
     * @return this file
     * @throws IllegalArgumentException if {@code name} is no name of a variable
     */
    public EnvFile rotateAndForget(String name, SecretSpec spec) {
        rotations.put(EnvDocument.checkedName(name), EnvRotation.forgetting(spec));
        return this;
    }

    /**
     * Tells what {@link #save} would do, and writes nothing.
     *
     * @return the changes: rotations first, each kind in the order it was asked for
     * @throws SecretsConfigurationException if the file is not safe to trust or not well formed by now, or a value
     *     cannot be rotated
     * @throws SecretsUnavailableException if it cannot be read
     */
    public List<Change> preview() {
        known();
        Next next = next(parse(file.read(LIMIT)));
        next.document().wipe();
        return next.changes();
    }

    /**
     * Adds what is missing and rotates what is to be rotated; the file is on disk when this returns.
     *
     * @return the changes: rotations first, each kind in the order it was asked for; empty if nothing was asked for that
     *     the file did not have
     * @throws SecretsConfigurationException if the file is not safe to trust or not well formed by now, or a value
     *     cannot be rotated; nothing was written then
     * @throws SecretsUnavailableException if it cannot be written, or the random source is broken
     * @throws IllegalStateException if this is closed
     */
    public List<Change> save() {
        EnvDocument before = known();
        AtomicReference<Next> result = new AtomicReference<>();
        file.update(LIMIT, bytes -> {
            EnvDocument current = parse(bytes);
            Next next = next(current);
            result.set(next);
            return next.document() == current
                    ? Optional.empty()
                    : Optional.of(next.document().bytes());
        });
        // Not before: what could not be written must not be found either.
        Next done = Objects.requireNonNull(result.get());
        document = done.document();
        before.wipe();
        rotations.clear();
        return done.changes();
    }

    /** Overwrites what was read, but not the file; closing again does nothing. */
    @Override
    public void close() {
        closed = true;
        document.wipe();
    }

    private EnvDocument known() {
        if (closed) {
            throw new IllegalStateException("the env file is closed");
        }
        return document;
    }

    /** The document with all that was asked for; the same one if nothing is to be written. */
    private record Next(EnvDocument document, List<Change> changes) {}

    private Next next(EnvDocument current) {
        checkRotations(current);
        List<Change> changes = new ArrayList<>();
        EnvDocument next = current;
        for (Map.Entry<String, EnvRotation> each : rotations.entrySet()) {
            next = rotated(next, each.getKey(), each.getValue(), changes);
        }
        Map<String, Secret> added = new LinkedHashMap<>();
        for (Map.Entry<String, SecretSpec> each : wanted.entrySet()) {
            if (!next.has(each.getKey())) {
                added.put(each.getKey(), generator.next(each.getValue()));
                changes.add(new Change(each.getKey(), Change.Kind.ADDED));
            }
        }
        if (!added.isEmpty()) {
            next = after(next, next.with(added));
            added.values().forEach(Secret::close);
        }
        return new Next(next, List.copyOf(changes));
    }

    private void checkRotations(EnvDocument current) {
        List<String> faults = new ArrayList<>();
        rotations.forEach((name, rotation) -> {
            if (!current.has(name)) {
                faults.add(file.path() + ": " + name + " has no value to rotate");
            } else if (same(document.find(name), current.find(name))) {
                rotation.inTheWay(current)
                        .ifPresent(previous -> faults.add(file.path() + ": " + previous + " still has the value before;"
                                + " take it out once nothing needs it, or replace it on purpose"));
            }
        });
        if (!faults.isEmpty()) {
            throw new SecretsConfigurationException(faults);
        }
    }

    /** Rotates unless another run was faster: its value counts, and what it kept is the value that was in use. */
    private EnvDocument rotated(EnvDocument current, String name, EnvRotation rotation, List<Change> changes) {
        if (!same(document.find(name), current.find(name))) {
            changes.add(new Change(name, Change.Kind.ROTATED_MEANWHILE));
            return current;
        }
        changes.add(new Change(name, Change.Kind.ROTATED));
        try (Secret value = generator.next(rotation.spec())) {
            if (rotation.previous().isEmpty()) {
                return after(current, current.rotated(name, value));
            }
            String previous = rotation.previous().get();
            changes.add(new Change(previous, current.has(previous) ? Change.Kind.REPLACED : Change.Kind.KEPT));
            return after(current, current.rotated(name, value, previous));
        }
    }

    /** Closes both. */
    private static boolean same(Optional<Secret> opened, Optional<Secret> current) {
        boolean same = opened.isPresent() && current.isPresent() && opened.get().matches(current.get());
        opened.ifPresent(Secret::close);
        current.ifPresent(Secret::close);
        return same;
    }

    private EnvDocument after(EnvDocument before, byte[] bytes) {
        before.wipe();
        return parse(Optional.of(bytes));
    }

    private EnvDocument parse(Optional<byte[]> bytes) {
        EnvDocument parsed = EnvDocument.parse(bytes.orElse(new byte[0]));
        List<String> faults = parsed.findings().stream()
                .filter(Finding::fault)
                .map(finding -> file.path() + ":" + finding)
                .toList();
        if (!faults.isEmpty()) {
            throw new SecretsConfigurationException(faults);
        }
        return parsed;
    }

    /**
     * One thing that {@link #save} did or would do; it never holds any part of a value.
     *
     * @param name the variable
     * @param kind what became of it
     */
    public record Change(String name, Kind kind) {
        /**
         * Checks that both are there.
         *
         * @param name the variable
         * @param kind what became of it
         */
        public Change {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(kind, "kind");
        }

        /** What becomes of a variable. */
        public enum Kind {
            /** It had no value and has one now. */
            ADDED,
            /** Its value was replaced. */
            ROTATED,
            /** It holds the value that another variable had before its rotation. */
            KEPT,
            /** It holds that value too, and lost the one that it had from the rotation before. */
            REPLACED,
            /** It was to be rotated, but another run gave it a value after the file was opened here; that one stays. */
            ROTATED_MEANWHILE
        }
    }

    /**
     * Something wrong or doubtful in a line; it never holds any part of a value.
     *
     * @param line the number of the line, from 1
     * @param rule a stable id, such as {@code duplicate-name}
     * @param fault whether the file is refused for it; otherwise some programs only read it differently
     * @param message what is wrong and what to do
     */
    public record Finding(int line, String rule, boolean fault, String message) {
        /**
         * Checks that all is there.
         *
         * @param line the number of the line
         * @param rule a stable id
         * @param fault whether the file is refused for it
         * @param message what is wrong and what to do
         */
        public Finding {
            Objects.requireNonNull(rule, "rule");
            Objects.requireNonNull(message, "message");
        }

        /**
         * Prints it as one line.
         *
         * @return {@code line: message (rule)}
         */
        @Override
        public String toString() {
            return line + ": " + message + " (" + rule + ")";
        }
    }
}
