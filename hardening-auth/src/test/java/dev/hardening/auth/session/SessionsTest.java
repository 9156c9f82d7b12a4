package dev.hardening.auth.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.AuthEvent.RefreshRejected.Reason;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SessionsTest {
    private final SessionFixture fixture = SessionFixture.inMemory();

    @Test
    void refreshAndLogout_noTokenAtAll_areMalformed() {
        assertEquals("MALFORMED", fixture.sessions.refresh(null).fold(tokens -> "tokens", Enum::name));
        fixture.sessions.logout(null);

        assertEquals(
                List.of(AuthEvent.Kind.REFRESH_REJECTED, AuthEvent.Kind.REFRESH_REJECTED),
                fixture.events.stream().map(AuthEvent::kind).toList());
    }

    @Test
    @Tag("auth:R8")
    @Tag("ASVS-7.2.4")
    void start_twice_givesTwoSessions() {
        SessionTokens one = fixture.start();
        SessionTokens other = fixture.start();

        assertNotEquals(one.session(), other.session());
        assertEquals(Duration.ofMinutes(10), one.expiresIn());
        assertTrue(fixture.accepted(one));
    }

    @Test
    @Tag("auth:R7")
    @Tag("ASVS-7.4.2")
    void startIf_allRevokedMeanwhile_givesTokensThatAreDead() {
        LoginContext login = LoginContext.password(fixture.clock.instant());

        SessionTokens tokens = fixture.sessions
                .startIf(SessionFixture.TENANT, SessionFixture.USER, login, () -> {
                    fixture.sessions.revokeAll(SessionFixture.TENANT, SessionFixture.USER, "disabled");
                    return true;
                })
                .orElseThrow();

        assertFalse(fixture.accepted(tokens));
        assertEquals(Reason.REVOKED, fixture.refusal(tokens.refreshToken()));
        assertTrue(fixture.accepted(fixture.start()));
    }

    @Test
    void revokeAll_noReason_isTheCallersMistakeAndEndsNothing() {
        SessionTokens tokens = fixture.start();

        assertThrows(
                NullPointerException.class,
                () -> fixture.sessions.revokeAll(SessionFixture.TENANT, SessionFixture.USER, null));

        assertTrue(fixture.accepted(tokens));
    }

    @Test
    void startIf_notAllowed_keepsNothing() {
        LoginContext login = LoginContext.password(fixture.clock.instant());

        assertEquals(
                Optional.empty(),
                fixture.sessions.startIf(SessionFixture.TENANT, SessionFixture.USER, login, () -> false));
        assertEquals(List.of(), fixture.events);
    }

    @Test
    @Tag("auth:R6")
    @Tag("ASVS-7.4.1")
    void logout_ofOneSession_killsBothItsTokensAtOnceAndNoOther() {
        SessionTokens gone = fixture.start();
        SessionTokens stays = fixture.start();

        fixture.sessions.logout(gone.refreshToken(), "192.0.2.7");

        assertFalse(fixture.accepted(gone));
        assertEquals(Reason.REVOKED, fixture.refusal(gone.refreshToken()));
        assertTrue(fixture.accepted(stays));
        assertEquals(1, fixture.count(AuthEvent.Kind.LOGGED_OUT));
    }

    @Test
    void logout_twiceOrWithAnOldToken_isQuietAndCountsOnce() {
        SessionTokens first = fixture.start();
        SessionTokens second = fixture.refreshed(first.refreshToken());

        fixture.sessions.logout(first.refreshToken());
        fixture.sessions.logout(second.refreshToken());

        assertFalse(fixture.accepted(second));
        assertEquals(1, fixture.count(AuthEvent.Kind.LOGGED_OUT));
    }

    @Test
    void logout_withNoSuchToken_changesNothing() {
        SessionTokens tokens = fixture.start();

        fixture.sessions.logout("nonsense");
        fixture.sessions.logout(
                tokens.refreshToken().substring(0, tokens.refreshToken().length() - 43) + "A".repeat(43));

        assertTrue(fixture.accepted(tokens));
        assertEquals(2, fixture.count(AuthEvent.Kind.REFRESH_REJECTED));
    }

    @Test
    @Tag("auth:R7")
    @Tag("ASVS-7.4.3")
    void revokeAll_ofAUser_endsEverySessionOfThatUserInThatTenantOnly() {
        SessionTokens one = fixture.start();
        SessionTokens two = fixture.start();
        SessionTokens otherTenant = fixture.sessions.start(
                new TenantId("other"), SessionFixture.USER, LoginContext.password(fixture.clock.instant()));

        fixture.sessions.revokeAll(SessionFixture.TENANT, SessionFixture.USER, "password-changed");

        assertFalse(fixture.accepted(one) || fixture.accepted(two));
        assertEquals(Reason.REVOKED, fixture.refusal(one.refreshToken()));
        assertEquals(Reason.REVOKED, fixture.refusal(two.refreshToken()));
        assertTrue(fixture.accepted(otherTenant));
        SessionTokens after = fixture.start();
        assertTrue(fixture.accepted(after));
        assertTrue(fixture.accepted(fixture.refreshed(after.refreshToken())));
    }

    @Test
    @Tag("auth:E1")
    void events_ofAWholeSession_tellItWithoutAnyToken() {
        SessionTokens first = fixture.start();
        SessionTokens second = fixture.refreshed(first.refreshToken());
        fixture.sessions.refresh(first.refreshToken());
        fixture.sessions.logout(second.refreshToken());
        fixture.sessions.revokeAll(SessionFixture.TENANT, SessionFixture.USER, "disabled");

        assertEquals(
                List.of(
                        AuthEvent.Kind.SESSION_STARTED,
                        AuthEvent.Kind.TOKEN_REFRESHED,
                        AuthEvent.Kind.TOKEN_REFRESHED,
                        AuthEvent.Kind.LOGGED_OUT,
                        AuthEvent.Kind.SESSION_REVOKED),
                fixture.events.stream().map(AuthEvent::kind).collect(Collectors.toList()));
        AuthEvent.Context context = fixture.events.get(0).context();
        assertEquals(Optional.of("192.0.2.1"), context.clientAddress());
        assertEquals(Optional.of(SessionFixture.TENANT), context.tenant());
        assertFalse(((AuthEvent.TokenRefreshed) fixture.events.get(1)).replayed());
        assertTrue(((AuthEvent.TokenRefreshed) fixture.events.get(2)).replayed());
        assertFalse(first.toString().contains(first.refreshToken()));
        assertFalse(first.toString().contains(first.accessToken()));
    }

    @Test
    void listener_throws_changesNothing() {
        Sessions sessions = fixture.sessions()
                .listener(event -> {
                    throw new IllegalStateException("listener");
                })
                .build();

        SessionTokens tokens = sessions.start(
                SessionFixture.TENANT, SessionFixture.USER, LoginContext.password(fixture.clock.instant()));

        assertEquals(
                RefreshResult.Kind.ROTATED,
                sessions.refresh(tokens.refreshToken()).kind());
    }

    @Test
    void purgeExpired_dayAfterTheEnd_removes() {
        fixture.start();
        fixture.clock.advance(Duration.ofDays(8));

        assertEquals(0, fixture.sessions.purgeExpired(10));
        fixture.clock.advance(Duration.ofSeconds(1));
        assertEquals(1, fixture.sessions.purgeExpired(10));
    }

    @Test
    void build_nothingSet_namesEveryFault() {
        var refused = assertThrows(
                AuthConfigurationException.class,
                () -> Sessions.builder()
                        .grace(Duration.ofSeconds(61))
                        .idleLimit(Duration.ofDays(400))
                        .absoluteLimit(Duration.ofDays(366))
                        .build());

        assertEquals(7, refused.faults().size(), refused.getMessage());
    }

    @Test
    void build_signingRingForRefresh_isRefused() {
        assertThrows(
                AuthConfigurationException.class,
                () -> fixture.sessions().keys(fixture.signingRing).build());
    }

    @Test
    void loginContext_fromOutside_isCutAndPrintable() {
        LoginContext context = LoginContext.password(Instant.EPOCH)
                .userAgent("Mozilla\r\n" + "x".repeat(300))
                .clientAddress("2001:db8::1");

        assertEquals(256, context.userAgent().length());
        assertTrue(context.userAgent().startsWith("Mozilla  x"));
        assertEquals("2001:db8::1", context.clientAddress());
        assertThrows(IllegalArgumentException.class, () -> new LoginContext(List.of(), "", ""));
    }

    @Test
    void start_forAnotherUser_isNotTouchedByTheFirst() {
        SessionTokens other = fixture.sessions.start(
                SessionFixture.TENANT, new UserId("u-2"), LoginContext.password(fixture.clock.instant()));

        fixture.sessions.revokeAll(SessionFixture.TENANT, SessionFixture.USER, "disabled");

        assertTrue(fixture.accepted(other));
    }
}
