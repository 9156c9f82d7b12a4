package consumer;

import dev.hardening.auth.Auth;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.Login;
import dev.hardening.auth.account.LoginResult;
import dev.hardening.auth.account.OneTimeTokenStore;
import dev.hardening.auth.account.Setup;
import dev.hardening.auth.password.Password;
import dev.hardening.auth.session.InMemorySessionStore;
import dev.hardening.auth.token.Verification;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingStore;
import java.net.URI;
import java.time.Clock;
import java.util.Set;

/** Makes an account, logs in and verifies the token. */
public final class Main {
    private static final TenantId TENANT = new TenantId("main");

    private Main() {}

    /** Prints that it works. */
    public static void main(String[] arguments) {
        RingStore rings = new InMemoryRingStore();
        EmailAddress address = EmailAddress.parse("ada@school.example").orElseThrow();
        try (Auth auth = Auth.builder()
                        .issuer(URI.create("https://lms.example"))
                        .audience("lms-api")
                        .signingKeys(ring("signing", KeyKind.EC_P256, rings))
                        .refreshKeys(ring("refresh", KeyKind.HMAC_256, rings))
                        .accountStore(AccountStore.inMemory())
                        .oneTimeTokenStore(OneTimeTokenStore.inMemory())
                        .sessionStore(InMemorySessionStore.create(Clock.systemUTC()))
                        .notifier(notice -> {})
                        .build();
                Password password = Password.of("correct horse battery staple")) {
            auth.accounts().setup().seed(new Setup.Newcomer(TENANT, address, password, "Ada", Set.of(Account.Role.ADMIN)));
            LoginResult result = auth.login().authenticate(new Login.Request(TENANT, address, password, "", "192.0.2.7"));
            boolean valid = result instanceof LoginResult.Authenticated in
                    && auth.verifier().verify(in.tokens().accessToken()).kind() == Verification.Kind.VALID;
            System.out.println(valid ? "auth works" : "broken");
        }
    }

    private static KeyRing ring(String name, KeyKind kind, RingStore store) {
        return KeyRing.builder()
                .name(name)
                .kind(kind)
                .store(store)
                .keyEncryptionKey(Secret.of("a key-encryption key of 64 characters, never used but right here"))
                .build();
    }
}
