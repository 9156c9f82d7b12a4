package dev.hardening.health;

/**
 * Says what a failing readiness check does to the whole.
 *
 * <p>The default is {@link #DEGRADES}: a dependency that all instances share should not empty the load balancer.
 */
public enum Impact {
    /** This instance must get no traffic while the check is down. */
    CRITICAL,
    /** The service works with less; readiness stays up and says so. */
    DEGRADES,
    /** Only shown; changes nothing. */
    INFO
}
