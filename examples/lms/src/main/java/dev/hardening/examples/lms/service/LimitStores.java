package dev.hardening.examples.lms.service;

import dev.hardening.health.CheckResult;
import dev.hardening.health.HealthCheck;
import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.ratelimit.health.RateLimitChecks;
import dev.hardening.ratelimit.jdbc.PostgresBucketStore;
import dev.hardening.ratelimit.micrometer.RateLimitMeters;
import dev.hardening.ratelimit.redis.RedisBucketStore;
import dev.hardening.secrets.Secret;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Where is counted: with Redis all limits there, shared by all processes; without it users in this process, strangers and
 * logins in the database, so that a restart forgives nothing.
 *
 * <p>A guard stands before the shared store, so that nobody waits for it while it does not answer; behind the guard keys
 * are pseudonyms. The service starts while Redis is away. Safe for many threads.
 */
public final class LimitStores implements AutoCloseable {
    /** More than a pause of a busy machine: taken for an outage, that would leave a class with a share of its limits. */
    private static final Duration REQUEST_TIMEOUT = Duration.ofMillis(250);

    private final String name;
    private final BucketStore shared;
    private final BucketStore members;
    private final PostgresBucketStore postgres;
    private final Optional<RedisBucketStore> redis;

    private LimitStores(
            Optional<RedisBucketStore> redis,
            PostgresBucketStore postgres,
            Secret secret,
            RateLimitListener listener,
            RateLimitMeters meters) {
        this.redis = redis;
        this.postgres = postgres;
        name = redis.isPresent() ? "redis" : "postgres";
        BucketStore counters = redis.<BucketStore>map(store -> store).orElse(postgres);
        BucketStore guarded = BucketStores.guarded(
                PseudonymousBuckets.of(counters, secret),
                OutageSpec.standard().withName(name).withListener(listener));
        shared = meters.timed(name, guarded);
        meters.watch(name, shared);
        members = redis.isPresent() ? shared : BucketStores.local();
    }

    /**
     * Opens the stores; nothing waits for them to answer.
     *
     * @param address of Redis; empty to do without
     * @param database has the tables of the limits
     * @param secret of the pseudonyms, the same in all processes; needed only during this call
     * @param listener hears when the shared store falls silent and when it answers again
     * @param meters gets whether it answers, how long that takes, its clock, and what it held that was no bucket
     */
    public static LimitStores open(
            Optional<Secret> address,
            DataSource database,
            Secret secret,
            RateLimitListener listener,
            RateLimitMeters meters) {
        Optional<RedisBucketStore> redis = address.map(uri -> RedisBucketStore.builder(uri.reveal())
                .requestTimeout(REQUEST_TIMEOUT)
                .build());
        LimitStores stores = new LimitStores(redis, PostgresBucketStore.create(database), secret, listener, meters);
        meters.watchClock(stores.name, stores, LimitStores::clockSkew);
        redis.ifPresent(store -> meters.watchBroken(
                stores.name, store, watched -> watched.status().brokenBuckets()));
        return stores;
    }

    /** Counts strangers and logins. */
    public BucketStore shared() {
        return shared;
    }

    /** Counts users with a verified token. */
    public BucketStore members() {
        return members;
    }

    /** Tells whether the shared store answers and goes by the same time, without asking it. */
    public HealthCheck check() {
        HealthCheck answers = RateLimitChecks.store(shared, this::clockSkew);
        return deadline ->
                (connected() ? answers.run(deadline) : CheckResult.warn("not connected")).with("store", name);
    }

    private boolean connected() {
        return redis.map(store -> store.status().connected()).orElse(true);
    }

    private Optional<Duration> clockSkew() {
        return redis.map(store -> store.status().clockSkew()).orElseGet(postgres::clockSkew);
    }

    /** Removes what is over from the database, also what was counted there before there was a Redis. */
    public int purgeExpired(int batch) {
        return postgres.purgeExpired(batch);
    }

    /** Ends the connection to Redis. */
    @Override
    public void close() {
        shared.close();
    }

    /** Says which store is shared; no part of its address. */
    @Override
    public String toString() {
        return "LimitStores[" + name + ']';
    }
}
