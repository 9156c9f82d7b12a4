package dev.hardening.benchmarks;

import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.RateLimiter;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * One decision for one of 1,000 users whose limits are in a Redis on loopback, by one thread. Refusals of ours come from
 * the deny cache, but for one a user every five seconds; peers ask Redis for each.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SharedLimitsBenchmark {
    static final Limit PLENTY = LocalPeers.PLENTY;
    static final Limit ONE_A_DAY = LocalPeers.ONE_A_DAY;

    private SharedPeers peers;
    private RateLimiter ours;
    private RateLimiter spent;
    private IntPredicate peer;
    private int next;

    @Setup
    public void start(BenchmarkParams run) {
        peers = new SharedPeers();
        String method = run.getBenchmark().substring(run.getBenchmark().lastIndexOf('.') + 1);
        boolean denied = method.startsWith("denied");
        Limit limit = denied ? ONE_A_DAY : PLENTY;
        ours = peers.limiter("plenty", PLENTY);
        spent = peers.limiter("spent", ONE_A_DAY);
        peer = peer(method.split("_", 2)[1], limit);
        for (int user = 0; user < SharedPeers.USERS; user++) {
            peers.decide(spent, user);
            peers.decide(spent, user);
            peer.test(user);
        }
    }

    private IntPredicate peer(String row, Limit limit) {
        return switch (row) {
            case "bucket4jLettuce" -> peers.bucket4j(row, limit);
            case "lettuceIncr" -> peers.incr(row, limit);
            case "redisson" -> peers.redisson(row, limit);
            case "gatewayScript" -> peers.script(row, limit);
            default -> user -> peers.decide(ours, user).allowed();
        };
    }

    @TearDown
    public void stop() {
        peers.close();
    }

    @Benchmark
    public Decision allowed_hardening() {
        return LocalPeers.allowed(peers.decide(ours, turn()));
    }

    @Benchmark
    public boolean allowed_bucket4jLettuce() {
        return granted(true);
    }

    @Benchmark
    public boolean allowed_lettuceIncr() {
        return granted(true);
    }

    @Benchmark
    public boolean allowed_redisson() {
        return granted(true);
    }

    @Benchmark
    public boolean allowed_gatewayScript() {
        return granted(true);
    }

    @Benchmark
    public Decision denied_hardening() {
        return LocalPeers.denied(peers.decide(spent, turn()));
    }

    @Benchmark
    public boolean denied_bucket4jLettuce() {
        return granted(false);
    }

    @Benchmark
    public boolean denied_lettuceIncr() {
        return granted(false);
    }

    @Benchmark
    public boolean denied_redisson() {
        return granted(false);
    }

    @Benchmark
    public boolean denied_gatewayScript() {
        return granted(false);
    }

    private boolean granted(boolean expected) {
        boolean granted = peer.test(turn());
        if (granted != expected) {
            throw new IllegalStateException("granted " + granted);
        }
        return granted;
    }

    private int turn() {
        next = next + 1 == SharedPeers.USERS ? 0 : next + 1;
        return next;
    }
}
