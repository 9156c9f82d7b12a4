package dev.hardening.benchmarks;

import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.RateLimiter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;

/**
 * What JMH does not count: the commands that one decision sends to Redis, and 64 threads at one key, where the rows take
 * turns in one process and on one server.
 */
final class SharedLoad {
    private static final int DECISIONS = 2_000;
    private static final int THREADS = 64;
    private static final int HOT = 0;

    private final SharedPeers peers;
    private final boolean quick;

    private SharedLoad(SharedPeers peers, boolean quick) {
        this.peers = peers;
        this.quick = quick;
    }

    static void run(boolean quick) throws Exception {
        try (SharedPeers peers = new SharedPeers()) {
            SharedLoad load = new SharedLoad(peers, quick);
            load.commands("allowed", LocalPeers.PLENTY);
            load.commands("denied", LocalPeers.ONE_A_DAY);
            load.hotKey();
        }
    }

    /** One thread, one user who is known already; the words are what the server ran, scripts' own commands included. */
    private void commands(String title, Limit limit) {
        System.out.println("\n## commands of Redis for one decision, " + title + "\n");
        System.out.println("| row | sent | run by the server |");
        System.out.println("| --- | ---: | --- |");
        for (Row row : rows("commands-" + title, limit)) {
            row.take.test(HOT);
            row.take.test(HOT);
            CommandStats before = peers.commands();
            for (int i = 0; i < DECISIONS; i++) {
                row.take.test(HOT);
            }
            CommandStats ran = peers.commands().since(before);
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.3f | %s |%n",
                    row.name,
                    ran.sent() / (double) DECISIONS,
                    ran.each(DECISIONS));
        }
    }

    private void hotKey() throws Exception {
        List<Row> rows = rows("hot", LocalPeers.PLENTY);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            for (Row row : rows) {
                storm(row, threads, new Sum());
            }
            List<Sum> sums = rows.stream().map(row -> new Sum()).toList();
            for (int round = 0; round < (quick ? 1 : 5); round++) {
                for (int i = 0; i < rows.size(); i++) {
                    storm(rows.get(i), threads, sums.get(i));
                }
            }
            print(rows, sums);
        } finally {
            threads.shutdown();
            threads.awaitTermination(10, TimeUnit.SECONDS);
        }
    }

    private void storm(Row row, ExecutorService threads, Sum sum) throws Exception {
        CommandStats before = peers.commands();
        long start = System.nanoTime();
        long end = start + TimeUnit.SECONDS.toNanos(quick ? 1 : 4);
        List<Future<Share>> shares = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            shares.add(threads.submit(() -> share(row.take, end)));
        }
        for (Future<Share> share : shares) {
            sum.add(share.get());
        }
        sum.nanos += System.nanoTime() - start;
        sum.commands = sum.commands.plus(peers.commands().since(before));
    }

    private static Share share(IntPredicate take, long end) {
        Latencies latencies = new Latencies();
        long refused = 0;
        for (long now = System.nanoTime(); now - end < 0; ) {
            refused += take.test(HOT) ? 0 : 1;
            long then = System.nanoTime();
            latencies.add(then - now);
            now = then;
        }
        return new Share(latencies, refused);
    }

    private static void print(List<Row> rows, List<Sum> sums) {
        double plain = 0;
        for (int i = 0; i < rows.size(); i++) {
            plain = rows.get(i).name.equals("bucket4jLettuce") ? sums.get(i).perSecond() : plain;
        }
        System.out.println("\n## one hot key, " + THREADS + " threads\n");
        System.out.println("| row | granted a second | times bucket4jLettuce | sent a decision | refused or failed"
                + " | p50 | p99 | p99.9 | longest | run by the server for one decision |");
        System.out.println("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |");
        for (int i = 0; i < rows.size(); i++) {
            Sum sum = sums.get(i);
            long decisions = sum.latencies.count();
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.0f | %.2f | %.3f | %d | %s | %s |%n",
                    rows.get(i).name,
                    sum.perSecond(),
                    sum.perSecond() / plain,
                    sum.commands.sent() / (double) decisions,
                    sum.refused,
                    sum.latencies.columns(),
                    sum.commands.each(decisions));
        }
    }

    private List<Row> rows(String name, Limit limit) {
        RateLimiter ours = peers.limiter(name, limit);
        return List.of(
                new Row("hardening", user -> peers.decide(ours, user).allowed()),
                new Row("bucket4jLettuce", peers.bucket4j(name + "-plain", limit)),
                new Row("bucket4jLettuceBatching", peers.bucket4jBatching(name + "-batching", limit)),
                new Row("lettuceIncr", peers.incr(name + "-incr", limit)),
                new Row("redisson", peers.redisson(name + "-redisson", limit)),
                new Row("gatewayScript", peers.script(name + "-script", limit)));
    }

    private record Row(String name, IntPredicate take) {}

    private record Share(Latencies latencies, long refused) {}

    private static final class Sum {
        private final Latencies latencies = new Latencies();
        private CommandStats commands = CommandStats.of("");
        private long nanos;
        private long refused;

        private void add(Share share) {
            latencies.add(share.latencies);
            refused += share.refused;
        }

        private double perSecond() {
            return (latencies.count() - refused) * 1e9 / nanos;
        }
    }
}
