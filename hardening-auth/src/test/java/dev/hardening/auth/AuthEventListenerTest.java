package dev.hardening.auth;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class AuthEventListenerTest {
    private static final AuthEvent.Context CONTEXT = AuthEvent.Context.at(Instant.EPOCH);
    private static final AuthEvent EVENT = new AuthEvent.LoggedOut(CONTEXT);

    @Test
    void all_oneThrows_theOthersHear() {
        List<AuthEvent> heard = new ArrayList<>();
        AuthEventListener throwing = event -> {
            throw new IllegalStateException("listener");
        };

        AuthEventListener.all(List.of(throwing, heard::add)).onEvent(EVENT);

        assertEquals(List.of(EVENT), heard);
    }

    @Test
    void all_oneLacksAClassOrAsserts_theOthersHear() {
        List<AuthEvent> heard = new ArrayList<>();
        AuthEventListener lacking = event -> {
            throw new NoClassDefFoundError("io/micrometer/core/instrument/Tags");
        };
        AuthEventListener asserting = event -> {
            throw new AssertionError("listener");
        };

        AuthEventListener.all(List.of(lacking, asserting, heard::add)).onEvent(EVENT);

        assertEquals(List.of(EVENT), heard);
    }

    @Test
    void isolated_twice_wrapsOnce() {
        AuthEventListener isolated = AuthEventListener.isolated(AuthEventListener.none());

        assertSame(isolated, AuthEventListener.isolated(isolated));
        assertDoesNotThrow(() -> isolated.onEvent(EVENT));
    }

    @Test
    @Tag("auth:E1")
    void context_filledStepByStep_keepsWhatWasKnown() {
        AuthEvent.Context context = CONTEXT.tenant(new TenantId("main"))
                .user(new UserId("u"))
                .session(new SessionId("s"))
                .clientAddress("192.0.2.1");

        assertEquals(Instant.EPOCH, context.time());
        assertEquals(Optional.of(new TenantId("main")), context.tenant());
        assertEquals(Optional.of(new UserId("u")), context.user());
        assertEquals(Optional.of(new SessionId("s")), context.session());
        assertEquals(Optional.of("192.0.2.1"), context.clientAddress());
        assertEquals(Optional.empty(), CONTEXT.clientAddress());
    }

    @Test
    void kind_ofEveryRecord_isItsOwn() {
        List<AuthEvent> events = List.of(
                new AuthEvent.Registered(CONTEXT),
                new AuthEvent.RegistrationRepeated(CONTEXT),
                new AuthEvent.RegistrationRefused(CONTEXT, AuthEvent.RegistrationRefused.Reason.PASSWORD),
                new AuthEvent.VerificationMailRequested(CONTEXT),
                new AuthEvent.SetupTokenIssued(CONTEXT),
                new AuthEvent.EmailVerified(CONTEXT),
                new AuthEvent.VerificationFailed(CONTEXT),
                new AuthEvent.LoginSucceeded(CONTEXT),
                new AuthEvent.LoginFailed(CONTEXT, AuthEvent.LoginFailed.Reason.BUSY),
                new AuthEvent.LoginThrottled(CONTEXT, Duration.ZERO),
                new AuthEvent.SessionStarted(CONTEXT),
                new AuthEvent.TokenRefreshed(CONTEXT, false),
                new AuthEvent.RefreshReuseDetected(CONTEXT, 3),
                new AuthEvent.RefreshRejected(CONTEXT, AuthEvent.RefreshRejected.Reason.FORGED),
                EVENT,
                new AuthEvent.SessionRevoked(CONTEXT, "password-changed"),
                new AuthEvent.TokenRejected(CONTEXT, "EXPIRED"));

        Set<AuthEvent.Kind> kinds = events.stream().map(AuthEvent::kind).collect(Collectors.toSet());

        assertEquals(EnumSet.allOf(AuthEvent.Kind.class), kinds);
        events.forEach(event -> assertSame(CONTEXT, event.context()));
    }
}
