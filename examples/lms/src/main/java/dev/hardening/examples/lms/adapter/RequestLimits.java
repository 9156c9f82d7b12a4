package dev.hardening.examples.lms.adapter;

import dev.hardening.auth.servlet.AuthFilter;
import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.ClientIpResolver;
import dev.hardening.ratelimit.IpPrefix;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.MissingKey;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.servlet.RateLimitFilter;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * The limits of LMS.md that are counted per request; logins and mails to an address are counted by the accounts.
 *
 * <p>A user has 300 requests a minute and 20 a second. Whoever registers or asks for a mail again has 600 an hour from one
 * IPv4 address, behind which a whole class may sit, and 60 an hour from one IPv6 /64.
 */
public final class RequestLimits {
    private static final String MAILS = "registration";
    private static final Set<String> MAILING = Set.of("/api/auth/register", "/api/auth/resend");
    private static final Duration HOUR = Duration.ofHours(1);
    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 64;

    private RequestLimits() {}

    /** Before anyone is known: counts registrations by the client's address, and tells nobody how the limit stands. */
    public static RateLimitFilter beforeLogin(
            BucketStore store, ClientIpResolver addresses, RateLimitListener listener) {
        RateLimiter limiter = RateLimiter.builder()
                .policy(mails("registration-v4", IpPrefix.ipv4Only(IPV4_BITS), 600))
                .policy(mails("registration-v6", IpPrefix.ipv6Only(IPV6_BITS), 60))
                .store(store)
                .listener(listener)
                .build();
        return RateLimitFilter.builder(limiter)
                .clientAddress(addresses)
                .route(RequestLimits::mailing)
                .build();
    }

    /** Behind the token: counts requests by user. */
    public static RateLimitFilter ofUsers(BucketStore store, ClientIpResolver addresses, RateLimitListener listener) {
        RateLimiter limiter = RateLimiter.builder()
                .policy(Policy.named("user")
                        .key(Keys.all(Keys.tenant(), Keys.user()))
                        .limit(Limit.of("second", 20, Duration.ofSeconds(1)))
                        .limit(Limit.of("minute", 300, Duration.ofMinutes(1)))
                        .onMissingKey(MissingKey.SKIP)
                        .build())
                .store(store)
                .listener(listener)
                .build();
        return RateLimitFilter.builder(limiter)
                .clientAddress(addresses)
                .user(request ->
                        AuthFilter.token(request).map(token -> token.user().value()))
                .tenant(request ->
                        AuthFilter.token(request).map(token -> token.tenant().value()))
                .build();
    }

    private static Policy mails(String name, IpPrefix prefix, int anHour) {
        return Policy.named(name)
                .key(Keys.all(Keys.route(), Keys.clientAddress(prefix)))
                .limit(Limit.of("hour", anHour, HOUR))
                .onMissingKey(MissingKey.SKIP)
                .hidden()
                .build();
    }

    private static Optional<String> mailing(HttpServletRequest request) {
        return Optional.ofNullable(request.getRequestURI())
                .filter(MAILING::contains)
                .map(path -> MAILS);
    }
}
