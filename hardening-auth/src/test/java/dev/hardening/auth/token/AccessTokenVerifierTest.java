package dev.hardening.auth.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.token.Verification.Reason;
import dev.hardening.secrets.ring.KeyKind;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTokenVerifierTest {
    private final TokenFixture fixture = new TokenFixture();

    @Test
    @Tag("ASVS-9.1.1")
    void verify_ofOurs_saysWhatTheIssuerSaid() {
        VerifiedToken token = valid(fixture.token());

        assertEquals(TokenFixture.TENANT, token.tenant());
        assertEquals(TokenFixture.USER, token.user());
        assertEquals(TokenFixture.SESSION, token.session());
        assertEquals(3, token.epoch());
        assertEquals(fixture.clock.instant(), token.issuedAt());
        assertEquals(fixture.clock.instant().plusSeconds(600), token.expiresAt());
        assertEquals(fixture.clock.instant(), token.authenticatedAt());
        assertEquals(List.of(Factor.password(fixture.clock.instant())), token.factors());
        assertEquals(Optional.empty(), token.clientId());
        assertFalse(token.id().isEmpty());
        assertEquals("VerifiedToken[user=u-1, tenant=main, session=s-1]", token.toString());
    }

    @Test
    void verify_withClientId_namesTheClient() {
        String token = fixture.signed(fixture.header(), TokenFixture.with(fixture.claims(), "client_id", "\"mobile\""));

        assertEquals(Optional.of("mobile"), valid(token).clientId());
    }

    @Test
    @Tag("auth:T13")
    void verify_nothing_isMissing() {
        assertEquals(Reason.MISSING, fixture.refusal(null));
        assertEquals(Reason.MISSING, fixture.refusal(""));
    }

    @ParameterizedTest
    @Tag("auth:T8")
    @Tag("ASVS-9.2.1")
    @ValueSource(
            strings = {
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
                "epoch"
            })
    void verify_claimMissingNullOrOfAnotherType_isRefused(String name) {
        assertEquals(Reason.CLAIM, refusalWithout(name));
        for (String value :
                List.of("null", "{}", "[]", "true", "\"\"", "[[]]", "[{}]", "1.5", "1e3", "-1", "\"\\u0000\"")) {
            assertEquals(Reason.CLAIM, refusalWith(name, value), value);
        }
    }

    @ParameterizedTest
    @Tag("auth:T8")
    @ValueSource(
            strings = {"\"1763800000\"", "1e30", "1e400", "9223372036854775807", "253402300800", "1.0", "-1", "-0.0"})
    void verify_timeThatIsNoPlainSecond_isRefused(String value) {
        for (String name : List.of("exp", "iat", "nbf", "auth_time")) {
            assertEquals(Reason.CLAIM, refusalWith(name, value), name);
        }
    }

    @ParameterizedTest
    @Tag("auth:T8")
    @CsvSource(
            delimiter = '|',
            value = {
                "sub | 5",
                "sub | \"a b\"",
                "sub | \"../x\"",
                "sid | \"a/b\"",
                "tenant | \"Main\"",
                "tenant | \"a'--\"",
                "client_id | 7",
                "client_id | \"\"",
                "amr | [\"PWD\"]",
                "amr | [\"pwd\",\"otp\"]",
                "amr_time | []",
                "epoch | 1e2",
                "aud | [\"lms-api\",5]",
                "aud | {\"lms-api\":1}"
            })
    void verify_claimOfAnotherForm_isRefused(String name, String value) {
        assertEquals(Reason.CLAIM, refusalWith(name, value));
    }

    @ParameterizedTest
    @Tag("auth:T9")
    @CsvSource({"629,", "630,EXPIRED", "631,EXPIRED"})
    void verify_aroundExpiry_endsAtExpPlusSkew(long secondsLater, Reason reason) {
        String token = fixture.token();

        fixture.clock.advance(Duration.ofSeconds(secondsLater));

        assertEquals(reason, fixture.refusal(token));
    }

    @ParameterizedTest
    @Tag("auth:T9")
    @CsvSource({
        "iat,29,",
        "iat,30,",
        "iat,31,NOT_YET_VALID",
        "nbf,29,",
        "nbf,30,",
        "nbf,31,NOT_YET_VALID",
        "auth_time,30,",
        "auth_time,31,NOT_YET_VALID"
    })
    void verify_aroundTheStart_beginsAtTheTimeMinusSkew(String claim, long secondsAhead, Reason reason) {
        long time = fixture.clock.instant().getEpochSecond() + secondsAhead;

        assertEquals(reason, refusalWith(claim, Long.toString(time)));
    }

    @ParameterizedTest
    @Tag("auth:T9")
    @CsvSource({"0,LIFETIME", "-1,LIFETIME", "1,", "899,", "900,", "901,LIFETIME"})
    void verify_aroundTheLongestLife_refusesWhatWasMadeToLiveLonger(long seconds, Reason reason) {
        long iat = fixture.clock.instant().getEpochSecond();

        assertEquals(reason, refusalWith("exp", Long.toString(iat + seconds)));
    }

    @Test
    @Tag("auth:T9")
    void verify_withoutSkew_isExactToTheSecond() {
        AccessTokenVerifier exact = fixture.verifier().skew(Duration.ZERO).build();
        String token = fixture.token();

        fixture.clock.advance(Duration.ofMillis(599_999));
        assertEquals(Verification.Kind.VALID, exact.verify(token).kind());
        fixture.clock.advance(Duration.ofMillis(1));
        assertEquals(new Verification.Invalid(Reason.EXPIRED), exact.verify(token));
    }

    @ParameterizedTest
    @ValueSource(strings = {"urn:hardening:test/", "urn:hardening:TEST", "urn:hardening", "https://hardening:test"})
    void verify_otherIssuer_isRefused(String issuer) {
        assertEquals(Reason.ISSUER, refusalWith("iss", '"' + issuer + '"'));
    }

    @ParameterizedTest
    @Tag("auth:T11")
    @Tag("ASVS-9.2.3")
    @CsvSource(
            delimiter = '|',
            value = {
                "\"lms-api\" |", "[\"lms-api\"] |", "[\"other\",\"lms-api\"] |", "\"other\" | AUDIENCE",
                "\"LMS-API\" | AUDIENCE", "[\"other\"] | AUDIENCE", "\"lms-api \" | AUDIENCE", "5 | CLAIM"
            })
    void verify_audience_mustNameUs(String audience, Reason reason) {
        assertEquals(reason, refusalWith("aud", audience));
    }

    @Test
    @Tag("auth:R6")
    @Tag("ASVS-7.4.1")
    void verify_revoked_isRefused() {
        AccessTokenVerifier verifier = asking((tenant, user, session, epoch) -> session.equals(TokenFixture.SESSION));

        assertEquals(new Verification.Invalid(Reason.REVOKED), verifier.verify(fixture.token()));
    }

    @Test
    void verify_revocationsUnavailable_isNeitherValidNorInvalid() {
        AccessTokenVerifier verifier = asking((tenant, user, session, epoch) -> {
            throw new AuthUnavailableException("store");
        });

        assertThrows(AuthUnavailableException.class, () -> verifier.verify(fixture.token()));
        assertEquals(new Verification.Invalid(Reason.MALFORMED), verifier.verify("a.b.c"));
    }

    @Test
    @Tag("auth:T11")
    void build_nothingSet_namesEveryFault() {
        AccessTokenVerifier.Builder builder = AccessTokenVerifier.builder()
                .audience(" ")
                .skew(Duration.ofSeconds(61))
                .maxLifetime(Duration.ofHours(2));

        var refused = assertThrows(AuthConfigurationException.class, builder::build);

        assertEquals(6, refused.faults().size(), refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "lms", "//host/path", "?query"})
    void build_issuerThatIsNotAbsolute_isRefused(String issuer) {
        URI uri = URI.create(issuer);

        assertThrows(
                AuthConfigurationException.class,
                () -> fixture.verifier().issuer(uri).build());
        assertThrows(
                AuthConfigurationException.class,
                () -> fixture.issuer().issuer(uri).build());
    }

    @Test
    void build_longestNames_verifyAndLongerOnesAreRefused() {
        URI issuer = URI.create("urn:" + "i".repeat(508));
        String audience = "a".repeat(512);
        String token = fixture.issuer()
                .issuer(issuer)
                .audience(audience)
                .build()
                .issue(fixture.subject())
                .value();

        assertEquals(
                Verification.Kind.VALID,
                fixture.verifier()
                        .issuer(issuer)
                        .audience(audience)
                        .build()
                        .verify(token)
                        .kind());
        for (String refused : List.of("a".repeat(513), "", " ", "a\nb")) {
            var verifying = assertThrows(
                    AuthConfigurationException.class,
                    () -> fixture.verifier().audience(refused).build());
            var issuing = assertThrows(
                    AuthConfigurationException.class,
                    () -> fixture.issuer().audience(refused).build());
            assertEquals(verifying.faults(), issuing.faults());
        }
        URI tooLong = URI.create("urn:" + "i".repeat(509));
        assertThrows(
                AuthConfigurationException.class,
                () -> fixture.issuer().issuer(tooLong).build());
    }

    @Test
    void build_ringOfAnotherKind_isRefused() {
        AccessTokenVerifier.Builder builder = fixture.verifier().keys(TokenFixture.ring("mac", KeyKind.HMAC_256));

        assertThrows(AuthConfigurationException.class, builder::build);
    }

    @Test
    void build_revocationsForgetTooSoon_isRefused() {
        AccessTokenVerifier.Builder builder = AccessTokenVerifier.builder()
                .keys(fixture.ring)
                .issuer(URI.create("urn:x"))
                .audience("x")
                .revocations(remembering(Duration.ofMinutes(15), (tenant, user, session, epoch) -> false));

        var refused = assertThrows(AuthConfigurationException.class, builder::build);

        assertTrue(refused.getMessage().contains("PT16M"), refused.getMessage());
    }

    private AccessTokenVerifier asking(Answer answer) {
        return AccessTokenVerifier.builder()
                .keys(fixture.ring)
                .issuer(TokenFixture.ISSUER)
                .audience(TokenFixture.AUDIENCE)
                .clock(fixture.clock)
                .revocations(remembering(Duration.ofMinutes(16), answer))
                .build();
    }

    private interface Answer {
        boolean revoked(TenantId tenant, UserId user, SessionId session, long epoch);
    }

    private static Revocations remembering(Duration memory, Answer answer) {
        return new Revocations() {
            @Override
            public boolean revoked(TenantId tenant, UserId user, SessionId session, long epoch) {
                return answer.revoked(tenant, user, session, epoch);
            }

            @Override
            public Duration memory() {
                return memory;
            }
        };
    }

    private Reason refusalWith(String claim, String value) {
        return fixture.refusal(fixture.signed(fixture.header(), TokenFixture.with(fixture.claims(), claim, value)));
    }

    private Reason refusalWithout(String claim) {
        return fixture.refusal(fixture.signed(fixture.header(), TokenFixture.without(fixture.claims(), claim)));
    }

    private VerifiedToken valid(String token) {
        return fixture.verifier.verify(token).fold(valid -> valid, reason -> {
            throw new AssertionError(reason);
        });
    }
}
