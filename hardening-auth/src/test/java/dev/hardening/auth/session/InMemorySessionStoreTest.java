package dev.hardening.auth.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hardening.auth.AuthUnavailableException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class InMemorySessionStoreTest extends SessionStoreContract {
    @Override
    protected SessionStore emptyStore() {
        return InMemorySessionStore.create(clock);
    }

    @Test
    void create_full_endsNobodyElsesSession() {
        SessionFixture fixture = new SessionFixture(clock, InMemorySessionStore.create(clock, 2));
        SessionTokens one = fixture.start();
        fixture.start();

        assertThrows(AuthUnavailableException.class, fixture::start);
        assertEquals(
                RefreshResult.Kind.ROTATED,
                fixture.sessions.refresh(one.refreshToken()).kind());
    }

    @Test
    void create_fullOfExpired_makesRoom() {
        SessionFixture fixture = new SessionFixture(clock, InMemorySessionStore.create(clock, 2));
        fixture.start();
        fixture.start();
        clock.advance(Duration.ofDays(9));

        assertEquals(
                RefreshResult.Kind.ROTATED,
                fixture.sessions.refresh(fixture.start().refreshToken()).kind());
    }

    @Test
    void create_withoutRoom_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> InMemorySessionStore.create(clock, 0));
    }
}
