package dev.hardening.examples.lms.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.Auth;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.account.AuthNotifier;
import dev.hardening.auth.account.Login;
import dev.hardening.auth.account.LoginResult;
import dev.hardening.auth.account.Registration;
import dev.hardening.auth.account.RegistrationResult;
import dev.hardening.auth.jdbc.JdbcAccountStore;
import dev.hardening.auth.jdbc.JdbcOneTimeTokenStore;
import dev.hardening.auth.jdbc.JdbcSessionStore;
import dev.hardening.auth.password.Password;
import dev.hardening.auth.password.PasswordPolicy;
import dev.hardening.ratelimit.jdbc.PostgresBucketStore;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.jdbc.JdbcRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.TestPostgres;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runs what docs/auth.md shows of accounts. */
@Tag("database")
class AccountsGuideTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated(
            "dev/hardening/secrets/db/V1__key_rings.sql",
            "dev/hardening/ratelimit/db/V1__buckets.sql",
            "dev/hardening/auth/db/V1__accounts.sql",
            "dev/hardening/auth/db/V2__sessions.sql");

    private final DataSource dataSource = POSTGRES.dataSource();
    private final List<AuthNotifier.Notice> mails = new CopyOnWriteArrayList<>();

    @Test
    void quickStart_fromRegistrationToLogin_doesWhatThePageSays() {
        AuthNotifier notifier = mails::add;
        KeyRing signingRing = ring("signing", KeyKind.EC_P256);
        KeyRing refreshRing = ring("refresh", KeyKind.HMAC_256);
        TenantId main = new TenantId("main");
        EmailAddress email = EmailAddress.of("ada@school.example");
        Password password = Password.of("a quiet harbour at dawn");
        String clientAddress = "192.0.2.7";

        // region accounts-build
        Auth auth = Auth.builder()
                .issuer(URI.create("urn:school:lms"))
                .audience("lms-api")
                .signingKeys(signingRing)
                .refreshKeys(refreshRing)
                .accountStore(new JdbcAccountStore(dataSource))
                .oneTimeTokenStore(new JdbcOneTimeTokenStore(dataSource))
                .sessionStore(JdbcSessionStore.create(dataSource))
                .bucketStore(PostgresBucketStore.create(dataSource))
                .passwordPolicy(
                        PasswordPolicy.builder().contextWords("Hogwarts").build())
                .openTenants(Set.of(main)::contains)
                .notifier(notifier)
                .build();
        // endregion

        try (auth) {
            // region accounts-flows
            RegistrationResult registered =
                    auth.registration().register(new Registration.Request(main, email, password, "Ada", clientAddress));
            int status = registered.fold(accepted -> 202, refused -> 422, throttled -> 429, busy -> 503);
            // endregion
            assertEquals(202, status);
            Eventually.until(Duration.ofSeconds(10), "the mail", () -> mails.size() == 1);
            String token =
                    ((AuthNotifier.Notice.VerifyEmail) mails.get(0)).token().reveal();

            // region accounts-login
            Registration.Confirmation confirmed = auth.registration().confirm(token, password, clientAddress);
            LoginResult login =
                    auth.login().authenticate(new Login.Request(main, email, password, "a browser", clientAddress));
            // endregion
            assertEquals(Registration.Confirmation.Kind.CONFIRMED, confirmed.kind());
            assertEquals(LoginResult.Kind.AUTHENTICATED, login.kind());
            assertTrue(auth.accounts().setup().issueFirstToken("lms-data").isPresent());
        }
    }

    private KeyRing ring(String name, KeyKind kind) {
        return KeyRing.builder()
                .name(name)
                .kind(kind)
                .store(new JdbcRingStore(dataSource))
                .keyEncryptionKey(Secret.of("a key-encryption key of the guide, 64 characters, never for use."))
                .build();
    }
}
