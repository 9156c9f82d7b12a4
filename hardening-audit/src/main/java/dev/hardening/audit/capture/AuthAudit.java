package dev.hardening.audit.capture;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditEvent;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.EventType;
import dev.hardening.audit.Outcome;
import dev.hardening.audit.Severity;
import dev.hardening.audit.Source;
import dev.hardening.audit.Target;
import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.AuthEventListener;
import java.util.Locale;
import java.util.Objects;

/**
 * Records one event for each outcome of authentication: logins, sessions, tokens and accounts.
 *
 * <p>By default each event is on the disk before the caller goes on, so a login that was answered is in the log whatever
 * happens next. An event that cannot be stored is thrown as {@code AuditUnavailableException}, which the auth module logs
 * and drops; the log counts it in a gap record. Who failed to prove an identity is the target, never the actor. Safe for
 * many threads.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class AuthAudit implements AuthEventListener {
    /** An access token was refused. */
    public static final EventType TOKEN_REJECTED = EventType.custom("auth.token_rejected", Severity.WARN);

    /** A refresh token was refused, and it was not one of an ended session. */
    public static final EventType REFRESH_REJECTED = EventType.custom("auth.refresh_rejected", Severity.WARN);

    private final AuditLog log;
    private final boolean lateAllowed;

    private AuthAudit(AuditLog log, boolean lateAllowed) {
        this.log = log;
        this.lateAllowed = lateAllowed;
    }

    /**
     * Makes a listener whose events are on the disk when it returns.
     *
     * @param log where they go; stays the caller's to close
     * @return the listener to hand to the auth module
     */
    public static AuthAudit of(AuditLog log) {
        return new AuthAudit(Objects.requireNonNull(log, "log"), false);
    }

    /**
     * Queues events without waiting for the disk. Behind {@code AuditFilter}, whose own event comes later in the same
     * queue and is waited for, an event that was queued is on the disk before the answer leaves. One that found the queue
     * full for the whole queue timeout is lost all the same: the answer may then leave with no more than a gap record to
     * tell of it.
     *
     * @return a listener that does not wait
     */
    public AuthAudit allowLate() {
        return new AuthAudit(log, true);
    }

    @Override
    public void onEvent(AuthEvent event) {
        AuditEvent translated = translate(event);
        if (lateAllowed) {
            log.submit(translated);
        } else {
            log.record(translated);
        }
    }

    private static AuditEvent translate(AuthEvent event) {
        AuditEvent.Builder builder = switch (event.kind()) {
            case REGISTERED -> aboutUser(EventType.USER_CREATED, Outcome.SUCCESS, event);
            case REGISTRATION_REPEATED ->
                aboutUser(EventType.USER_CREATED, Outcome.FAILURE, event).reason("address has an account");
            case REGISTRATION_REFUSED -> registrationRefused((AuthEvent.RegistrationRefused) event);
            case VERIFICATION_MAIL_REQUESTED -> tokenCreated("verification mail", event);
            case SETUP_TOKEN_ISSUED -> tokenCreated("set-up token", event);
            case EMAIL_VERIFIED ->
                aboutUser(EventType.USER_UPDATED, Outcome.SUCCESS, event).reason("address verified");
            case VERIFICATION_FAILED ->
                aboutUser(EventType.USER_UPDATED, Outcome.FAILURE, event).reason("verification refused");
            case LOGIN_SUCCEEDED -> byUser(EventType.LOGIN_SUCCEEDED, event);
            case LOGIN_FAILED ->
                aboutUser(EventType.LOGIN_FAILED, Outcome.FAILURE, event)
                        .reason(word(((AuthEvent.LoginFailed) event).reason().name()));
            case LOGIN_THROTTLED -> loginThrottled((AuthEvent.LoginThrottled) event);
            case SESSION_STARTED -> byUser(EventType.SESSION_CREATED, event);
            case TOKEN_REFRESHED ->
                byUser(EventType.SESSION_RENEWED, event)
                        .detail("replayed", String.valueOf(((AuthEvent.TokenRefreshed) event).replayed()));
            case REFRESH_REUSE_DETECTED ->
                aboutUser(EventType.TOKEN_REUSED, Outcome.DENIED, event)
                        .detail("generation", ((AuthEvent.RefreshReuseDetected) event).generation());
            case REFRESH_REJECTED -> refreshRejected((AuthEvent.RefreshRejected) event);
            case LOGGED_OUT -> byUser(EventType.SESSION_EXPIRED, event).reason("logout");
            case SESSION_REVOKED ->
                aboutUser(EventType.SESSION_EXPIRED, Outcome.SUCCESS, event)
                        .reason(((AuthEvent.SessionRevoked) event).reason());
            case TOKEN_REJECTED ->
                aboutUser(TOKEN_REJECTED, Outcome.DENIED, event)
                        .reason(word(((AuthEvent.TokenRejected) event).reason()));
        };
        AuthEvent.Context context = event.context();
        context.tenant().ifPresent(tenant -> builder.tenant(tenant.value()));
        context.clientAddress().ifPresent(address -> builder.source(Source.ofClient(address)));
        context.session().ifPresent(session -> builder.detail("session", session.value()));
        return builder.time(context.time()).build();
    }

    private static AuditEvent.Builder registrationRefused(AuthEvent.RegistrationRefused event) {
        return aboutUser(EventType.USER_CREATED, Outcome.FAILURE, event)
                .reason(word(event.reason().name()));
    }

    private static AuditEvent.Builder tokenCreated(String what, AuthEvent event) {
        return aboutUser(EventType.TOKEN_CREATED, Outcome.SUCCESS, event).reason(what);
    }

    private static AuditEvent.Builder loginThrottled(AuthEvent.LoginThrottled event) {
        return aboutUser(EventType.LOGIN_THROTTLED, Outcome.DENIED, event)
                .detail("retry_after_ms", event.retryAfter().toMillis());
    }

    private static AuditEvent.Builder refreshRejected(AuthEvent.RefreshRejected event) {
        EventType type = switch (event.reason()) {
            case IDLE_EXPIRED, ABSOLUTE_EXPIRED, REVOKED -> EventType.SESSION_USED_AFTER_END;
            case MALFORMED, FORGED, REUSED, SUPERSEDED -> REFRESH_REJECTED;
        };
        return aboutUser(type, Outcome.DENIED, event).reason(word(event.reason().name()));
    }

    /** The user has proven who they are, so they did it. */
    private static AuditEvent.Builder byUser(EventType type, AuthEvent event) {
        Actor actor =
                event.context().user().map(user -> Actor.user(user.value())).orElseGet(Actor::anonymous);
        return AuditEvent.of(type).actor(actor).outcome(Outcome.SUCCESS);
    }

    /** Somebody did it to the user, or claimed to be the user. */
    private static AuditEvent.Builder aboutUser(EventType type, Outcome outcome, AuthEvent event) {
        AuditEvent.Builder builder =
                AuditEvent.of(type).actor(Actor.anonymous()).outcome(outcome);
        event.context().user().ifPresent(user -> builder.target(Target.of("user", user.value())));
        return builder;
    }

    private static String word(String constant) {
        return constant.toLowerCase(Locale.ROOT);
    }
}
