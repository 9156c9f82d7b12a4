package dev.hardening.health;

import java.util.Optional;

/** The four questions that can be asked over HTTP, with the paths of MicroProfile Health 4.0. */
public enum Probe {
    /** Liveness and readiness together. */
    HEALTH("/health"),
    /** Must this process be restarted? */
    LIVE("/health/live"),
    /** May this process get traffic? */
    READY("/health/ready"),
    /** Is the start finished? Once yes, always yes. */
    STARTED("/health/started");

    private final String path;

    Probe(String path) {
        this.path = path;
    }

    /**
     * Names the path.
     *
     * @return the path that asks this, starting with a slash
     */
    public String path() {
        return path;
    }

    /**
     * Finds the probe of a path; nothing but the exact path counts.
     *
     * @param path a request path without query
     * @return the probe, or empty for any other path
     */
    public static Optional<Probe> ofPath(String path) {
        for (Probe probe : values()) {
            if (probe.path.equals(path)) {
                return Optional.of(probe);
            }
        }
        return Optional.empty();
    }
}
