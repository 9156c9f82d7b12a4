package dev.hardening.auth.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TokenIssuerTest {
    private final TokenFixture fixture = new TokenFixture();

    @Test
    void issue_always_writesTheClaimsOfTheFormatAndNoOthers() {
        String[] parts = fixture.token().split("\\.", -1);

        assertEquals(
                Set.of(
                        "iss",
                        "sub",
                        "aud",
                        "exp",
                        "iat",
                        "jti",
                        "sid",
                        "tenant",
                        "amr",
                        "amr_time",
                        "auth_time",
                        "epoch"),
                StrictJson.object(Base64.getUrlDecoder().decode(parts[1]))
                        .orElseThrow()
                        .keySet());
        assertEquals(
                "{\"alg\":\"ES256\",\"kid\":\"" + fixture.ring.active().id() + "\",\"typ\":\"at+jwt\"}",
                new String(Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8));
    }

    @Test
    void issue_twice_givesDifferentIds() {
        assertNotEquals(id(fixture.token()), id(fixture.token()));
    }

    @Test
    void issue_severalFactors_authTimeIsTheLatest() {
        Instant now = fixture.clock.instant();
        Factor password = Factor.password(now.minusSeconds(100));
        Factor code = new Factor("otp", now.minusSeconds(40));
        var subject = new TokenIssuer.Subject(
                TokenFixture.TENANT, TokenFixture.USER, TokenFixture.SESSION, 0, List.of(code, password));

        VerifiedToken token = verified(fixture.issuer.issue(subject).value());

        assertEquals(now.minusSeconds(40), token.authenticatedAt());
        assertEquals(List.of(code, password), token.factors());
    }

    @Test
    void issued_printed_holdsNothingOfTheToken() {
        TokenIssuer.Issued issued = fixture.issuer.issue(fixture.subject());

        assertEquals(Duration.ofMinutes(10), issued.lifetime());
        assertEquals(fixture.clock.instant().plusSeconds(600), issued.expiresAt());
        assertFalse(issued.toString().contains(issued.value().substring(0, 8)));
    }

    @Test
    void subject_outOfRange_isRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new TokenIssuer.Subject(
                        TokenFixture.TENANT, TokenFixture.USER, TokenFixture.SESSION, 0, List.of()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new TokenIssuer.Subject(
                        TokenFixture.TENANT,
                        TokenFixture.USER,
                        TokenFixture.SESSION,
                        -1,
                        List.of(Factor.password(Instant.EPOCH))));
        assertThrows(IllegalArgumentException.class, () -> new Factor("PWD", Instant.EPOCH));
    }

    @Test
    void build_nothingSet_namesEveryFault() {
        var refused = assertThrows(
                AuthConfigurationException.class,
                () -> TokenIssuer.builder().lifetime(Duration.ofHours(2)).build());

        assertEquals(4, refused.faults().size(), refused.getMessage());
    }

    @Test
    void verify_ringDownAndKeyUnknown_isUnavailableAndNotWrong() {
        FailingRingStore store = new FailingRingStore();
        KeyRing ring = KeyRing.builder()
                .name("signing")
                .kind(KeyKind.EC_P256)
                .store(store)
                .keyEncryptionKey(Secret.of("0123456789abcdef0123456789abcdef"))
                .build();
        AccessTokenVerifier verifier = fixture.verifier().keys(ring).build();
        store.down = true;

        assertThrows(AuthUnavailableException.class, () -> verifier.verify(fixture.token()));
    }

    private String id(String token) {
        return verified(token).id();
    }

    private VerifiedToken verified(String token) {
        assertTrue(fixture.verifier.verify(token) instanceof Verification.Valid);
        return ((Verification.Valid) fixture.verifier.verify(token)).token();
    }

    private static final class FailingRingStore implements RingStore {
        private final RingStore memory = new InMemoryRingStore();
        private boolean down;

        @Override
        public Optional<Stored> load(String ring) {
            if (down) {
                throw new SecretsUnavailableException("down");
            }
            return memory.load(ring);
        }

        @Override
        public boolean compareAndSet(String ring, long expectedVersion, byte[] document) {
            return memory.compareAndSet(ring, expectedVersion, document);
        }
    }
}
