package dev.hardening.auth.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.AuthEvent.RefreshRejected.Reason;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.token.VerifiedToken;
import dev.hardening.secrets.ring.RingKey;
import dev.hardening.testing.SeededRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RotationTest {
    private final SessionFixture fixture = SessionFixture.inMemory();

    @Test
    @Tag("ASVS-10.4.5")
    void refresh_present_givesTheNextGenerationOfTheSameSession() {
        SessionTokens first = fixture.start();

        SessionTokens second = fixture.refreshed(first.refreshToken());

        assertNotEquals(first.refreshToken(), second.refreshToken());
        assertNotEquals(first.accessToken(), second.accessToken());
        assertEquals(first.session(), second.session());
        assertTrue(fixture.accepted(first) && fixture.accepted(second));
        assertEquals(List.of(0L, 1L), List.of(generation(first), generation(second)));
    }

    @Test
    void refresh_later_doesNotRenewTheProof() {
        Instant login = fixture.clock.instant();
        SessionTokens first = fixture.start();
        fixture.clock.advance(Duration.ofHours(5));

        VerifiedToken token = fixture.verifier
                .verify(fixture.refreshed(first.refreshToken()).accessToken())
                .fold(valid -> valid, reason -> {
                    throw new AssertionError(reason);
                });

        assertEquals(login, token.authenticatedAt());
    }

    @ParameterizedTest
    @Tag("auth:R3")
    @CsvSource({"0,", "19999,", "20000,REUSED", "20001,REUSED"})
    void refresh_previousAroundTheGrace_givesTheSameSuccessorOrEndsTheSession(long millis, Reason reason) {
        SessionTokens first = fixture.start();
        SessionTokens second = fixture.refreshed(first.refreshToken());
        fixture.clock.advance(Duration.ofMillis(millis));

        RefreshResult again = fixture.sessions.refresh(first.refreshToken());

        assertEquals(reason, again.fold(tokens -> null, refused -> refused));
        if (reason == null) {
            assertEquals(
                    second.refreshToken(),
                    assertInstanceOf(RefreshResult.Replayed.class, again)
                            .tokens()
                            .refreshToken());
        }
        assertEquals(reason == null, fixture.accepted(second));
    }

    @Test
    @Tag("auth:R3")
    void refresh_clockStepsBack_staysInTheGrace() {
        SessionTokens first = fixture.start();
        SessionTokens second = fixture.refreshed(first.refreshToken());
        fixture.clock.advance(Duration.ofHours(-1));

        assertEquals(
                second.refreshToken(), fixture.refreshed(first.refreshToken()).refreshToken());
    }

    @Test
    @Tag("auth:R2")
    void refresh_twoGenerationsBackInsideTheGrace_endsTheSession() {
        SessionTokens first = fixture.start();
        SessionTokens second = fixture.refreshed(first.refreshToken());
        SessionTokens third = fixture.refreshed(second.refreshToken());

        assertEquals(Reason.REUSED, fixture.refusal(first.refreshToken()));

        assertEquals(Reason.REVOKED, fixture.refusal(third.refreshToken()));
        assertFalse(fixture.accepted(third));
        assertEquals(1, fixture.count(AuthEvent.Kind.REFRESH_REUSE_DETECTED));
    }

    @Test
    @Tag("auth:R2")
    void reuse_detected_namesSessionAndGenerationButNoToken() {
        SessionTokens first = fixture.start();
        fixture.refreshed(first.refreshToken());
        fixture.clock.advance(Duration.ofMinutes(1));
        fixture.sessions.refresh(first.refreshToken(), "192.0.2.9");

        var event = (AuthEvent.RefreshReuseDetected) fixture.events.get(fixture.events.size() - 1);

        assertEquals(0, event.generation());
        assertEquals(Optional.of(first.session()), event.context().session());
        assertEquals(Optional.of(SessionFixture.USER), event.context().user());
        assertEquals(Optional.of("192.0.2.9"), event.context().clientAddress());
        assertFalse(fixture.events.toString().contains(first.refreshToken().substring(30)));
    }

    @Test
    void refresh_withoutGrace_secondPresentationEndsTheSession() {
        Sessions strict = fixture.sessions().grace(Duration.ZERO).build();
        SessionTokens first = fixture.start();
        strict.refresh(first.refreshToken());

        assertEquals(new RefreshResult.Rejected(Reason.REUSED), strict.refresh(first.refreshToken()));
    }

    @Test
    @Tag("auth:R4")
    void refresh_endedInsideTheGrace_getsNoGrace() {
        SessionTokens first = fixture.start();
        SessionTokens second = fixture.refreshed(first.refreshToken());
        fixture.sessions.logout(second.refreshToken());

        assertEquals(Reason.REVOKED, fixture.refusal(first.refreshToken()));
        assertEquals(Reason.REVOKED, fixture.refusal(second.refreshToken()));
    }

    @ParameterizedTest
    @Tag("auth:R5")
    @Tag("ASVS-7.3.1")
    @CsvSource({"604799,", "604800,IDLE_EXPIRED", "604801,IDLE_EXPIRED"})
    void refresh_aroundTheIdleLimit_endsWithIt(long seconds, Reason reason) {
        SessionTokens first = fixture.start();
        fixture.clock.advance(Duration.ofSeconds(seconds));

        assertEquals(reason, fixture.refusal(first.refreshToken()));
    }

    @ParameterizedTest
    @Tag("auth:R5")
    @Tag("ASVS-7.3.2")
    @Tag("ASVS-10.4.8")
    @CsvSource({"-1,", "0,ABSOLUTE_EXPIRED", "1,ABSOLUTE_EXPIRED"})
    void refresh_aroundTheAbsoluteLimit_endsHoweverFreshItIs(long seconds, Reason reason) {
        String token = fixture.start().refreshToken();
        for (int i = 0; i < 5; i++) {
            fixture.clock.advance(Duration.ofDays(6).minusSeconds(i == 0 ? 2 : 0));
            token = i < 4 ? fixture.refreshed(token).refreshToken() : token;
        }
        fixture.clock.advance(Duration.ofSeconds(2 + seconds));

        assertEquals(reason, fixture.refusal(token));
    }

    @Test
    @Tag("auth:R2")
    void refresh_forged_changesNothing() {
        SessionTokens first = fixture.start();
        String token = first.refreshToken();
        String[] parts = token.split("\\.", -1);
        String other = fixture.start().refreshToken().split("\\.", -1)[2];

        for (String forged : List.of(
                String.join(".", parts[0], parts[1], parts[2], "1", parts[4]),
                String.join(".", parts[0], parts[1], parts[2], "999999999999999999", parts[4]),
                String.join(".", parts[0], parts[1], other, parts[3], parts[4]),
                String.join(".", parts[0], parts[1], "A".repeat(22), parts[3], parts[4]),
                String.join(".", parts[0], "ffffffffffffffff", parts[2], parts[3], parts[4]),
                String.join(".", parts[0], parts[1], parts[2], parts[3], "A".repeat(43)))) {
            assertEquals(Reason.FORGED, fixture.refusal(forged), forged);
        }
        assertEquals(1, generation(fixture.refreshed(token)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "v1",
                "v1....",
                "v2.a.AAAAAAAAAAAAAAAAAAAAAA.0.x",
                "v1.a.AAAAAAAAAAAAAAAAAAAAAA.-1.x",
                "null",
                "\u0000"
            })
    void refresh_ofAnotherForm_isMalformed(String token) {
        assertEquals(Reason.MALFORMED, fixture.refusal(token));
    }

    @Test
    @Tag("auth:R2")
    void refresh_anyBitFlipped_isRefusedAndHarmless() {
        Random random = SeededRandom.of("RotationTest");
        SessionTokens first = fixture.start();
        String token = first.refreshToken();

        for (int i = 0; i < token.length() * 7; i++) {
            int at = i % token.length();
            char flipped = (char) (token.charAt(at) ^ (1 << (i / token.length())));
            String damaged = token.substring(0, at) + flipped + token.substring(at + 1);
            assertTrue(fixture.refusal(damaged) != null, damaged);
        }
        for (int i = 0; i < 2000; i++) {
            int from = random.nextInt(token.length());
            String cut = token.substring(0, from) + token.substring(random.nextInt(token.length()));
            assertTrue(cut.equals(token) || fixture.refusal(cut) != null, cut);
        }
        assertEquals(1, generation(fixture.refreshed(token)));
    }

    @Test
    void refresh_leadingZeroInTheGeneration_isAnotherSpellingAndRefused() {
        String[] parts = fixture.start().refreshToken().split("\\.", -1);
        parts[3] = "00";

        assertEquals(Reason.MALFORMED, fixture.refusal(String.join(".", parts)));
    }

    @Test
    void refresh_tokenOfAnotherInstallation_isForged() {
        SessionFixture other = SessionFixture.inMemory();

        assertEquals(Reason.FORGED, fixture.refusal(other.start().refreshToken()));
    }

    @Test
    void refresh_ringRotated_oldAndNewKeysWorkAndGraceIsTheSame() {
        SessionTokens first = fixture.start();
        SessionTokens second = fixture.refreshed(first.refreshToken());
        fixture.refreshRing.unsafePromoteNow(fixture.refreshRing.add().id());

        assertEquals(
                second.refreshToken(), fixture.refreshed(first.refreshToken()).refreshToken());
        SessionTokens third = fixture.refreshed(second.refreshToken());
        assertEquals(fixture.refreshRing.active().id(), third.refreshToken().split("\\.", -1)[1]);
        assertEquals(
                third.refreshToken(), fixture.refreshed(second.refreshToken()).refreshToken());
    }

    @Test
    void refresh_generationUnderAnotherRingKey_isForged() {
        SessionTokens first = fixture.start();
        SessionFamily family = family(first);
        RingKey second =
                fixture.refreshRing.unsafePromoteNow(fixture.refreshRing.add().id());
        SessionFamily.Head sameGeneration = new SessionFamily.Head(
                second.id(), 0, family.head().rotatedAt(), family.head().idleExpiry());
        String twin = new RefreshCodes(fixture.refreshRing)
                .token(family.withHead(sameGeneration))
                .orElseThrow();

        assertEquals(Reason.FORGED, fixture.refusal(twin));
    }

    @Test
    void refresh_keyDisabled_endsWhatItMade() {
        SessionTokens first = fixture.start();
        String old = fixture.refreshRing.active().id();
        fixture.refreshRing.unsafePromoteNow(fixture.refreshRing.add().id());
        fixture.refreshRing.unsafeDisableNow(old);

        assertEquals(Reason.FORGED, fixture.refusal(first.refreshToken()));
    }

    @Test
    void refresh_databaseFailsBetweenRotationAndAnswer_theRetryGetsTheSuccessor() {
        FailingStore failing = new FailingStore(fixture.store);
        Sessions sessions = fixture.sessions().store(failing).build();
        SessionTokens first = fixture.start();
        failing.failAfterAdvance = true;

        assertThrows(AuthUnavailableException.class, () -> sessions.refresh(first.refreshToken()));
        failing.failAfterAdvance = false;
        RefreshResult retry = sessions.refresh(first.refreshToken());

        assertEquals(
                1,
                generation(assertInstanceOf(RefreshResult.Replayed.class, retry).tokens()));
    }

    @Test
    void refresh_heldUpWhileTheClientRetriedAndWentOn_isNoTheft() {
        FailingStore slow = new FailingStore(fixture.store);
        Sessions held = fixture.sessions().store(slow).build();
        SessionTokens first = fixture.start();
        slow.beforeAdvance =
                () -> fixture.refreshed(fixture.refreshed(first.refreshToken()).refreshToken());

        assertEquals(new RefreshResult.Rejected(Reason.SUPERSEDED), held.refresh(first.refreshToken()));

        assertEquals(0, fixture.count(AuthEvent.Kind.REFRESH_REUSE_DETECTED));
        assertTrue(family(first).ending().isEmpty());
    }

    @Test
    void refresh_overtakenByItsTwin_getsTheSameSuccessor() {
        FailingStore slow = new FailingStore(fixture.store);
        Sessions held = fixture.sessions().store(slow).build();
        SessionTokens first = fixture.start();
        slow.beforeAdvance = () -> fixture.refreshed(first.refreshToken());

        assertInstanceOf(RefreshResult.Replayed.class, held.refresh(first.refreshToken()));
    }

    @Test
    void refresh_overtakenByALogout_isRevoked() {
        FailingStore slow = new FailingStore(fixture.store);
        Sessions held = fixture.sessions().store(slow).build();
        SessionTokens first = fixture.start();
        slow.beforeAdvance = () -> fixture.sessions.logout(first.refreshToken());

        assertEquals(new RefreshResult.Rejected(Reason.REVOKED), held.refresh(first.refreshToken()));
    }

    private SessionFamily family(SessionTokens tokens) {
        return fixture.store.find(tokens.refreshToken().split("\\.", -1)[2]).orElseThrow();
    }

    private static long generation(SessionTokens tokens) {
        return RefreshToken.parse(tokens.refreshToken()).orElseThrow().generation();
    }

    /** A store between whose steps something happens. */
    private static final class FailingStore implements SessionStore {
        private final SessionStore store;
        private boolean failAfterAdvance;
        private Runnable beforeAdvance = () -> {};

        FailingStore(SessionStore store) {
            this.store = store;
        }

        @Override
        public long epoch(TenantId tenant, UserId user) {
            return store.epoch(tenant, user);
        }

        @Override
        public void create(SessionFamily family) {
            store.create(family);
        }

        @Override
        public Optional<SessionFamily> find(String familyId) {
            return store.find(familyId);
        }

        @Override
        public Optional<SessionFamily> advance(String familyId, long expected, SessionFamily.Head next) {
            beforeAdvance.run();
            Optional<SessionFamily> advanced = store.advance(familyId, expected, next);
            if (failAfterAdvance) {
                throw new AuthUnavailableException("the answer was lost");
            }
            return advanced;
        }

        @Override
        public boolean end(String familyId, SessionFamily.Ending ending) {
            return store.end(familyId, ending);
        }

        @Override
        public long endAll(TenantId tenant, UserId user, SessionFamily.Ending ending) {
            return store.endAll(tenant, user, ending);
        }

        @Override
        public boolean revoked(TenantId tenant, UserId user, SessionId session, long epoch) {
            return store.revoked(tenant, user, session, epoch);
        }

        @Override
        public Changes changes(String cursor, Instant notBefore) {
            return store.changes(cursor, notBefore);
        }

        @Override
        public int purgeExpired(int batch) {
            return store.purgeExpired(batch);
        }
    }
}
