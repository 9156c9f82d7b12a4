package dev.hardening.secrets;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An {@code .env} file that is topped up with generated secrets and otherwise left as it is.
 *
 * <p>Reading is strict: what two dialects (a shell, Docker, systemd, Node) read differently is refused rather than
 * guessed, and all faults are reported at once by line, never with a value. {@link #save} adds the names that
 * {@link #ensure} asked for and that the file lacks; it changes no byte that is there. Of two runs at the same time one
 * generates and the other reads what the first wrote. Where the file lies and who may read it is checked as
 * {@link PrivateFile} says.
 *
 * <p>Not safe for many threads.
 */
public final class EnvFile {
    private static final int LIMIT = 1 << 20;

    private final PrivateFile file;
    private final SecretGenerator generator;
    private final Map<String, SecretSpec> wanted = new LinkedHashMap<>();
    private EnvDocument document;

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
     * Reads a file and lists all that is wrong or doubtful in it, without refusing it.
     *
     * @param path the file; where none exists nothing is found
     * @return the findings in the order of the lines
     * @throws SecretsConfigurationException if the file is not safe to trust
     * @throws SecretsUnavailableException if it cannot be read
     */
    public static List<Finding> lint(Path path) {
        return EnvDocument.parse(PrivateFile.at(path).read(LIMIT).orElse(new byte[0]))
                .findings();
    }

    /**
     * Looks a value up, as the file said when it was last read.
     *
     * @param name the variable
     * @return the value, or empty if the file has none or an empty one
     */
    public Optional<Secret> find(String name) {
        return document.find(Objects.requireNonNull(name, "name"));
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
        if (!EnvDocument.isName(Objects.requireNonNull(name, "name"))) {
            throw new IllegalArgumentException("name must be letters, digits and underscores, got \"" + name + "\"");
        }
        wanted.put(name, spec);
        return this;
    }

    /**
     * Tells what {@link #save} would add, and writes nothing.
     *
     * @return the names that the file lacks, in the order they were asked for
     */
    public List<String> preview() {
        return missing(parse(file.read(LIMIT)));
    }

    /**
     * Adds what is missing; the file is on disk when this returns.
     *
     * @return the names that were added, in the order they were asked for; empty if nothing was written
     * @throws SecretsConfigurationException if the file is not safe to trust or not well formed by now
     * @throws SecretsUnavailableException if it cannot be written, or the random source is broken
     */
    public List<String> save() {
        List<String> added = new ArrayList<>();
        AtomicReference<EnvDocument> result = new AtomicReference<>(document);
        file.update(LIMIT, bytes -> {
            EnvDocument current = parse(bytes);
            result.set(current);
            added.addAll(missing(current));
            if (added.isEmpty()) {
                return Optional.empty();
            }
            byte[] next = current.with(generate(added));
            result.set(parse(Optional.of(next)));
            return Optional.of(next);
        });
        // Not before: what could not be written must not be found either.
        document = Objects.requireNonNull(result.get());
        return List.copyOf(added);
    }

    private Map<String, Secret> generate(List<String> names) {
        Map<String, Secret> values = new LinkedHashMap<>();
        for (String name : names) {
            values.put(name, generator.next(Objects.requireNonNull(wanted.get(name))));
        }
        return values;
    }

    private List<String> missing(EnvDocument current) {
        return wanted.keySet().stream()
                .filter(name -> current.find(name).isEmpty())
                .toList();
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
