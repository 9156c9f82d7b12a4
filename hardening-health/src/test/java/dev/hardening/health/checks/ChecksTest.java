package dev.hardening.health.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.health.CheckResult;
import dev.hardening.health.CheckResult.Outcome;
import dev.hardening.health.Deadline;
import dev.hardening.testing.Eventually;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.lang.reflect.Proxy;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChecksTest {
    private static final Deadline NONE = new Deadline() {
        @Override
        public Duration remaining() {
            return Duration.ofSeconds(1);
        }

        @Override
        public void onExpire(AutoCloseable resource) {}

        @Override
        public void step(String step) {}
    };

    @Test
    void deadlock_ofTwoThreads_isFoundWithTheirNames() throws Exception {
        assertEquals(Outcome.OK, Checks.deadlock().run(NONE).outcome());
        ReentrantLock left = new ReentrantLock();
        ReentrantLock right = new ReentrantLock();
        CyclicBarrier both = new CyclicBarrier(2);
        Thread one = locking("lock-one", left, right, both);
        Thread two = locking("lock-two", right, left, both);
        try {
            Eventually.until(Duration.ofSeconds(10), "a deadlock", () -> {
                CheckResult result = Checks.deadlock().run(NONE);
                return result.outcome() == Outcome.FAIL
                        && result.data().get("count").equals(2)
                        && result.data().get("threads").toString().contains("lock-one");
            });
        } finally {
            one.interrupt();
            two.interrupt();
            one.join();
            two.join();
        }
        assertEquals(Outcome.OK, Checks.deadlock().run(NONE).outcome());
    }

    private static Thread locking(String name, ReentrantLock first, ReentrantLock second, CyclicBarrier both) {
        Thread thread = new Thread(
                () -> {
                    first.lock();
                    try {
                        both.await();
                        second.lockInterruptibly();
                    } catch (Exception ended) {
                        return;
                    } finally {
                        first.unlock();
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @ParameterizedTest
    @CsvSource({
        "99, 1000, FAIL",
        "100, 1000, WARN",
        "199, 1000, WARN",
        "200, 1000, OK",
        "200, 2001, OK",
        "200, 2010, WARN",
    })
    void disk_byRoom_warnsAndFails(long usable, long total, Outcome expected) {
        CheckResult result = new DiskCheck(Path.of("."), 200, 100).judge(usable, total);

        assertEquals(expected, result.outcome());
        assertEquals(Map.of("usableBytes", usable, "totalBytes", total), result.data());
    }

    @Test
    void disk_ofARealFolder_isRead(@TempDir Path folder) throws Exception {
        CheckResult result = Checks.disk(folder, 1, 0).run(NONE);

        assertTrue((long) result.data().get("totalBytes") > 0);
        assertThrows(
                NoSuchFileException.class,
                () -> Checks.disk(folder.resolve("missing")).run(NONE));
    }

    @Test
    void disk_boundsTheWrongWayRound_areRefused(@TempDir Path folder) {
        assertThrows(IllegalArgumentException.class, () -> Checks.disk(folder, 1, 2));
        assertThrows(IllegalArgumentException.class, () -> Checks.disk(folder, 1, -1));
    }

    @ParameterizedTest
    @CsvSource({"90, 100, OK", "91, 100, FAIL", "1000, -1, OK"})
    void heap_byTheFullestOldPool_fails(long used, long max, Outcome expected) throws Exception {
        HeapCheck check = new HeapCheck(
                List.of(
                        pool(MemoryType.HEAP, true, new MemoryUsage(0, used, used, max)),
                        pool(MemoryType.HEAP, true, null),
                        pool(MemoryType.HEAP, false, new MemoryUsage(0, 100, 100, 100)),
                        pool(MemoryType.NON_HEAP, true, new MemoryUsage(0, 100, 100, 100))),
                90);

        assertEquals(expected, check.run(NONE).outcome());
    }

    @Test
    void heap_ofThisJvm_isUp() throws Exception {
        assertEquals(Outcome.OK, Checks.heap(99).run(NONE).outcome());
        assertThrows(IllegalArgumentException.class, () -> Checks.heap(0));
        assertThrows(IllegalArgumentException.class, () -> Checks.heap(100));
    }

    private static MemoryPoolMXBean pool(MemoryType type, boolean old, MemoryUsage afterCollection) {
        return (MemoryPoolMXBean) Proxy.newProxyInstance(
                ChecksTest.class.getClassLoader(),
                new Class<?>[] {MemoryPoolMXBean.class},
                (self, method, arguments) -> switch (method.getName()) {
                    case "getType" -> type;
                    case "isUsageThresholdSupported" -> old;
                    case "getCollectionUsage" -> afterCollection;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }
}
