package dev.hardening.examples.lms.service;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.ClientIpResolver;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.FailureMode;
import dev.hardening.ratelimit.IpPrefix;
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
import java.util.function.Predicate;

/**
 * The limits of LMS.md, apart from the login's, which belong to the accounts.
 *
 * <p>A user has 300 requests a minute and 20 a second, and 20 in flight. Handing in has as much again of its own, goes on
 * where there is room for nothing else, and is let through where it cannot be counted: no limiter costs anybody an exam.
 * Nobody with a verified token is counted by his address, behind which a whole class may sit. A school's limit is on
 * trial: it refuses nothing and shows in the meters what it would.
 *
 * <p>A client registers 60 times an hour from an IPv6 /64, and 600 times from an IPv4 address or an IPv6 /48, since who
 * has one network of a site often has all 65,536 of them. Five times as often it may try the token of a mail or a set-up,
 * each of which may cost a password hash.
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
    private static final KeySpec IPV4 = Keys.clientAddress(IpPrefix.ipv4Only(32));
    private static final KeySpec IPV6_NETWORK = Keys.clientAddress(IpPrefix.ipv6Only(64));
    private static final KeySpec IPV6_SITE = Keys.clientAddress(IpPrefix.ipv6Only(48));
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
    /** How many homes' worth many people have together. */
    private static final int OF_MANY = 10;

    private final RateLimiter users;
    private final ConcurrencyLimiter places = ConcurrencyLimiter.builder()
            .limit(PermitLimit.of("in-flight", USER_AND_KIND, IN_FLIGHT).withMissingKey(MissingKey.SKIP))
            .build();
    private final LoadShedder room = LoadShedder.builder(ROOM)
            .reserve(Priority.CRITICAL, CRITICAL_PERCENT)
            .build();
    private final RateLimiter registrations;
    private final RateLimiter confirmations;

    private Limits(RateLimiter users, RateLimiter registrations, RateLimiter confirmations) {
        this.users = users;
        this.registrations = registrations;
        this.confirmations = confirmations;
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
                strangers("registration", 60, shared, listener),
                strangers("confirmation", 300, shared, listener));
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

    /**
     * A class sits behind one IPv4 address, one home behind an IPv6 /64 and a university behind a /48. An IPv6 address
     * that stands for an IPv4 address is that; who has neither is one client with all others who have neither.
     */
    private static RateLimiter strangers(String what, long ofAHome, BucketStore store, RateLimitListener listener) {
        Predicate<RequestFacts> noIpv4 = facts -> IPV4.key(facts).isEmpty();
        return RateLimiter.builder()
                .policy(byClient(what + "-ipv4", IPV4, ofAHome * OF_MANY)
                        .onMissingKey(MissingKey.SKIP)
                        .build())
                .policy(byClient(what + "-ipv6", IPV6_NETWORK, ofAHome)
                        .when(noIpv4)
                        .build())
                .policy(byClient(what + "-ipv6-site", IPV6_SITE, ofAHome * OF_MANY)
                        .when(noIpv4)
                        .build())
                .store(store)
                .version(FIGURES)
                .listener(listener)
                .build();
    }

    private static Policy.Builder byClient(String name, KeySpec client, long anHour) {
        return Policy.named(name)
                .key(client)
                .limit(Limit.of("hour", anHour, HOUR))
                .onStoreFailure(FailureMode.LOCAL)
                .hidden();
    }

    private static RequestFacts from(String clientAddress) {
        return RequestFacts.builder().clientAddress(clientAddress).build();
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
        List.of(users, registrations, confirmations).forEach(meters::watch);
        meters.watch(places);
        meters.watch(room);
    }

    /** Takes back the places of requests that never said that they are over. */
    public int purgeExpired(int batch) {
        return places.purgeExpired(batch) + room.purgeExpired(batch);
    }

    /** Counts a registration, a resend or a forgotten password of a client. */
    public Decision registration(String clientAddress) {
        return registrations.check(from(clientAddress));
    }

    /** Counts a try of a client at the token of a mail or of a set-up. */
    public Decision confirmation(String clientAddress) {
        return confirmations.check(from(clientAddress));
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
