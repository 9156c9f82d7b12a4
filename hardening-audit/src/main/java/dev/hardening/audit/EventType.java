package dev.hardening.audit;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Names a kind of event and its severity.
 *
 * <p>The constants without a dot are those of the OWASP logging vocabulary, with its names and levels; {@code lms.} and
 * {@code http.} are ours; {@code sys_audit_} are written by the log about itself and refused from anybody else. A
 * service adds its own with {@link #custom}. Two types are equal when their names and severities are.
 */
public final class EventType {
    /** Somebody proved who they are. */
    public static final EventType LOGIN_SUCCEEDED = info("authn_login_success");
    /** Somebody did not. */
    public static final EventType LOGIN_FAILED = warn("authn_login_fail");
    /** Somebody tried too often. */
    public static final EventType LOGIN_THROTTLED = warn("authn_login_fail_max");
    /** An account was locked. */
    public static final EventType LOGIN_LOCKED = warn("authn_login_lock");
    /** A password was changed. */
    public static final EventType PASSWORD_CHANGED = info("authn_password_change");
    /** A credential for a service, or a one-time token, was issued. */
    public static final EventType TOKEN_CREATED = info("authn_token_created");
    /** A token was withdrawn. */
    public static final EventType TOKEN_REVOKED = info("authn_token_revoked");
    /** A token that was withdrawn or spent came back. */
    public static final EventType TOKEN_REUSED = critical("authn_token_reuse");
    /** Somebody asked for what they may not have. */
    public static final EventType ACCESS_DENIED = critical("authz_fail");
    /** Somebody's rights were changed. */
    public static final EventType ACCESS_CHANGED = warn("authz_change");
    /** A privileged user did something. */
    public static final EventType ADMIN_ACTED = warn("authz_admin");
    /** A limit was exceeded. */
    public static final EventType RATE_LIMIT_EXCEEDED = warn("excess_rate_limit_exceeded");
    /** Input did not pass validation on the server. */
    public static final EventType INPUT_REJECTED = warn("input_validation_fail");
    /** A session began. */
    public static final EventType SESSION_CREATED = info("session_created");
    /** A session was prolonged. */
    public static final EventType SESSION_RENEWED = info("session_renewed");
    /** A session ended: logout, timeout or revocation. */
    public static final EventType SESSION_EXPIRED = info("session_expired");
    /** Somebody came with a session that had ended. */
    public static final EventType SESSION_USED_AFTER_END = critical("session_use_after_expire");
    /** The service started. */
    public static final EventType SYSTEM_STARTED = warn("sys_startup");
    /** The service is stopping. */
    public static final EventType SYSTEM_STOPPED = warn("sys_shutdown");
    /** An account was made. */
    public static final EventType USER_CREATED = warn("user_created");
    /** An account was changed. */
    public static final EventType USER_UPDATED = warn("user_updated");

    /** A request was answered. */
    public static final EventType HTTP_REQUEST = info("http.request");
    /** A course was made. */
    public static final EventType COURSE_CREATED = info("lms.course_created");
    /** Somebody became a member of a course. */
    public static final EventType ENROLMENT_CREATED = info("lms.enrolment_created");
    /** Work was handed in. */
    public static final EventType SUBMISSION_CREATED = info("lms.submission_created");
    /** A grade was given or changed. */
    public static final EventType GRADE_CHANGED = warn("lms.grade_changed");
    /** A school was made. */
    public static final EventType TENANT_CREATED = warn("lms.tenant_created");

    /** The log was opened. */
    public static final EventType AUDIT_STARTED = warn("sys_audit_started");
    /** The log was closed in order. */
    public static final EventType AUDIT_STOPPED = warn("sys_audit_stopped");
    /** The log was not closed in order the last time, and what it did about it. */
    public static final EventType AUDIT_RECOVERED = critical("sys_audit_recovered");
    /** Events were lost, and how many. */
    public static final EventType AUDIT_GAP = critical("sys_audit_gap");
    /** A segment could not be forced to the disk and was given up. */
    public static final EventType AUDIT_SEGMENT_FAILED = critical("sys_audit_segment_failed");

    private static final Pattern CUSTOM = Pattern.compile("[a-z][a-z0-9_]{0,31}(\\.[a-z0-9_]{1,31}){1,3}");
    private static final String RESERVED = "sys_audit_";

    private final String name;
    private final Severity severity;

    private EventType(String name, Severity severity) {
        this.name = name;
        this.severity = severity;
    }

    /**
     * Makes a type of the service's own.
     *
     * @param name lower case with at least one dot, such as {@code shop.order_paid}, so that it never meets the
     *     vocabulary
     * @param severity how much it matters
     * @return the type
     * @throws IllegalArgumentException if the name has another form
     */
    public static EventType custom(String name, Severity severity) {
        Objects.requireNonNull(severity, "severity");
        if (!CUSTOM.matcher(Objects.requireNonNull(name, "name")).matches()) {
            throw new IllegalArgumentException("name must match " + CUSTOM + ", got " + name);
        }
        return new EventType(name, severity);
    }

    /**
     * Reads the name as it stands in the log.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Reads how much it matters.
     *
     * @return the severity
     */
    public Severity severity() {
        return severity;
    }

    /**
     * Says whether only the log itself may write it.
     *
     * @return whether {@link AuditLog#record} refuses it
     */
    public boolean reserved() {
        return name.startsWith(RESERVED);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EventType type && name.equals(type.name) && severity == type.severity;
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    /**
     * Prints the name.
     *
     * @return the name
     */
    @Override
    public String toString() {
        return name;
    }

    private static EventType info(String name) {
        return new EventType(name, Severity.INFO);
    }

    private static EventType warn(String name) {
        return new EventType(name, Severity.WARN);
    }

    private static EventType critical(String name) {
        return new EventType(name, Severity.CRITICAL);
    }
}
