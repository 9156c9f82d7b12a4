package dev.hardening.examples.lms.service;

import dev.hardening.auth.Auth;
import dev.hardening.auth.AuthEventListener;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.AuthNotifier;
import dev.hardening.auth.jdbc.JdbcAccountStore;
import dev.hardening.auth.jdbc.JdbcOneTimeTokenStore;
import dev.hardening.auth.jdbc.JdbcSessionStore;
import dev.hardening.examples.lms.config.LmsConfig;
import dev.hardening.examples.lms.config.MasterSecrets;
import dev.hardening.ratelimit.BucketStore;
import dev.hardening.secrets.jdbc.JdbcRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingStore;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.Predicate;
import javax.sql.DataSource;

/**
 * Accounts, sessions and keys of one installation, all in its database.
 *
 * <p>The rings are rows there, wrapped by {@code ENCRYPTION_KEY}, so that every process with the same secrets signs and
 * verifies for the others.
 */
public final class Identities {
    private static final String AUDIENCE = "lms";

    private Identities() {}

    /**
     * What comes from outside.
     *
     * @param database where everything lies
     * @param buckets where failed logins are counted
     * @param notifier tells people
     * @param openTenants which schools take registrations
     * @param listener hears of every outcome
     */
    public record Surroundings(
            DataSource database,
            BucketStore buckets,
            AuthNotifier notifier,
            Predicate<TenantId> openTenants,
            AuthEventListener listener) {}

    /** The store that {@link #open} keeps accounts in. */
    public static AccountStore accounts(DataSource database) {
        return new JdbcAccountStore(database);
    }

    /** Opens the rings and puts the parts of hardening-auth together. */
    // region quick-start
    public static Auth open(LmsConfig config, Surroundings around, Clock clock, SecureRandom random) {
        RingStore rings = new JdbcRingStore(around.database());
        MasterSecrets secrets = config.secrets();
        return Auth.builder()
                .issuer(URI.create(config.issuer()))
                .audience(AUDIENCE)
                .signingKeys(ring("signing", KeyKind.EC_P256, rings, secrets)
                        .clock(clock)
                        .random(random)
                        .build())
                .refreshKeys(ring("refresh", KeyKind.HMAC_256, rings, secrets)
                        .firstKey(secrets.refresh())
                        .build())
                .accountStore(accounts(around.database()))
                .oneTimeTokenStore(new JdbcOneTimeTokenStore(around.database()))
                .sessionStore(JdbcSessionStore.create(around.database()))
                .bucketStore(around.buckets())
                .notifier(around.notifier())
                .openTenants(around.openTenants())
                .listener(around.listener())
                .build();
    }
    // endregion

    private static KeyRing.Builder ring(String name, KeyKind kind, RingStore store, MasterSecrets secrets) {
        KeyRing.Builder ring =
                KeyRing.builder().name(name).kind(kind).store(store).keyEncryptionKey(secrets.encryptionKey());
        secrets.previousEncryptionKey().ifPresent(ring::previousKeyEncryptionKey);
        return ring;
    }
}
