package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/**
 * A JVM of its own with a small heap, in which one thread floods a policy with keys that nobody has seen before while
 * another asks for known users and times each decision. Users who had used up everything before are asked again, some in
 * between, all of them afterwards.
 */
public final class FloodedProcess {
    private static final int MAX_KEYS = 200_000;
    private static final int KNOWN = 1_000;
    private static final int BETWEEN = 100;
    private static final int CAPACITY = 100_000;
    /** One token comes back in an hour, and this takes minutes: who is exhausted stays so, and no entry may leave. */
    private static final Limit LIMIT = new Limit("hour", CAPACITY, 1, Duration.ofHours(1));

    private final RateLimiter limiter = RateLimiter.builder()
            .store(BucketStores.local(LocalSpec.standard().withMaxKeys(MAX_KEYS)))
            .policy(Policy.named("user").key(Keys.user()).limit(LIMIT).build())
            .build();
    private final RequestFacts[] known = users("known-");
    private final RequestFacts[] spent = users("spent-");
    /** Exhausted too, and not asked again before the flood is over: what is touched rarely is what a cache drops. */
    private final RequestFacts[] resting = users("resting-");

    private long asked;
    private long letThrough;
    private long turn;

    private FloodedProcess() {}

    /** What came of it: {@code grown} is live heap in bytes, {@code times} the p99 in a flood as times that without. */
    record Figures(long held, long grown, double times, long asked, long letThrough) {
        private static Figures parse(String line) {
            String[] figures = line.split(" ", -1);
            return new Figures(
                    Long.parseLong(figures[0]),
                    Long.parseLong(figures[1]),
                    Double.parseDouble(figures[2]),
                    Long.parseLong(figures[3]),
                    Long.parseLong(figures[4]));
        }

        private String line() {
            return held + " " + grown + ' ' + times + ' ' + asked + ' ' + letThrough;
        }
    }

    /** Runs one to its end; the process fails if it runs out of its 512 MiB. */
    static Figures flood(int keys, int decisions) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FloodedProcess.class.getName(),
                        Integer.toString(keys),
                        Integer.toString(decisions))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said = process.inputReader()) {
            String line = said.readLine();
            int code = process.waitFor();
            if (code != 0 || line == null) {
                throw new AssertionError("the flooded process ended with " + code);
            }
            return Figures.parse(line);
        } finally {
            process.destroyForcibly();
        }
    }

    public static void main(String[] arguments) {
        int keys = Integer.parseInt(arguments[0]);
        int decisions = Integer.parseInt(arguments[1]);
        new FloodedProcess().warm(keys / 10, decisions);
        System.out.println(new FloodedProcess().run(keys, decisions).line());
    }

    /** On a limiter that is thrown away, so that the first figures are not those of cold code. */
    private void warm(int keys, int decisions) {
        exhaust();
        flood(keys);
        decide(decisions, new Times());
    }

    private Figures run(int keys, int decisions) {
        long before = liveHeap();
        exhaust();
        Times unflooded = new Times();
        decide(decisions, unflooded);
        Times flooded = new Times();
        CompletableFuture<Void> flood =
                CompletableFuture.runAsync(() -> flood(keys), task -> new Thread(task, "flood").start());
        while (!flood.isDone()) {
            decide(BETWEEN, flooded);
        }
        flood.join();
        long grown = liveHeap() - before;
        for (int user = 0; user < KNOWN; user++) {
            ask(spent[user]);
            ask(resting[user]);
        }
        Times afterwards = new Times();
        decide(decisions, afterwards);
        double calm = Math.min(unflooded.p99(), afterwards.p99());
        return new Figures(limiter.trackedKeys("user").orElseThrow(), grown, flooded.p99() / calm, asked, letThrough);
    }

    private void exhaust() {
        for (int user = 0; user < KNOWN; user++) {
            limiter.check(spent[user]).charge("user", CAPACITY - 1);
            limiter.check(resting[user]).charge("user", CAPACITY - 1);
        }
    }

    private void ask(RequestFacts facts) {
        asked++;
        letThrough += limiter.check(facts).allowed() ? 1 : 0;
    }

    private void decide(int decisions, Times times) {
        for (int i = 0; i < decisions; i++) {
            RequestFacts facts = known[(int) (turn++ % KNOWN)];
            long start = System.nanoTime();
            boolean allowed = limiter.check(facts).allowed();
            times.add(System.nanoTime() - start);
            if (!allowed) {
                throw new IllegalStateException("a known user was refused");
            }
            if (i % BETWEEN == 0) {
                ask(spent[(int) (turn / BETWEEN % KNOWN)]);
            }
        }
    }

    private void flood(int keys) {
        for (int i = 0; i < keys; i++) {
            limiter.check(RequestFacts.builder().userId("stranger-" + i).build());
        }
    }

    private static RequestFacts[] users(String prefix) {
        RequestFacts[] users = new RequestFacts[KNOWN];
        Arrays.setAll(
                users, number -> RequestFacts.builder().userId(prefix + number).build());
        return users;
    }

    private static long liveHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** How many of the calls took how long, to within a sixteenth. */
    private static final class Times {
        private static final int BITS = 4;

        private final long[] counts = new long[Long.SIZE << BITS];
        private long count;

        void add(long nanos) {
            int shift = Math.max(0, Long.SIZE - BITS - 1 - Long.numberOfLeadingZeros(nanos));
            counts[(shift << BITS) + (int) (nanos >>> shift)]++;
            count++;
        }

        double p99() {
            long rest = count - count / 100;
            int index = 0;
            while (rest > counts[index]) {
                rest -= counts[index++];
            }
            int shift = Math.max(0, (index >>> BITS) - 1);
            return (double) ((index - (shift << BITS) + 1L) << shift);
        }
    }
}
