package dev.hardening.examples.lms.service;

import dev.hardening.auth.Auth;
import dev.hardening.auth.AuthEventListener;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.AuthNotifier;
import dev.hardening.auth.jdbc.JdbcOneTimeTokenStore;
import dev.hardening.auth.jdbc.JdbcSessionStore;
import dev.hardening.auth.jdbc.SealedAddresses;
import dev.hardening.examples.lms.config.LmsConfig;
import dev.hardening.examples.lms.config.MasterSecrets;
import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.secrets.seal.Sealer;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.Predicate;
import javax.sql.DataSource;

/** Accounts and sessions of one installation, all in its database. */
public final class Identities {
    private static final String AUDIENCE = "lms";

    private Identities() {}

    /**
     * What comes from outside.
     *
     * @param database where everything lies
     * @param rings the keys
     * @param accounts where people lie
     * @param buckets where failed logins are counted
     * @param notifier tells people
     * @param openTenants which schools take registrations
     * @param listener hears of every outcome
     * @param limitListener hears of mails and logins that have to wait
     */
    public record Surroundings(
            DataSource database,
            InstallationRings rings,
            AccountStore accounts,
            BucketStore buckets,
            AuthNotifier notifier,
            Predicate<TenantId> openTenants,
            AuthEventListener listener,
            RateLimitListener limitListener) {}

    /**
     * Says under what addresses are sealed: the ring {@code sealing}, and {@code SESSION_SECRET} for what they are found
     * by. Those of an installation from before sealing are in the clear until the housekeeping has been there.
     *
     * @param rings the keys
     * @param secrets the present one and, during a rotation, the one before or the next
     */
    public static SealedAddresses addresses(InstallationRings rings, MasterSecrets secrets) {
        SealedAddresses sealing = SealedAddresses.of(
                        Sealer.of(rings.sealing()), secrets.session().present())
                .allowPlain();
        SealedAddresses known =
                secrets.session().previous().map(sealing::orPrevious).orElse(sealing);
        return secrets.session().next().map(known::orNext).orElse(known);
    }

    /** Puts the parts of hardening-auth together. */
    // region quick-start
    public static Auth open(LmsConfig config, Surroundings around, Clock clock, SecureRandom random) {
        return Auth.builder()
                .issuer(URI.create(config.issuer()))
                .audience(AUDIENCE)
                .signingKeys(around.rings().signing())
                .refreshKeys(around.rings().refresh())
                .accountStore(around.accounts())
                .oneTimeTokenStore(new JdbcOneTimeTokenStore(around.database()))
                .sessionStore(JdbcSessionStore.create(around.database()))
                .bucketStore(around.buckets())
                .notifier(around.notifier())
                .openTenants(around.openTenants())
                .listener(around.listener())
                .rateLimitListener(around.limitListener())
                .clock(clock)
                .random(random)
                .build();
    }
    // endregion
}
