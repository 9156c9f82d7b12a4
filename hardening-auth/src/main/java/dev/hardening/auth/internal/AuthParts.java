package dev.hardening.auth.internal;

import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.account.Accounts;
import dev.hardening.auth.session.RevocationFeed;
import dev.hardening.auth.session.Sessions;
import dev.hardening.auth.token.AccessTokenVerifier;
import dev.hardening.auth.token.TokenIssuer;
import dev.hardening.secrets.ring.KeyRing;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The builders of all parts of the facade, put together in their order; faults bear the names of its own builder.
 *
 * <p>Not safe for many threads.
 */
public final class AuthParts {
    private static final List<String> REQUIRED = List.of(
            "issuer",
            "audience",
            "signingKeys",
            "refreshKeys",
            "accountStore",
            "oneTimeTokenStore",
            "sessionStore",
            "notifier");

    private static final Map<String, String> NAMES_OF_TOKENS =
            Map.of("keys", "signingKeys", "lifetime", "accessTokenLifetime");
    private static final Map<String, String> NAMES_OF_SESSIONS = Map.of("keys", "refreshKeys");
    private static final Map<String, String> NAMES_OF_REVOCATIONS = Map.of("staleness", "revocationStaleness");
    private static final Duration LONGEST_LIFETIME = Duration.ofMinutes(15);

    private final Set<String> given = new LinkedHashSet<>();
    private final TokenIssuer.Builder issuing = TokenIssuer.builder();
    private final AccessTokenVerifier.Builder verifying = AccessTokenVerifier.builder();
    private final RevocationFeed.Builder revoking = RevocationFeed.builder();
    private final Sessions.Builder sessions = Sessions.builder();
    private final Accounts.Builder accounts = Accounts.builder();
    private Duration lifetime = Duration.ZERO;
    private @Nullable KeyRing signingKeys;

    /** Begins with nothing set. */
    public AuthParts() {}

    /** {@return what makes access tokens} */
    public TokenIssuer.Builder issuing() {
        return issuing;
    }

    /** {@return what verifies access tokens} */
    public AccessTokenVerifier.Builder verifying() {
        return verifying;
    }

    /** {@return what remembers endings} */
    public RevocationFeed.Builder revoking() {
        return revoking;
    }

    /** {@return what keeps sessions} */
    public Sessions.Builder sessions() {
        return sessions;
    }

    /** {@return what keeps accounts} */
    public Accounts.Builder accounts() {
        return accounts;
    }

    /**
     * Notes that a required setting was made.
     *
     * @param name as the facade's builder calls it
     */
    public void given(String name) {
        given.add(name);
    }

    /**
     * Sets how long an access token lives.
     *
     * @param time at most 15 minutes
     */
    public void lifetime(Duration time) {
        lifetime = time;
        issuing.lifetime(time);
    }

    /**
     * Sets the keys that sign access tokens.
     *
     * @param ring of kind {@code EC_P256}
     */
    public void signingKeys(KeyRing ring) {
        signingKeys = Objects.requireNonNull(ring, "ring");
        issuing.keys(ring);
        verifying.keys(ring);
    }

    /** The parts, which trust each other.
     *
     * @param accounts with logins and registrations
     * @param sessions which logins start
     * @param verifier of the tokens of the sessions
     * @param revocations which the verifier asks
     * @param signingKeys of the tokens
     */
    public record Built(
            Accounts accounts,
            Sessions sessions,
            AccessTokenVerifier verifier,
            RevocationFeed revocations,
            KeyRing signingKeys) {}

    /**
     * Checks everything and starts the parts.
     *
     * @return the parts, to be closed
     * @throws AuthConfigurationException with all faults at once
     */
    public Built build() {
        Set<String> faults = new LinkedHashSet<>();
        REQUIRED.stream().filter(name -> !given.contains(name)).forEach(name -> faults.add(name + " must be set"));
        if (lifetime.compareTo(LONGEST_LIFETIME) > 0) {
            faults.add("accessTokenLifetime must be at most " + LONGEST_LIFETIME + ", got " + lifetime);
        }
        TokenIssuer issuer = part(faults, NAMES_OF_TOKENS, issuing::build);
        RevocationFeed revocations = part(faults, NAMES_OF_REVOCATIONS, revoking::build);
        if (issuer != null) {
            sessions.issuer(issuer);
        }
        if (revocations != null) {
            sessions.revocations(revocations);
            verifying.revocations(revocations);
        }
        AccessTokenVerifier verifier = part(faults, NAMES_OF_TOKENS, verifying::build);
        Sessions started = part(faults, NAMES_OF_SESSIONS, sessions::build);
        if (started != null) {
            accounts.sessions(started);
        }
        Accounts kept = part(faults, Map.of(), accounts::build);
        if (kept != null && started != null && verifier != null && revocations != null && faults.isEmpty()) {
            return new Built(kept, started, verifier, revocations, Objects.requireNonNull(signingKeys));
        }
        if (revocations != null) {
            revocations.close();
        }
        throw new AuthConfigurationException(List.copyOf(faults));
    }

    /** Builds one part and collects its faults, under the names by which the facade knows the settings. */
    private static <T> @Nullable T part(Set<String> faults, Map<String, String> names, Supplier<T> build) {
        try {
            return build.get();
        } catch (AuthConfigurationException refused) {
            refused.faults().stream()
                    .filter(fault -> !namedBefore(fault))
                    .map(fault -> renamed(fault, names))
                    .forEach(faults::add);
            return null;
        }
    }

    /** What was not set at all is in the list already; a part that was not built is none of the caller's settings. */
    private static boolean namedBefore(String fault) {
        return fault.endsWith(" must be set") || fault.startsWith("revocations must be set,");
    }

    private static String renamed(String fault, Map<String, String> names) {
        int end = fault.indexOf(' ');
        String name = end < 0 ? fault : fault.substring(0, end);
        return names.getOrDefault(name, name) + fault.substring(name.length());
    }
}
