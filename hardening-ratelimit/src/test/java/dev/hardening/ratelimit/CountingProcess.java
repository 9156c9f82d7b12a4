package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.jdbc.PostgresBucketStore;
import dev.hardening.ratelimit.redis.RedisBucketStore;
import dev.hardening.testing.Eventually;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/** A JVM of its own that takes from one bucket as fast as it can, from when it is told until its time is over. */
public final class CountingProcess {
    private static final Limit FAST = new Limit("fast", 50, 40, Duration.ofSeconds(1));
    private static final Limit SLOW = new Limit("slow", 60, 30, Duration.ofSeconds(1));

    private CountingProcess() {}

    /**
     * Starts {@code count} of them, lets them go together, and requires that all of them were granted what the limits
     * allow between the first question and the last answer, and no less than between the first answer and the last
     * question but for one token a limit. The ticker of a machine is the same in all its processes.
     */
    public static void requireExact(int count, String address, Duration time) throws IOException {
        List<Process> processes = new ArrayList<>();
        try {
            for (int number = 0; number < count; number++) {
                processes.add(new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                CountingProcess.class.getName(),
                                address,
                                Long.toString(time.toMillis()))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
            }
            for (Process process : processes) {
                requireLine(process, "ready");
            }
            for (Process process : processes) {
                process.getOutputStream().write("go\n".getBytes(StandardCharsets.US_ASCII));
                process.getOutputStream().flush();
            }
            Count sum = new Count(0, Long.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE);
            for (Process process : processes) {
                sum = sum.and(Count.parse(process.inputReader().readLine()));
            }
            sum.requireExact();
        } finally {
            processes.forEach(Process::destroyForcibly);
        }
    }

    private static void requireLine(Process process, String expected) throws IOException {
        String line = process.inputReader().readLine();
        if (!expected.equals(line)) {
            throw new IllegalStateException("the process said " + line);
        }
    }

    public static void main(String[] arguments) throws Exception {
        try (BucketStore store = store(arguments[0])) {
            Space space = store.open("processes", List.of(FAST, SLOW));
            Eventually.until(
                    Duration.ofSeconds(60),
                    "the store answers",
                    () -> space.peek("k", 1).granted());
            System.out.println("ready");
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII)).readLine();
            long begin = System.nanoTime();
            long end = begin + Duration.ofMillis(Long.parseLong(arguments[1])).toNanos();
            AtomicLong granted = new AtomicLong(space.take("k", 1).granted() ? 1 : 0);
            long answered = System.nanoTime();
            AtomicLong lastQuestion = new AtomicLong(answered);
            Parallel.count(4, 1, () -> {
                for (long now = System.nanoTime(); now - end < 0; now = System.nanoTime()) {
                    lastQuestion.accumulateAndGet(now, Math::max);
                    granted.addAndGet(space.take("k", 1).granted() ? 1 : 0);
                }
                return true;
            });
            System.out.println(new Count(granted.get(), begin, answered, lastQuestion.get(), System.nanoTime()).line());
        }
    }

    private static BucketStore store(String address) {
        if (address.startsWith("redis:")) {
            return RedisBucketStore.builder(address)
                    .requestTimeout(Duration.ofSeconds(5))
                    .build();
        }
        DataSource source = (DataSource) Proxy.newProxyInstance(
                DataSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, none) -> DriverManager.getConnection(address));
        return PostgresBucketStore.builder(source)
                .requestTimeout(Duration.ofSeconds(20))
                .build();
    }

    /** What was granted; between {@code begin} and {@code end} for certain, and asked for all the time in between. */
    private record Count(long granted, long begin, long firstAnswer, long lastQuestion, long end) {
        static Count parse(String line) {
            long[] figures = Arrays.stream(line.split(" ", -1))
                    .mapToLong(Long::parseLong)
                    .toArray();
            return new Count(figures[0], figures[1], figures[2], figures[3], figures[4]);
        }

        String line() {
            return granted + " " + begin + ' ' + firstAnswer + ' ' + lastQuestion + ' ' + end;
        }

        Count and(Count other) {
            return new Count(
                    granted + other.granted,
                    Math.min(begin, other.begin),
                    Math.min(firstAnswer, other.firstAnswer),
                    Math.max(lastQuestion, other.lastQuestion),
                    Math.max(end, other.end));
        }

        void requireExact() {
            long most = allowed(end - begin);
            long least = allowed(lastQuestion - firstAnswer) - 2;
            String figures = granted + " granted, " + least + " to " + most + " allowed";
            System.out.println(figures);
            if (granted < least || granted > most) {
                throw new AssertionError(figures);
            }
        }

        private static long allowed(long nanos) {
            return Math.min(allowed(FAST, nanos), allowed(SLOW, nanos));
        }

        private static long allowed(Limit limit, long nanos) {
            return limit.capacity() + nanos * limit.refill() / limit.per().toNanos();
        }
    }
}
