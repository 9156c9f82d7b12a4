package dev.hardening.secrets;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One variable a program needs: its name, what kind of value it takes, and the rules the value must keep.
 *
 * <p>Mandatory unless {@link #optional} or {@link #orElse} is called. A secret must have 256 bits, must not look like a
 * placeholder, a pattern or a published example, and must differ from every other secret. Immutable; each call gives a
 * new setting.
 */
public final class Setting {
    private static final int USUAL_BITS = 256;
    private static final int LEAST_BITS = 40;
    private static final int MOST_BITS = 4096;

    private final String name;
    private final ValueKind kind;
    private final Options options;

    private record Options(
            Presence presence, @Nullable String fallback, String hint, int minBits, List<ValueRule> rules) {}

    enum Presence {
        MANDATORY,
        MANDATORY_IN_PRODUCTION,
        OPTIONAL,
        CONTRADICTORY;

        /** What is said twice stays; of two things that cannot both be, neither wins. */
        Presence and(Presence said) {
            return this == MANDATORY || this == said ? said : CONTRADICTORY;
        }
    }

    /** A rule a user adds; the soft ones only warn outside production. */
    record ValueRule(String id, String message, boolean soft, Predicate<String> holds) {}

    private Setting(String name, ValueKind kind, Options options) {
        this.name = name;
        this.kind = kind;
        this.options = options;
    }

    private static Setting of(String name, ValueKind kind) {
        if (!EnvDocument.isName(Objects.requireNonNull(name, "name"))) {
            throw new IllegalArgumentException("name must be letters, digits and underscores, got \"" + name + "\"");
        }
        return new Setting(name, kind, new Options(Presence.MANDATORY, null, "", USUAL_BITS, List.of()));
    }

    /**
     * A secret, read as it is.
     *
     * @param name the variable
     * @return a mandatory setting of at least 256 bits
     */
    public static Setting secret(String name) {
        return of(name, ValueKind.SECRET);
    }

    /**
     * A text without control characters.
     *
     * @param name the variable
     * @return a mandatory setting
     */
    public static Setting text(String name) {
        return of(name, ValueKind.text());
    }

    /**
     * A TCP port, 0 to 65535, where 0 is any free one.
     *
     * @param name the variable
     * @return a mandatory setting
     */
    public static Setting port(String name) {
        return of(name, ValueKind.port());
    }

    /**
     * A whole number.
     *
     * @param name the variable
     * @param least the smallest value allowed
     * @param most the largest value allowed
     * @return a mandatory setting
     */
    public static Setting number(String name, long least, long most) {
        return of(name, ValueKind.number(least, most));
    }

    /**
     * An absolute URI, such as {@code https://lms.example}.
     *
     * @param name the variable
     * @param schemes the schemes allowed, in lower case; at least one
     * @return a mandatory setting
     */
    public static Setting uri(String name, String... schemes) {
        return of(name, ValueKind.uri(List.of(schemes)));
    }

    /**
     * A length of time: {@code 30s}, {@code 15m}, {@code 8h}, {@code 2d}, {@code 250ms} or ISO 8601 ({@code PT15M}).
     *
     * @param name the variable
     * @param least the shortest allowed
     * @param most the longest allowed
     * @return a mandatory setting
     */
    public static Setting duration(String name, Duration least, Duration most) {
        return of(name, ValueKind.duration(least, most));
    }

    /**
     * One of the constants of an enum, written in lower case with dashes for underscores.
     *
     * @param name the variable
     * @param type the enum
     * @return a mandatory setting
     */
    public static Setting choice(String name, Class<? extends Enum<?>> type) {
        return of(name, ValueKind.choice(type));
    }

    /**
     * {@code true} or {@code false}.
     *
     * @param name the variable
     * @return a mandatory setting
     */
    public static Setting flag(String name) {
        return of(name, ValueKind.flag());
    }

    /**
     * A path of the file system, made absolute; it need not exist.
     *
     * @param name the variable
     * @return a mandatory setting
     */
    public static Setting path(String name) {
        return of(name, ValueKind.path());
    }

    /**
     * Allows the variable to be absent; with {@link #requireInProduction} the schema is refused.
     *
     * @return a new setting
     */
    public Setting optional() {
        return with(options.presence.and(Presence.OPTIONAL), options.fallback);
    }

    /**
     * Demands the variable in production and allows it to be absent elsewhere; with {@link #optional} or {@link #orElse},
     * which say the contrary, the schema is refused.
     *
     * @return a new setting
     */
    public Setting requireInProduction() {
        return with(options.presence.and(Presence.MANDATORY_IN_PRODUCTION), options.fallback);
    }

    /**
     * Gives the value to take where the variable is absent, in production too; it must keep the rules itself. With
     * {@link #requireInProduction} the schema is refused.
     *
     * @param text the value as it would be written
     * @return a new setting
     * @throws IllegalStateException if this is a secret: a secret with a default is not one
     */
    public Setting orElse(String text) {
        if (secret()) {
            throw new IllegalStateException(name + " is a secret and cannot have a default");
        }
        return with(options.presence, Objects.requireNonNull(text, "text"));
    }

    /**
     * Says what to do about this variable, instead of what each rule would say.
     *
     * @param text a sentence, such as {@code Ask the registry office for it}; never any part of a value
     * @return a new setting
     */
    public Setting hint(String text) {
        Objects.requireNonNull(text, "text");
        return new Setting(
                name, kind, new Options(options.presence, options.fallback, text, options.minBits, options.rules));
    }

    /**
     * Changes how strong a secret must be.
     *
     * @param bits 40 to 4096; below 128 for what somebody else chose, such as a database password
     * @return a new setting
     * @throws IllegalStateException if this is not a secret
     */
    public Setting minBits(int bits) {
        if (!secret()) {
            throw new IllegalStateException(name + " is not a secret");
        }
        if (bits < LEAST_BITS || bits > MOST_BITS) {
            throw new IllegalArgumentException("bits must be " + LEAST_BITS + " to " + MOST_BITS + ", got " + bits);
        }
        return new Setting(
                name, kind, new Options(options.presence, options.fallback, options.hint, bits, options.rules));
    }

    /**
     * Demands https: a warning elsewhere, a fault in production.
     *
     * @return a new setting
     */
    public Setting expectHttps() {
        return expect("https", "must be an https address", text -> text.regionMatches(true, 0, "https:", 0, 6));
    }

    /**
     * Adds a rule whose breach is a warning elsewhere and a fault in production.
     *
     * @param rule a stable id, such as {@code not-loopback}
     * @param message what is wrong, to be read behind the name; never any part of the value
     * @param holds whether a value keeps the rule
     * @return a new setting
     * @throws IllegalStateException if this is a secret
     */
    public Setting expect(String rule, String message, Predicate<String> holds) {
        return with(new ValueRule(rule, message, true, holds));
    }

    /**
     * Adds a rule whose breach is a fault everywhere.
     *
     * @param rule a stable id, such as {@code cidr}
     * @param message what is wrong, to be read behind the name; never any part of the value
     * @param holds whether a value keeps the rule
     * @return a new setting
     * @throws IllegalStateException if this is a secret
     */
    public Setting require(String rule, String message, Predicate<String> holds) {
        return with(new ValueRule(rule, message, false, holds));
    }

    /**
     * Names the variable.
     *
     * @return its name
     */
    public String name() {
        return name;
    }

    boolean secret() {
        return kind.type().equals(Secret.class);
    }

    ValueKind kind() {
        return kind;
    }

    Presence presence() {
        return options.presence;
    }

    Optional<String> fallback() {
        return Optional.ofNullable(options.fallback);
    }

    /** What was asked for that cannot both be; told by the schema, together with all its other faults. */
    List<String> contradictions() {
        List<String> faults = new ArrayList<>();
        if (options.presence == Presence.CONTRADICTORY) {
            faults.add(name + " cannot be optional and required in production; say one of them");
        }
        if (options.fallback != null
                && (options.presence == Presence.CONTRADICTORY
                        || options.presence == Presence.MANDATORY_IN_PRODUCTION)) {
            faults.add(name + " cannot have a default and be required in production; say one of them");
        }
        return faults;
    }

    int minBits() {
        return options.minBits;
    }

    List<ValueRule> rules() {
        return options.rules;
    }

    Optional<String> ownHint() {
        return Optional.of(options.hint).filter(text -> !text.isBlank());
    }

    private Setting with(Presence presence, @Nullable String fallback) {
        return new Setting(name, kind, new Options(presence, fallback, options.hint, options.minBits, options.rules));
    }

    private Setting with(ValueRule rule) {
        if (secret()) {
            throw new IllegalStateException(name + " is a secret; its rules are built in");
        }
        List<ValueRule> rules = new ArrayList<>(options.rules);
        rules.add(rule);
        return new Setting(
                name,
                kind,
                new Options(options.presence, options.fallback, options.hint, options.minBits, List.copyOf(rules)));
    }
}
