package dev.hardening.secrets;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The rules that a schema has of itself: what a breach weighs in the score, and what to do about it.
 *
 * <p>A hint is made of the name and the rules of a setting, never of its value.
 */
enum SchemaRule {
    MISSING(20),
    FORMAT(20),
    PUBLISHED(20),
    PLACEHOLDER(20),
    WEAK(15),
    PATTERN(15),
    REUSED(15),
    DERIVED(15),
    SEALED(15),
    EXPIRED(10),
    HTTPS(10),
    WHITESPACE(5);

    private static final int USUAL_WEIGHT = 10;
    private static final int USUAL_BITS = 256;
    private static final int LEAST_BYTES = 16;
    private static final String PREVIOUS = "_PREVIOUS";

    private final int weight;

    SchemaRule(int weight) {
        this.weight = weight;
    }

    String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    static int weightOf(String id) {
        return find(id).map(rule -> rule.weight).orElse(USUAL_WEIGHT);
    }

    /** What the author of the schema says, or else what helps against this rule. */
    static String hint(String id, Setting setting) {
        return setting.ownHint()
                .or(() -> find(id).map(rule -> rule.remedy(setting)))
                .orElseGet(() -> "Give " + setting.name() + " a value that keeps this rule");
    }

    private static Optional<SchemaRule> find(String id) {
        return Arrays.stream(values()).filter(rule -> rule.id().equals(id)).findFirst();
    }

    private String remedy(Setting setting) {
        return switch (this) {
            case MISSING -> given(setting);
            case FORMAT -> setting.kind().remedy();
            case PUBLISHED, PLACEHOLDER, WEAK, PATTERN, REUSED, DERIVED -> replaced(setting);
            case SEALED -> "Put the value itself there, and have a mounted file or a vault hold it";
            case EXPIRED -> renewed(setting);
            case HTTPS -> "Write https:// in front, and give the service or its proxy a certificate";
            case WHITESPACE -> "Write it without them; printf ends no line where echo does";
        };
    }

    private static String given(Setting setting) {
        return setting.secret()
                ? "Make one: hardening-secrets init --name " + setting.name() + kind("=", setting) + foreign(setting)
                : "Set " + setting.name() + ", which " + setting.kind().grammar();
    }

    private static String replaced(Setting setting) {
        return setting.name().endsWith(PREVIOUS)
                ? "Remove " + setting.name() + ": what is no good must not be accepted for a while longer"
                : "Put a generated one in its place: " + rotation(setting);
    }

    private static String renewed(Setting setting) {
        return setting.name().endsWith(PREVIOUS)
                ? "Remove " + setting.name() + " and its day"
                : "Put a later day into " + setting.name() + "_EXPIRES and another value in its place: "
                        + rotation(setting);
    }

    private static String rotation(Setting setting) {
        return "hardening-secrets rotate " + setting.name() + kind(" --kind ", setting) + foreign(setting);
    }

    /** What a verb makes unasked has 256 bits or more. */
    private static String kind(String before, Setting setting) {
        return setting.minBits() > USUAL_BITS ? before + "base64url:" + setting.minBits() : "";
    }

    /** For secrets that are not in an env file. */
    private static String foreign(Setting setting) {
        return ", or openssl rand -hex " + Math.max(LEAST_BYTES, (setting.minBits() + 7) / 8);
    }
}
