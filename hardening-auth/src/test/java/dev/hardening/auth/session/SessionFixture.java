package dev.hardening.auth.session;

import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.token.AccessTokenVerifier;
import dev.hardening.auth.token.TokenIssuer;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.testing.FakeClock;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Sessions on a store, with rings of their own, a clock that stands still and a listener that remembers. */
public final class SessionFixture {
    public static final TenantId TENANT = new TenantId("main");
    public static final UserId USER = new UserId("u-1");
    private static final URI ISSUER = URI.create("urn:hardening:test");

    public final FakeClock clock;
    public final SessionStore store;
    public final KeyRing refreshRing = ring("refresh", KeyKind.HMAC_256);
    public final KeyRing signingRing = ring("signing", KeyKind.EC_P256);
    public final List<AuthEvent> events = new CopyOnWriteArrayList<>();
    public final RevocationFeed feed;
    public final Sessions sessions;
    public final AccessTokenVerifier verifier;

    public SessionFixture(FakeClock clock, SessionStore store) {
        this.clock = clock;
        this.store = store;
        feed = RevocationFeed.builder()
                .store(store)
                .staleness(Duration.ZERO)
                .clock(clock)
                .build();
        sessions = sessions().build();
        verifier = AccessTokenVerifier.builder()
                .keys(signingRing)
                .issuer(ISSUER)
                .audience("lms")
                .revocations(feed)
                .clock(clock)
                .build();
    }

    public static SessionFixture inMemory() {
        FakeClock clock = FakeClock.create();
        return new SessionFixture(clock, InMemorySessionStore.create(clock));
    }

    public Sessions.Builder sessions() {
        return Sessions.builder()
                .store(store)
                .keys(refreshRing)
                .issuer(TokenIssuer.builder()
                        .keys(signingRing)
                        .issuer(ISSUER)
                        .audience("lms")
                        .clock(clock)
                        .build())
                .revocations(feed)
                .listener(events::add)
                .clock(clock);
    }

    public SessionTokens start() {
        return sessions.start(
                TENANT, USER, LoginContext.password(clock.instant()).clientAddress("192.0.2.1"));
    }

    /** The tokens of a refresh that must succeed. */
    public SessionTokens refreshed(String refreshToken) {
        return sessions.refresh(refreshToken).fold(tokens -> tokens, reason -> {
            throw new AssertionError(reason);
        });
    }

    public AuthEvent.RefreshRejected.Reason refusal(String refreshToken) {
        return sessions.refresh(refreshToken).fold(tokens -> null, reason -> reason);
    }

    public boolean accepted(SessionTokens tokens) {
        return verifier.verify(tokens.accessToken()).fold(token -> true, reason -> false);
    }

    public long count(AuthEvent.Kind kind) {
        return events.stream().filter(event -> event.kind() == kind).count();
    }

    public static KeyRing ring(String name, KeyKind kind) {
        return KeyRing.builder()
                .name(name)
                .kind(kind)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(Secret.of("0123456789abcdef0123456789abcdef"))
                .build();
    }
}
