package dev.hardening.benchmarks;

import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/**
 * Ten million keys that nobody has seen before, through one policy that holds 200,000, in a heap of 512 MiB: one thread
 * floods, another goes on to ask for 1,000 known users and times each decision. 1,000 users who had used up everything
 * before are asked again and again, in between and afterwards; not one may be let through.
 *
 * <p>Asked for were at most 200 MiB of live heap and a p99 of less than five times that without a flood.
 */
public final class FloodBenchmark {
    private static final int MAX_KEYS = 200_000;
    private static final int KEYS = 10_000_000;
    private static final int QUICK_KEYS = 1_000_000;
    private static final int KNOWN = 1_000;
    private static final int BETWEEN = 100;
    private static final int UNFLOODED = 3_000_000;
    private static final int CAPACITY = 100_000;
    private static final double MIB = 1 << 20;
    private static final long MOST_MIB = 200;
    private static final int MOST_TIMES = 5;
    /** One token comes back in an hour, and this takes minutes: who is exhausted stays so, and no entry may leave. */
    private static final Limit LIMIT = new Limit("hour", CAPACITY, 1, Duration.ofHours(1));

    private final RateLimiter limiter = RateLimiter.builder()
            .store(BucketStores.local(LocalSpec.standard().withMaxKeys(MAX_KEYS)))
            .policy(LocalPeers.policy("user", Keys.user(), LIMIT))
            .build();
    private final RequestFacts[] known = users("known-");
    private final RequestFacts[] spent = users("spent-");
    private long asked;
    private long letThrough;
    private long sum;

    private FloodBenchmark() {}

    /** Starts the process with the small heap and waits for it. */
    static int fork(boolean quick) throws Exception {
        String java = ProcessHandle.current().info().command().orElse("java");
        return new ProcessBuilder(
                        java,
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FloodBenchmark.class.getName(),
                        quick ? "quick" : "full")
                .inheritIO()
                .start()
                .waitFor();
    }

    public static void main(String[] arguments) {
        boolean quick = arguments.length > 0 && arguments[0].equals("quick");
        new FloodBenchmark().warm();
        new FloodBenchmark().run(quick ? QUICK_KEYS : KEYS);
    }

    /** On a limiter that is thrown away, so that the first figures are not those of cold code. */
    private void warm() {
        exhaust();
        flood(2 * MAX_KEYS);
        decide(UNFLOODED / 3, new Latencies());
    }

    private void run(int keys) {
        double before = liveHeap();
        exhaust();
        Latencies unflooded = new Latencies();
        decide(UNFLOODED, unflooded);
        Latencies flooded = new Latencies();
        long start = System.nanoTime();
        CompletableFuture<Latencies> flood =
                CompletableFuture.supplyAsync(() -> flood(keys), task -> new Thread(task, "flood").start());
        while (!flood.isDone()) {
            decide(BETWEEN, flooded);
        }
        Latencies strangers = flood.join();
        title(keys, (System.nanoTime() - start) / 1e9);
        long during = asked;
        double grown = liveHeap() - before;
        for (RequestFacts facts : spent) {
            ask(facts);
        }
        Latencies afterwards = new Latencies();
        decide(UNFLOODED, afterwards);
        System.out.println("\n| decisions | number | p50 | p99 | p99.9 | longest | p99, times unflooded |");
        System.out.println("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        row("known users, unflooded", unflooded, unflooded);
        row("known users, during the flood", flooded, unflooded);
        row("known users, afterwards", afterwards, unflooded);
        row("the flood's own", strangers, unflooded);
        long calm = Math.min(unflooded.quantile(0.99), afterwards.quantile(0.99));
        verdict(grown, flooded.quantile(0.99) / (double) calm, during);
    }

    private void title(int keys, double seconds) {
        System.out.printf(
                Locale.ROOT,
                "%n# limits-flood, JDK %s, %d cores, heap of %.0f MiB%n%n%,d keys in %.1f s, %,d held of at most %,d%n",
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                Runtime.getRuntime().maxMemory() / MIB,
                keys,
                seconds,
                limiter.trackedKeys("user").orElseThrow(),
                MAX_KEYS);
    }

    private void verdict(double grown, double times, long during) {
        System.out.println("\n| asked for | measured | held |");
        System.out.println("| --- | ---: | --- |");
        System.out.printf(
                Locale.ROOT,
                "| live heap grown by at most %d MiB | %.1f MiB | %s |%n",
                MOST_MIB,
                grown,
                grown <= MOST_MIB);
        System.out.printf(
                Locale.ROOT,
                "| p99 below %d times that before or afterwards, the lower | %.2f | %s |%n",
                MOST_TIMES,
                times,
                times < MOST_TIMES);
        System.out.printf(
                Locale.ROOT,
                "| exhausted keys stay refused | %,d let through of %,d during, %,d in all | %s |%n",
                letThrough,
                during,
                asked,
                letThrough == 0);
        if (sum == 0) {
            throw new IllegalStateException("nothing was counted");
        }
    }

    private static void row(String name, Latencies latencies, Latencies unflooded) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %,d | %s | %s |%n",
                name,
                latencies.count(),
                latencies.columns(),
                Latencies.ratio(latencies.quantile(0.99), unflooded.quantile(0.99)));
    }

    private void exhaust() {
        for (RequestFacts facts : spent) {
            limiter.check(facts).charge("user", CAPACITY - 1);
            ask(facts);
        }
        if (letThrough > 0) {
            throw new IllegalStateException(letThrough + " users are not exhausted");
        }
    }

    private void ask(RequestFacts facts) {
        asked++;
        letThrough += limiter.check(facts).allowed() ? 1 : 0;
    }

    private void decide(int decisions, Latencies latencies) {
        for (int i = 0; i < decisions; i++) {
            RequestFacts facts = known[(int) (sum++ % KNOWN)];
            long start = System.nanoTime();
            Decision decision = limiter.check(facts);
            latencies.add(System.nanoTime() - start);
            LocalPeers.allowed(decision);
            if (i % BETWEEN == 0) {
                ask(spent[(int) (sum / BETWEEN % KNOWN)]);
            }
        }
    }

    private Latencies flood(int keys) {
        Latencies latencies = new Latencies();
        for (int i = 0; i < keys; i++) {
            RequestFacts facts = RequestFacts.builder().userId("stranger-" + i).build();
            long start = System.nanoTime();
            limiter.check(facts);
            latencies.add(System.nanoTime() - start);
        }
        return latencies;
    }

    private static RequestFacts[] users(String prefix) {
        RequestFacts[] users = new RequestFacts[KNOWN];
        for (int i = 0; i < KNOWN; i++) {
            users[i] = RequestFacts.builder().userId(prefix + i).build();
        }
        return users;
    }

    private static double liveHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MIB;
    }
}
