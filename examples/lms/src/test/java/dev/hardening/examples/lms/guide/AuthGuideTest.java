package dev.hardening.examples.lms.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.Auth;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.AuthNotifier;
import dev.hardening.auth.account.Login;
import dev.hardening.auth.account.LoginResult;
import dev.hardening.auth.account.OneTimeTokenStore;
import dev.hardening.auth.account.Setup;
import dev.hardening.auth.password.Password;
import dev.hardening.auth.session.InMemorySessionStore;
import dev.hardening.auth.session.SessionTokens;
import dev.hardening.auth.token.Verification;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingStore;
import java.net.URI;
import java.time.Clock;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The code of the README and of the guide to auth, and that it does what they say. */
class AuthGuideTest {
    private static final TenantId TENANT = new TenantId("main");
    private static final EmailAddress ADDRESS =
            EmailAddress.parse("ada@school.example").orElseThrow();

    private final RingStore rings = new InMemoryRingStore();
    private final Secret kek = Secret.of("a key-encryption key of the guide, 64 characters, never for use.");

    @Test
    void guide_loginOfASeededUser_givesTokensThatVerify() {
        AuthNotifier notifier = notice -> {};
        // region auth
        Auth auth = Auth.builder()
                .issuer(URI.create("https://lms.example"))
                .audience("lms-api")
                .signingKeys(ring("signing", KeyKind.EC_P256))
                .refreshKeys(ring("refresh", KeyKind.HMAC_256))
                .accountStore(AccountStore.inMemory())
                .oneTimeTokenStore(OneTimeTokenStore.inMemory())
                .sessionStore(InMemorySessionStore.create(Clock.systemUTC()))
                .notifier(notifier)
                .build();
        // endregion
        try (auth;
                Password password = Password.of("correct horse battery staple")) {
            auth.accounts()
                    .setup()
                    .seed(new Setup.Newcomer(TENANT, ADDRESS, password, "Ada", Set.of(Account.Role.ADMIN)));
            SessionTokens tokens = login(auth, password);
            assertEquals(
                    Verification.Kind.VALID,
                    auth.verifier().verify(tokens.accessToken()).kind());
        }
    }

    private static SessionTokens login(Auth auth, Password password) {
        // region login
        LoginResult result =
                auth.login().authenticate(new Login.Request(TENANT, ADDRESS, password, "browser", "192.0.2.7"));
        if (result instanceof LoginResult.Authenticated authenticated) {
            return authenticated.tokens(); // accessToken() for the header, refreshToken() for the next ones
        }
        // endregion
        throw new AssertionError(result.kind());
    }

    // region ring
    private KeyRing ring(String name, KeyKind kind) {
        return KeyRing.builder()
                .name(name)
                .kind(kind)
                .store(rings) // new JdbcRingStore(dataSource) where processes share them
                .keyEncryptionKey(kek) // from the environment, at least 32 bytes
                .build();
    }
    // endregion

    @Test
    void ring_ofTheGuide_hasOneActiveKey() {
        assertTrue(ring("signing", KeyKind.EC_P256).published().size() == 1);
    }
}
