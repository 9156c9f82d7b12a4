package dev.hardening.examples.lms;

import java.util.List;

/** The service does not start, on purpose; it lists every reason at once, so that one more start is enough. */
public final class StartRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final List<String> faults;

    /** With at least one reason. */
    public StartRefusedException(List<String> faults) {
        super(String.join("; ", faults));
        this.faults = List.copyOf(faults);
    }

    /** Each reason in words, with the remedy; none holds a secret. */
    public List<String> faults() {
        return faults;
    }
}
