package dev.hardening.secrets;

import java.util.List;

/**
 * Says that something was set up in a way that must not run; it lists every fault at once.
 *
 * <p>Thrown by builders, and by files: {@link PrivateFile}, {@link EnvFile} and the ring store on a folder check the place
 * and its mode on every call, so a folder that others may write from now on ends in it later too. A ring that is already
 * open reports that as {@link SecretsUnavailableException} and goes on with the keys it has. Each fault names the setting, the rule and the value, never a secret.
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
