package dev.hardening.secrets;

import java.util.List;
import java.util.Objects;

/**
 * What a {@link Schema} found, complete and in a stable order.
 *
 * <p>Immutable. It holds names and rules, never any part of a value, so it may be logged and shown.
 */
public final class SchemaReport {
    private static final int PERFECT = 100;

    private final List<Finding> findings;
    private final Settings settings;

    SchemaReport(List<Finding> findings, Settings settings) {
        this.findings = List.copyOf(findings);
        this.settings = settings;
    }

    /** Whether a finding stops the start. */
    public enum Severity {
        /** Worth a line in the log; a fault in production. */
        WARNING,
        /** The program must not start. */
        FAULT
    }

    /**
     * One rule broken by one setting, and what to do about it.
     *
     * @param setting the variable
     * @param rule a stable id: {@code missing}, {@code format}, {@code weak}, {@code placeholder}, {@code published},
     *     {@code pattern}, {@code derived}, {@code sealed}, {@code expired}, {@code reused}, {@code whitespace},
     *     {@code https}, or the id of a rule of your own
     * @param severity whether it stops the start
     * @param message what is wrong, in a sentence that starts with the name
     * @param hint the remedy, in a sentence: that of {@link Setting#hint}, or else one for the rule
     */
    public record Finding(String setting, String rule, Severity severity, String message, String hint) {
        /**
         * Checks that all is there.
         *
         * @param setting the variable
         * @param rule a stable id
         * @param severity whether it stops the start
         * @param message what is wrong
         * @param hint the remedy; not blank
         */
        public Finding {
            Objects.requireNonNull(setting, "setting");
            Objects.requireNonNull(rule, "rule");
            Objects.requireNonNull(severity, "severity");
            Objects.requireNonNull(message, "message");
            if (Objects.requireNonNull(hint, "hint").isBlank()) {
                throw new IllegalArgumentException("hint must not be blank");
            }
        }

        /**
         * Prints it as one line.
         *
         * @return {@code message (rule). hint}
         */
        @Override
        public String toString() {
            return message + " (" + rule + "). " + hint;
        }
    }

    /**
     * Lists all findings.
     *
     * @return in the order of the schema, unmodifiable
     */
    public List<Finding> findings() {
        return findings;
    }

    /**
     * Lists what stops the start.
     *
     * @return in the order of the schema
     */
    public List<Finding> faults() {
        return of(Severity.FAULT);
    }

    /**
     * Lists what does not stop the start and should be logged.
     *
     * @return in the order of the schema
     */
    public List<Finding> warnings() {
        return of(Severity.WARNING);
    }

    /**
     * Gives the values if the program may start.
     *
     * @return the settings
     * @throws SecretsConfigurationException with every fault, if there is one
     */
    public Settings orThrow() {
        List<String> faults = faults().stream().map(Finding::toString).toList();
        if (!faults.isEmpty()) {
            throw new SecretsConfigurationException(faults);
        }
        return settings;
    }

    /**
     * Sums it up in a number: 100 less the weight of each finding, and not below 0.
     *
     * <p>{@code missing}, {@code format}, {@code published} and {@code placeholder} weigh 20, {@code weak},
     * {@code pattern}, {@code derived}, {@code sealed} and {@code reused} 15, {@code expired}, {@code https} and rules of
     * your own 10, {@code whitespace} 5. A warning weighs what a fault does, so that development shows what production would say.
     *
     * @return 0 to 100; 100 if nothing was found
     */
    public int score() {
        int weights = findings.stream()
                .mapToInt(finding -> SchemaRule.weightOf(finding.rule()))
                .sum();
        return Math.max(0, PERFECT - weights);
    }

    /**
     * Prints one line a finding and one with the score.
     *
     * @return the findings with their severities and hints, and the score
     */
    @Override
    public String toString() {
        StringBuilder lines = new StringBuilder();
        for (Finding finding : findings) {
            lines.append(finding.severity()).append(' ').append(finding).append('\n');
        }
        return lines.append("score ").append(score()).append(" of 100\n").toString();
    }

    private List<Finding> of(Severity severity) {
        return findings.stream()
                .filter(finding -> finding.severity() == severity)
                .toList();
    }
}
