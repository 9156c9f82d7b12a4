package dev.hardening.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuditEventTest {
    private static final Actor ADA = Actor.user("u1");

    @Test
    void build_withoutActorAndOutcome_namesBoth() {
        var refusal = assertThrows(
                IllegalStateException.class,
                () -> AuditEvent.of(EventType.LOGIN_FAILED).build());

        assertEquals("event authn_login_fail lacks actor and outcome", refusal.getMessage());
    }

    @Test
    void build_withoutOutcome_namesIt() {
        assertThrows(
                IllegalStateException.class,
                () -> AuditEvent.of(EventType.LOGIN_FAILED).actor(ADA).build());
    }

    @Test
    void toString_always_holdsNothingPersonal() {
        AuditEvent event = Events.loginSucceeded(Actor.user("canary"))
                .reason("canary")
                .detail("name", "canary")
                .build();

        assertEquals("AuditEvent[authn_login_success SUCCESS]", event.toString());
    }

    @Test
    void builder_reusedAfterBuild_doesNotChangeTheEvent() {
        AuditEvent.Builder builder = Events.loginSucceeded(ADA).detail("k", 1);
        AuditEvent event = builder.build();

        builder.detail("k", 2).detail("more", "x").tenant("late");

        assertEquals(Map.of("k", 1L), event.details());
        assertTrue(event.tenant().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1a",
                "$cut",
                "has space",
                "ö",
                "x123456789x123456789x123456789x123456789x123456789x123456789x1234"
            })
    void detail_keyOfAnotherForm_isRefused(String key) {
        assertThrows(
                IllegalArgumentException.class, () -> Events.loginSucceeded(ADA).detail(key, "v"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nodot", "Upper.x", ".x", "x.", "sys_audit_gap", "a.b.c.d.e", "a b.c"})
    void custom_nameOfAnotherForm_isRefused(String name) {
        assertThrows(IllegalArgumentException.class, () -> EventType.custom(name, Severity.INFO));
    }

    @Test
    void custom_equalNameAndSeverity_areEqual() {
        EventType paid = EventType.custom("shop.order_paid", Severity.INFO);

        assertEquals(EventType.custom("shop.order_paid", Severity.INFO), paid);
        assertEquals(EventType.custom("shop.order_paid", Severity.INFO).hashCode(), paid.hashCode());
        assertFalse(paid.equals(EventType.custom("shop.order_paid", Severity.WARN)));
        assertFalse(paid.equals((Object) "shop.order_paid"));
        assertFalse(paid.reserved());
        assertEquals("shop.order_paid", paid.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "200, SUCCESS",
        "302, SUCCESS",
        "399, SUCCESS",
        "400, FAILURE",
        "401, DENIED",
        "403, DENIED",
        "404, FAILURE",
        "429, DENIED",
        "499, FAILURE",
        "500, ERROR",
        "503, ERROR"
    })
    void httpRequest_status_decidesTheOutcome(int status, Outcome outcome) {
        AuditEvent event = Events.httpRequest(ADA, "GET /", status).build();

        assertEquals(outcome, event.outcome());
        assertEquals((long) status, event.details().get("status"));
    }

    @Test
    void factories_ofAccountsAndSessions_setTypeActorTargetAndOutcome() {
        Target account = Target.of("user", "u9");

        assertEquals(
                List.of(
                        "authn_login_success SUCCESS USER -",
                        "authn_login_fail FAILURE ANONYMOUS user",
                        "authn_login_fail_max DENIED ANONYMOUS user",
                        "authz_fail DENIED USER course",
                        "authz_change SUCCESS USER user",
                        "session_created SUCCESS USER session",
                        "session_renewed SUCCESS USER session",
                        "session_expired SUCCESS USER session",
                        "authn_token_reuse DENIED USER session",
                        "user_created SUCCESS USER user",
                        "user_updated SUCCESS USER user"),
                shapes(
                        Events.loginSucceeded(ADA),
                        Events.loginFailed(account),
                        Events.loginThrottled(account),
                        Events.accessDenied(ADA, Target.of("course", "c1")),
                        Events.accessChanged(ADA, account, "student", "instructor"),
                        Events.sessionCreated(ADA, "s1"),
                        Events.sessionRenewed(ADA, "s1"),
                        Events.sessionEnded(ADA, "s1", "logout"),
                        Events.tokenReused(ADA, "s1"),
                        Events.userCreated(ADA, "u9"),
                        Events.userUpdated(ADA, "u9")));
    }

    @Test
    void factories_ofTheServiceAndTheLms_setTypeActorTargetAndOutcome() {
        assertEquals(
                List.of(
                        "excess_rate_limit_exceeded DENIED USER limit",
                        "input_validation_fail FAILURE USER -",
                        "sys_startup SUCCESS SYSTEM -",
                        "sys_shutdown SUCCESS SYSTEM -",
                        "lms.course_created SUCCESS USER course",
                        "lms.enrolment_created SUCCESS USER course",
                        "lms.submission_created SUCCESS USER submission",
                        "lms.grade_changed SUCCESS USER submission",
                        "lms.tenant_created SUCCESS USER tenant"),
                shapes(
                        Events.rateLimitExceeded(ADA, "per-user"),
                        Events.inputRejected(ADA, "unknown field"),
                        Events.systemStarted("lms"),
                        Events.systemStopped("lms"),
                        Events.courseCreated(ADA, "c1"),
                        Events.enrolmentCreated(ADA, "c1", "u9", "student"),
                        Events.submissionCreated(ADA, "c1", "w1"),
                        Events.gradeChanged(ADA, "w1", "88", "regraded"),
                        Events.tenantCreated(ADA, "north")));
    }

    @Test
    void actor_service_isNamed() {
        assertEquals(new Actor(Actor.Kind.SERVICE, "importer"), Actor.service("importer"));
    }

    private static List<String> shapes(AuditEvent.Builder... events) {
        return Stream.of(events)
                .map(AuditEvent.Builder::build)
                .map(event -> event.type() + " " + event.outcome() + " "
                        + event.actor().kind() + " "
                        + event.target().map(Target::type).orElse("-"))
                .toList();
    }
}
