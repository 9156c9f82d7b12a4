package dev.hardening.examples.lms.service;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.ClientIpResolver;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.FailureMode;
import dev.hardening.ratelimit.KeySpec;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.MissingKey;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.TrustedProxies;
import dev.hardening.ratelimit.concurrency.ConcurrencyLimiter;
import dev.hardening.ratelimit.concurrency.LoadShedder;
import dev.hardening.ratelimit.concurrency.PermitLimit;
import dev.hardening.ratelimit.concurrency.Priority;
import dev.hardening.ratelimit.micrometer.RateLimitMeters;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The limits of LMS.md, apart from the login's, which belong to the accounts.
 *
 * <p>A user has 300 requests a minute and 20 a second, and 6 in flight. Handing in has as much again of its own, goes on
 * where there is room for nothing else, and is let through where it cannot be counted: no limiter costs anybody an exam.
 * Nobody with a verified token is counted by his address, behind which a whole class may sit. A school's limit is on
 * trial: it refuses nothing and shows in the meters what it would.
 *
 * <p>A client registers 60 times an hour from an IPv6 /64 and 600 times from an IPv4 address. Five times as often it may
 * try the token of a mail or a set-up, each of which may cost a password hash.
 *
 * <p>While a shared store is away, this process counts by its share.
 */
public final class Limits {
    /** The call that hands in, as {@code Router.call} names it. */
    static final String SUBMISSION = "POST /api/courses/{id}/submissions";

    /** To be raised with every change of a figure below, so that processes of two releases agree on the newer ones. */
    private static final long FIGURES = 1;

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final KeySpec USER = Keys.all(Keys.tenant(), Keys.user());
    /** Of other calls than of handing in, so that those that hang keep nobody from it. */
    private static final KeySpec USER_AND_KIND = Keys.all(
            Keys.tenant(),
            Keys.user(),
            Keys.custom("kind", facts -> Optional.of(isSubmission(facts) ? "submission" : "other")));

    /** As many as he may send in a second, so that whoever sends them all at once is not refused for it. */
    private static final int IN_FLIGHT = 20;
    /** As many as the web server has threads, which are what runs out. */
    private static final int ROOM = 200;

    private static final int CRITICAL_PERCENT = 20;

    private final RateLimiter users;
    private final ConcurrencyLimiter places = ConcurrencyLimiter.builder()
            .limit(PermitLimit.of("in-flight", USER_AND_KIND, IN_FLIGHT).withMissingKey(MissingKey.SKIP))
            .build();
    private final LoadShedder room = LoadShedder.builder(ROOM)
            .reserve(Priority.CRITICAL, CRITICAL_PERCENT)
            .build();
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
     * @param members where users with a verified token are counted
     * @param listener hears of every decision
     */
    public static Limits create(BucketStore shared, BucketStore members, RateLimitListener listener) {
        RateLimiter users = RateLimiter.builder()
                .policy(user())
                .policy(submission())
                .policy(tenant())
                .store(members)
                .version(FIGURES)
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

    private static Policy user() {
        return Policy.named("api-user")
                .key(USER)
                .limit(Limit.of("minute", 300, MINUTE))
                .limit(Limit.of("second", 20, SECOND))
                // Reads up to 100 texts of 20,000 characters.
                .costOf("GET /api/courses/{id}/submissions", 3)
                .when(facts -> !isSubmission(facts))
                .onMissingKey(MissingKey.SKIP)
                .onStoreFailure(FailureMode.LOCAL)
                .build();
    }

    private static Policy submission() {
        return Policy.named("submission")
                .key(USER)
                .limit(Limit.of("minute", 300, MINUTE))
                .limit(Limit.of("second", 20, SECOND))
                .when(Limits::isSubmission)
                .onMissingKey(MissingKey.SKIP)
                .onStoreFailure(FailureMode.OPEN)
                .build();
    }

    /** Ten users' worth times the square root of 400 people: they do not all work at the same time. */
    private static Policy tenant() {
        return Policy.named("api-tenant")
                .key(Keys.tenant())
                .limit(Limit.of("minute", 60_000, MINUTE))
                .limit(Limit.of("second", 4_000, SECOND))
                .mode(Policy.Mode.SHADOW)
                .onMissingKey(MissingKey.SKIP)
                .onStoreFailure(FailureMode.LOCAL)
                .hidden()
                .build();
    }

    private static boolean isSubmission(RequestFacts facts) {
        return facts.route().filter(SUBMISSION::equals).isPresent();
    }

    private static RateLimiter strangers(String name, long amount, BucketStore store, RateLimitListener listener) {
        return RateLimiter.builder()
                .policy(Policy.named(name)
                        .key(Keys.clientAddress())
                        .limit(Limit.of("hour", amount, HOUR))
                        .onStoreFailure(FailureMode.LOCAL)
                        .hidden()
                        .build())
                .store(store)
                .version(FIGURES)
                .listener(listener)
                .build();
    }

    /** The limits of a user with a verified token. */
    public RateLimiter users() {
        return users;
    }

    /** How many requests of a user may be in flight in this process. */
    public ConcurrencyLimiter places() {
        return places;
    }

    /** How many requests may be in flight in this process at all, a fifth of them kept for handing in. */
    public LoadShedder room() {
        return room;
    }

    /**
     * Says what a request is worth while there is not room for all.
     *
     * @param call as {@code Router.call} names it
     * @param signedIn whether it has a verified token; a stranger gets no room that is kept for users
     */
    static Priority priority(Optional<String> call, boolean signedIn) {
        return signedIn && call.filter(SUBMISSION::equals).isPresent() ? Priority.CRITICAL : Priority.NORMAL;
    }

    /** Registers all that can be counted. */
    public void watchedBy(RateLimitMeters meters) {
        List.of(users, registrations.ipv4(), registrations.ipv6(), confirmations.ipv4(), confirmations.ipv6())
                .forEach(meters::watch);
        meters.watch(places);
        meters.watch(room);
    }

    /** Takes back the places of requests that never said that they are over. */
    public int purgeExpired(int batch) {
        return places.purgeExpired(batch) + room.purgeExpired(batch);
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
