package dev.hardening.secrets;

import java.util.List;
import java.util.Objects;

/**
 * What a {@link Schema} found, complete and in a stable order.
 *
 * <p>Immutable. It holds names and rules, never any part of a value, so it may be logged and shown.
 */
public final class SchemaReport {
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
     * One rule broken by one setting.
     *
     * @param setting the variable
     * @param rule a stable id: {@code missing}, {@code format}, {@code weak}, {@code placeholder}, {@code published},
     *     {@code pattern}, {@code reused}, {@code whitespace}, or the id of a rule of your own
     * @param severity whether it stops the start
     * @param message a sentence that starts with the name
     */
    public record Finding(String setting, String rule, Severity severity, String message) {
        /**
         * Checks that all is there.
         *
         * @param setting the variable
         * @param rule a stable id
         * @param severity whether it stops the start
         * @param message a sentence that starts with the name
         */
        public Finding {
            Objects.requireNonNull(setting, "setting");
            Objects.requireNonNull(rule, "rule");
            Objects.requireNonNull(severity, "severity");
            Objects.requireNonNull(message, "message");
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
        List<String> faults = faults().stream()
                .map(finding -> finding.message() + " (" + finding.rule() + ")")
                .toList();
        if (!faults.isEmpty()) {
            throw new SecretsConfigurationException(faults);
        }
        return settings;
    }

    /**
     * Prints one line a finding.
     *
     * @return the findings with their severities
     */
    @Override
    public String toString() {
        StringBuilder lines = new StringBuilder();
        for (Finding finding : findings) {
            lines.append(finding.severity())
                    .append(' ')
                    .append(finding.message())
                    .append(" (")
                    .append(finding.rule())
                    .append(")\n");
        }
        return lines.toString();
    }

    private List<Finding> of(Severity severity) {
        return findings.stream()
                .filter(finding -> finding.severity() == severity)
                .toList();
    }
}
