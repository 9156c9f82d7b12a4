package dev.hardening.examples.lms.service;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.ClientIpResolver;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.FailureMode;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.MissingKey;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.TrustedProxies;
import java.time.Duration;
import java.util.List;

/**
 * The limits of LMS.md, apart from the login's, which belong to the accounts.
 *
 * <p>A user has 300 requests a minute and 20 a second. A client registers 60 times an hour from an IPv6 /64 and 600 times
 * from an IPv4 address, behind which a whole class may sit. Five times as often it may try the token of a mail or a set-up,
 * each of which may cost a password hash. Requests of users are counted in this process; the others are counted in the
 * database, so that a restart forgives nothing.
 */
public final class Limits {
    private static final Duration HOUR = Duration.ofHours(1);

    private final RateLimiter users;
    private final ByClient registrations;
    private final ByClient confirmations;

    private Limits(RateLimiter users, ByClient registrations, ByClient confirmations) {
        this.users = users;
        this.registrations = registrations;
        this.confirmations = confirmations;
    }

    /** A class sits behind one IPv4 address, one home behind an IPv6 /64. */
    private record ByClient(RateLimiter ipv4, RateLimiter ipv6) {
        private Decision check(String clientAddress) {
            RequestFacts facts =
                    RequestFacts.builder().clientAddress(clientAddress).build();
            return (clientAddress.indexOf(':') >= 0 ? ipv6 : ipv4).check(facts);
        }
    }

    /**
     * Makes the limits.
     *
     * @param shared where strangers are counted
     * @param listener hears of every decision
     */
    public static Limits create(BucketStore shared, RateLimitListener listener) {
        RateLimiter users = RateLimiter.builder()
                .policy(Policy.named("api-user")
                        .key(Keys.all(Keys.tenant(), Keys.user()))
                        .limit(Limit.of("minute", 300, Duration.ofMinutes(1)))
                        .limit(Limit.of("second", 20, Duration.ofSeconds(1)))
                        .onMissingKey(MissingKey.SKIP)
                        .build())
                .listener(listener)
                .build();
        return new Limits(
                users,
                new ByClient(
                        strangers("registration-ipv4", 600, shared, listener),
                        strangers("registration-ipv6", 60, shared, listener)),
                new ByClient(
                        strangers("confirmation-ipv4", 3_000, shared, listener),
                        strangers("confirmation-ipv6", 300, shared, listener)));
    }

    private static RateLimiter strangers(String name, long amount, BucketStore store, RateLimitListener listener) {
        return RateLimiter.builder()
                .policy(Policy.named(name)
                        .key(Keys.clientAddress())
                        .limit(Limit.of("hour", amount, HOUR))
                        .onStoreFailure(FailureMode.CLOSED)
                        .hidden()
                        .build())
                .store(store)
                .listener(listener)
                .build();
    }

    /** The limits of a user with a verified token. */
    public RateLimiter users() {
        return users;
    }

    /** Counts a registration, a resend or a forgotten password of a client. */
    public Decision registration(String clientAddress) {
        return registrations.check(clientAddress);
    }

    /** Counts a try of a client at the token of a mail or of a set-up. */
    public Decision confirmation(String clientAddress) {
        return confirmations.check(clientAddress);
    }

    /** Finds the client behind the proxies of the installation; without any, the peer is the client. */
    public static ClientIpResolver clients(List<String> trustedProxies) {
        return trustedProxies.isEmpty()
                ? ClientIpResolver.peerOnly()
                : ClientIpResolver.xForwardedFor(proxies(trustedProxies));
    }

    /** The proxies whose forwarding headers count. */
    public static TrustedProxies proxies(List<String> ranges) {
        return TrustedProxies.of(ranges.toArray(String[]::new));
    }
}
