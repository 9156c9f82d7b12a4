package dev.hardening.secrets;

import java.util.List;

/**
 * Says that a builder was asked for something that must not run; it lists every fault at once.
 *
 * <p>Thrown by {@code build()} only. Each fault names the setting, the rule and the value, never a secret.
 */
public final class SecretsConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> faults;

    /**
     * Makes the exception from all faults found.
     *
     * @param faults at least one sentence, in the order in which they are to be read
     */
    public SecretsConfigurationException(List<String> faults) {
        super(String.join(System.lineSeparator(), faults));
        this.faults = List.copyOf(faults);
    }

    /**
     * Lists the faults.
     *
     * @return one sentence a fault, unmodifiable
     */
    public List<String> faults() {
        return faults;
    }
}
