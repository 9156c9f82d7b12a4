package dev.hardening.audit.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hardening.audit.AuditLog;
import dev.hardening.audit.AuditUnavailableException;
import dev.hardening.audit.read.AuditReader;
import dev.hardening.audit.read.StoredEvent;
import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("ASVS-16.3.1")
class AuthAuditTest {
    private static final AuthEvent.Context KNOWN = AuthEvent.Context.at(Instant.parse("2026-11-22T10:00:00Z"))
            .tenant(new TenantId("main"))
            .user(new UserId("u1"))
            .session(new SessionId("s1"))
            .clientAddress("203.0.113.9");
    private static final AuthEvent.Context UNKNOWN = AuthEvent.Context.at(Instant.parse("2026-11-22T10:00:00Z"));

    @TempDir
    Path temp;

    private AuditLog log;

    @BeforeEach
    void openLog() {
        log = AuditLog.file(temp.resolve("audit")).origin("lms/test").open();
    }

    @AfterEach
    void closeLog() {
        log.close();
    }

    @ParameterizedTest
    @MethodSource("outcomes")
    void outcome_each_becomesOneTypedEvent(AuthEvent event, String expected) {
        AuthAudit.of(log).onEvent(event);

        StoredEvent stored = last();
        assertEquals(
                expected,
                stored.type()
                        + ' '
                        + stored.text("out").orElseThrow()
                        + ' '
                        + stored.text("actor.kind").orElseThrow()
                        + ' '
                        + stored.text("target.id").orElse("-")
                        + ' '
                        + stored.text("why").orElse("-"));
        assertEquals(2, log.status().size());
    }

    static Stream<Arguments> outcomes() {
        return Stream.concat(outcomesOfAccounts(), outcomesOfLoginsAndSessions());
    }

    private static Stream<Arguments> outcomesOfAccounts() {
        return Stream.of(
                Arguments.of(new AuthEvent.Registered(KNOWN), "user_created SUCCESS ANONYMOUS u1 -"),
                Arguments.of(
                        new AuthEvent.RegistrationRepeated(KNOWN),
                        "user_created FAILURE ANONYMOUS u1 address has an account"),
                Arguments.of(
                        new AuthEvent.RegistrationRefused(UNKNOWN, AuthEvent.RegistrationRefused.Reason.THROTTLED),
                        "user_created FAILURE ANONYMOUS - throttled"),
                Arguments.of(
                        new AuthEvent.VerificationMailRequested(KNOWN),
                        "authn_token_created SUCCESS ANONYMOUS u1 verification mail"),
                Arguments.of(
                        new AuthEvent.SetupTokenIssued(UNKNOWN),
                        "authn_token_created SUCCESS ANONYMOUS - set-up token"),
                Arguments.of(new AuthEvent.EmailVerified(KNOWN), "user_updated SUCCESS ANONYMOUS u1 address verified"),
                Arguments.of(
                        new AuthEvent.VerificationFailed(UNKNOWN),
                        "user_updated FAILURE ANONYMOUS - verification refused"));
    }

    private static Stream<Arguments> outcomesOfLoginsAndSessions() {
        return Stream.of(
                Arguments.of(new AuthEvent.LoginSucceeded(KNOWN), "authn_login_success SUCCESS USER - -"),
                Arguments.of(
                        new AuthEvent.LoginFailed(KNOWN, AuthEvent.LoginFailed.Reason.WRONG_PASSWORD),
                        "authn_login_fail FAILURE ANONYMOUS u1 wrong_password"),
                Arguments.of(
                        new AuthEvent.LoginThrottled(UNKNOWN, Duration.ofSeconds(3)),
                        "authn_login_fail_max DENIED ANONYMOUS - -"),
                Arguments.of(new AuthEvent.SessionStarted(KNOWN), "session_created SUCCESS USER - -"),
                Arguments.of(new AuthEvent.TokenRefreshed(KNOWN, true), "session_renewed SUCCESS USER - -"),
                Arguments.of(new AuthEvent.RefreshReuseDetected(KNOWN, 3), "authn_token_reuse DENIED ANONYMOUS u1 -"),
                Arguments.of(
                        new AuthEvent.RefreshRejected(UNKNOWN, AuthEvent.RefreshRejected.Reason.FORGED),
                        "auth.refresh_rejected DENIED ANONYMOUS - forged"),
                Arguments.of(
                        new AuthEvent.RefreshRejected(KNOWN, AuthEvent.RefreshRejected.Reason.REVOKED),
                        "session_use_after_expire DENIED ANONYMOUS u1 revoked"),
                Arguments.of(new AuthEvent.LoggedOut(KNOWN), "session_expired SUCCESS USER - logout"),
                Arguments.of(
                        new AuthEvent.SessionRevoked(KNOWN, "password-changed"),
                        "session_expired SUCCESS ANONYMOUS u1 password-changed"),
                Arguments.of(
                        new AuthEvent.TokenRejected(UNKNOWN, "EXPIRED"),
                        "auth.token_rejected DENIED ANONYMOUS - expired"));
    }

    @Test
    void outcomes_ofThisTest_coverEveryKind() {
        var covered = outcomes()
                .map(arguments -> ((AuthEvent) arguments.get()[0]).kind())
                .collect(Collectors.toSet());

        assertEquals(EnumSet.allOf(AuthEvent.Kind.class), covered);
    }

    @ParameterizedTest
    @EnumSource(AuthEvent.RefreshRejected.Reason.class)
    void refreshRejected_everyReason_isDenied(AuthEvent.RefreshRejected.Reason reason) {
        AuthAudit.of(log).onEvent(new AuthEvent.RefreshRejected(KNOWN, reason));

        assertEquals("DENIED", last().text("out").orElseThrow());
    }

    @Test
    void context_known_isStored() {
        AuthAudit.of(log).onEvent(new AuthEvent.LoginSucceeded(KNOWN));

        StoredEvent stored = last();
        assertEquals("u1", stored.text("actor.id").orElseThrow());
        assertEquals("main", stored.text("tenant").orElseThrow());
        assertEquals("203.0.113.9", stored.text("src.client").orElseThrow());
        assertEquals("s1", stored.text("data.session").orElseThrow());
        assertEquals("2026-11-22T10:00:00.000000Z", stored.text("t").orElseThrow());
    }

    @Test
    void details_perOutcome_areStored() {
        AuthAudit audit = AuthAudit.of(log);

        audit.onEvent(new AuthEvent.LoginThrottled(KNOWN, Duration.ofSeconds(3)));
        assertEquals(3000, last().number("data.retry_after_ms").orElseThrow());
        audit.onEvent(new AuthEvent.RefreshReuseDetected(KNOWN, 7));
        assertEquals(7, last().number("data.generation").orElseThrow());
        audit.onEvent(new AuthEvent.TokenRefreshed(KNOWN, false));
        assertEquals("false", last().text("data.replayed").orElseThrow());
    }

    @Test
    void late_allowed_isStoredBeforeWhateverIsRecordedNext() {
        AuthAudit late = AuthAudit.of(log).allowLate();

        late.onEvent(new AuthEvent.LoginSucceeded(KNOWN));
        AuthAudit.of(log).onEvent(new AuthEvent.SessionStarted(KNOWN));

        List<StoredEvent> events = AuditReader.of(temp.resolve("audit")).find(event -> true);
        assertEquals("authn_login_success", events.get(1).type());
        assertEquals("session_created", events.get(2).type());
    }

    @Test
    void log_closed_isSaid() {
        log.close();

        assertThrows(
                AuditUnavailableException.class, () -> AuthAudit.of(log).onEvent(new AuthEvent.LoginSucceeded(KNOWN)));
    }

    private StoredEvent last() {
        List<StoredEvent> events = AuditReader.of(temp.resolve("audit")).find(event -> true);
        return events.get(events.size() - 1);
    }
}
