package dev.hardening.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.AuthNotifier.Notice;
import dev.hardening.auth.account.Login;
import dev.hardening.auth.account.LoginResult;
import dev.hardening.auth.account.OneTimeTokenStore;
import dev.hardening.auth.account.Registration;
import dev.hardening.auth.account.RegistrationResult;
import dev.hardening.auth.account.Setup;
import dev.hardening.auth.jdbc.JdbcAccountStore;
import dev.hardening.auth.jdbc.JdbcOneTimeTokenStore;
import dev.hardening.auth.jdbc.JdbcSessionStore;
import dev.hardening.auth.password.Argon2idHasher;
import dev.hardening.auth.password.HashingGate;
import dev.hardening.auth.password.Password;
import dev.hardening.auth.password.PasswordPolicy;
import dev.hardening.auth.session.InMemorySessionStore;
import dev.hardening.auth.session.LoginContext;
import dev.hardening.auth.session.SessionFixture;
import dev.hardening.auth.session.SessionTokens;
import dev.hardening.auth.token.Verification;
import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.RateLimitEvent;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.ratelimit.jdbc.PostgresBucketStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.TestPostgres;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AuthTest {
    private static final TenantId MAIN = new TenantId("main");
    private static final EmailAddress ALICE = EmailAddress.of("alice@example.org");
    private static final String PASSWORD = "a quiet harbour at dawn";
    private static final String CLIENT = "192.0.2.1";

    private final FakeClock clock = FakeClock.create();
    private final KeyRing signing = SessionFixture.ring("signing", KeyKind.EC_P256);
    private final KeyRing refresh = SessionFixture.ring("refresh", KeyKind.HMAC_256);
    private final List<Notice> mails = new CopyOnWriteArrayList<>();
    private final List<AuthEvent> events = new CopyOnWriteArrayList<>();

    @Test
    void build_inMemory_walksFromRegistrationToLogout() {
        try (Auth auth = inMemory().build()) {
            walk(auth);
        }
    }

    @Test
    void build_nothingSet_namesEveryMissingSettingAtOnce() {
        var refusal = assertThrows(
                AuthConfigurationException.class, () -> Auth.builder().build());

        assertEquals(
                List.of(
                        "issuer must be set",
                        "audience must be set",
                        "signingKeys must be set",
                        "refreshKeys must be set",
                        "accountStore must be set",
                        "oneTimeTokenStore must be set",
                        "sessionStore must be set",
                        "notifier must be set"),
                refusal.faults());
    }

    @Test
    void build_wrongKindsAndTimes_namesThemBesideWhatIsMissing() {
        Auth.Builder wrong = inMemory()
                .signingKeys(refresh)
                .refreshKeys(signing)
                .accessTokenLifetime(Duration.ofMinutes(16))
                .revocationStaleness(Duration.ofMinutes(5));

        List<String> faults =
                assertThrows(AuthConfigurationException.class, wrong::build).faults();

        assertEquals(
                List.of("accessTokenLifetime", "signingKeys", "revocationStaleness", "refreshKeys"),
                faults.stream()
                        .map(fault -> fault.substring(0, fault.indexOf(' ')))
                        .toList());
    }

    @Test
    void build_oneWrongValue_isNamedAndNeverAnEmptyMessage() {
        assertEquals(List.of("audience"), settingsRefused(inMemory().audience(" ")));
        assertEquals(List.of("issuer"), settingsRefused(inMemory().issuer(URI.create(""))));
        assertEquals(List.of("signingKeys"), settingsRefused(inMemory().signingKeys(refresh)));
        assertEquals(List.of("accessTokenLifetime"), settingsRefused(inMemory().accessTokenLifetime(Duration.ZERO)));
    }

    @Test
    void build_limitsOutOfRange_areNamedAsTheyAreCalledHere() {
        Auth.Builder wrong = inMemory()
                .grace(Duration.ofSeconds(61))
                .idleLimit(Duration.ofDays(500))
                .absoluteLimit(Duration.ofDays(400))
                .skew(Duration.ofSeconds(61));

        assertEquals(List.of("skew", "grace", "idleLimit", "absoluteLimit"), settingsRefused(wrong));
    }

    @Test
    void rateLimitListener_given_hearsOfLoginsAndMails() {
        List<String> heard = new CopyOnWriteArrayList<>();
        RateLimitListener listener = new RateLimitListener() {
            @Override
            public void decided(RateLimitEvent.Decided event) {
                heard.add("mail");
            }

            @Override
            public void loginThrottled(RateLimitEvent.LoginThrottled event) {
                heard.add("login");
            }
        };
        try (Auth auth = inMemory().rateLimitListener(listener).build()) {
            auth.registration().resend(MAIN, ALICE);
            for (int i = 0; i < 6; i++) {
                login(auth, PASSWORD);
            }
        }

        assertEquals(List.of("mail", "login"), heard);
    }

    @Test
    void build_limitsGiven_hold() {
        TenantId first = new TenantId("first-school");
        try (Auth auth = inMemory()
                .grace(Duration.ZERO)
                .idleLimit(Duration.ofHours(1))
                .absoluteLimit(Duration.ofHours(2))
                .skew(Duration.ZERO)
                .firstTenant(first)
                .build()) {
            SessionTokens tokens = auth.sessions().start(MAIN, new UserId("u"), LoginContext.password(clock.instant()));
            clock.advance(Duration.ofMinutes(10));
            assertEquals(
                    Verification.Kind.INVALID,
                    auth.verifier().verify(tokens.accessToken()).kind(),
                    "no skew is allowed");
            clock.advance(Duration.ofMinutes(50));
            assertEquals(
                    "IDLE_EXPIRED",
                    auth.sessions().refresh(tokens.refreshToken()).fold(next -> "next", Enum::name));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> auth.accounts().setup().issueToken(first));
        }
    }

    private static List<String> settingsRefused(Auth.Builder wrong) {
        return assertThrows(AuthConfigurationException.class, wrong::build).faults().stream()
                .map(fault -> fault.substring(0, fault.indexOf(' ')))
                .toList();
    }

    @Test
    void accounts_setUp_theAdministratorLogsIn() {
        try (Auth auth = inMemory().build()) {
            String token = auth.accounts()
                    .setup()
                    .issueFirstToken("home")
                    .orElseThrow()
                    .reveal();

            Setup.Result made = auth.accounts()
                    .setup()
                    .redeem(new Setup.Request(token, ALICE, Password.of(PASSWORD), "Alice", CLIENT));

            assertEquals(Setup.Result.Kind.CREATED, made.kind());
            assertEquals(LoginResult.Kind.AUTHENTICATED, login(auth, PASSWORD).kind());
        }
    }

    @Test
    void jwks_always_holdsThePublicKeyAlone() {
        try (Auth auth = inMemory().build()) {
            String json = new String(auth.jwks().json(), StandardCharsets.UTF_8);

            assertTrue(json.contains(signing.active().id()));
            assertFalse(json.contains("\"d\""));
        }
    }

    @Test
    @Tag("auth:V9")
    void events_ofAWholeWalk_holdNoSecretAndNoAddress() {
        try (Auth auth = inMemory().build()) {
            walk(auth);
        }

        String told =
                events.toString() + events.stream().map(AuthEvent::context).toList();
        assertFalse(told.contains(PASSWORD));
        assertFalse(told.contains("alice"));
    }

    @Test
    void purgeExpired_afterAMonth_leavesTheAccountAlone() {
        try (Auth auth = inMemory().build()) {
            walk(auth);
            clock.advance(Duration.ofDays(60));

            while (auth.purgeExpired(100) > 0) {
                clock.advance(Duration.ofMillis(1));
            }

            assertEquals(LoginResult.Kind.AUTHENTICATED, login(auth, PASSWORD).kind());
        }
    }

    @Nested
    @Tag("database")
    class OnPostgres {
        @RegisterExtension
        static final TestPostgres POSTGRES = TestPostgres.migrated(
                "dev/hardening/ratelimit/db/V1__buckets.sql",
                "dev/hardening/auth/db/V1__accounts.sql",
                "dev/hardening/auth/db/V2__sessions.sql");

        @Test
        void build_onPostgres_walksAndASecondProcessKnowsIt() {
            DataSource source = POSTGRES.dataSource();
            SessionTokens tokens;
            BucketStore buckets = PostgresBucketStore.create(source);
            try (Auth one = onPostgres(source).bucketStore(buckets).build();
                    Auth other = onPostgres(source).bucketStore(buckets).build()) {
                walk(one);
                tokens = tokens(login(one, PASSWORD));

                assertEquals(
                        Verification.Kind.VALID,
                        other.verifier().verify(tokens.accessToken()).kind());
                other.sessions().logout(tokens.refreshToken());
                assertEquals(
                        Verification.Kind.INVALID,
                        one.verifier().verify(tokens.accessToken()).kind());
            }
        }

        private Auth.Builder onPostgres(DataSource source) {
            return wired().accountStore(new JdbcAccountStore(source))
                    .oneTimeTokenStore(new JdbcOneTimeTokenStore(source))
                    .sessionStore(JdbcSessionStore.create(source));
        }
    }

    private Auth.Builder inMemory() {
        return wired().accountStore(AccountStore.inMemory())
                .oneTimeTokenStore(OneTimeTokenStore.inMemory())
                .sessionStore(InMemorySessionStore.create(clock))
                .bucketStore(BucketStores.local());
    }

    private Auth.Builder wired() {
        return Auth.builder()
                .issuer(URI.create("urn:hardening:test"))
                .audience("lms")
                .signingKeys(signing)
                .refreshKeys(refresh)
                .notifier(mails::add)
                .openTenants(Set.of(MAIN)::contains)
                .passwordHasher(Argon2idHasher.owasp())
                .passwordPolicy(PasswordPolicy.nist80063b4())
                .hashingGate(HashingGate.builder()
                        .maximumWait(Duration.ofSeconds(10))
                        .build())
                .revocationStaleness(Duration.ZERO)
                .listener(events::add)
                .clock(clock)
                .random(new SecureRandom());
    }

    private void walk(Auth auth) {
        RegistrationResult registered = auth.registration()
                .register(new Registration.Request(MAIN, ALICE, Password.of(PASSWORD), "Alice", CLIENT));
        assertEquals(RegistrationResult.Kind.ACCEPTED, registered.kind());
        Eventually.until(Duration.ofSeconds(10), "the mail", () -> mails.size() == 1);
        String token = ((Notice.VerifyEmail) mails.get(0)).token().reveal();
        assertEquals(LoginResult.Kind.REJECTED, login(auth, PASSWORD).kind());
        assertEquals(
                Registration.Confirmation.Kind.CONFIRMED,
                auth.registration()
                        .confirm(token, Password.of(PASSWORD), CLIENT)
                        .kind());
        assertEquals(
                LoginResult.Kind.REJECTED, login(auth, "another password 42").kind());

        SessionTokens first = tokens(login(auth, PASSWORD));
        assertEquals(
                Verification.Kind.VALID,
                auth.verifier().verify(first.accessToken()).kind());
        SessionTokens second = auth.sessions().refresh(first.refreshToken()).fold(next -> next, reason -> {
            throw new AssertionError(reason);
        });
        auth.sessions().logout(second.refreshToken());
        assertEquals(
                Verification.Kind.INVALID,
                auth.verifier().verify(second.accessToken()).kind());
    }

    private static LoginResult login(Auth auth, String password) {
        return auth.login().authenticate(new Login.Request(MAIN, ALICE, Password.of(password), "a browser", CLIENT));
    }

    private static SessionTokens tokens(LoginResult result) {
        return ((LoginResult.Authenticated) result).tokens();
    }
}
