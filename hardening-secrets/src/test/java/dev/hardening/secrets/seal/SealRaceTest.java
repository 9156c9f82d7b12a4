package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.testing.SeededRandom;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SealRaceTest {
    private static final int THREADS = 8;
    private static final int ROUNDS = 150;

    private final KeyRing ring = SealRing.make();
    private final Sealer sealer = Sealer.of(ring);

    private static <T> void together(List<Callable<T>> works) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(works.size());
        CountDownLatch start = new CountDownLatch(1);
        try {
            List<Future<T>> running = new ArrayList<>();
            for (Callable<T> work : works) {
                running.add(threads.submit(() -> {
                    start.await();
                    return work.call();
                }));
            }
            start.countDown();
            for (Future<T> run : running) {
                run.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private Boolean sealAndOpen(int thread) throws Exception {
        Random random = SeededRandom.of("race " + thread);
        SealContext place = SealContext.of("thread", Integer.toString(thread));
        for (int round = 0; round < ROUNDS; round++) {
            byte[] plain = new byte[random.nextInt(40_000)];
            random.nextBytes(plain);
            byte[] message = sealer.seal(plain, place);
            assertArrayEquals(plain, sealer.open(message, place).value().orElseThrow());
            assertArrayEquals(
                    plain,
                    sealer.opening(new ByteArrayInputStream(message), place).readAllBytes());
            message[message.length - 1] ^= 1;
            assertTrue(sealer.open(message, place).value().isEmpty());
        }
        return true;
    }

    @Test
    void sealer_manyThreadsWhileTheRingRotates_mixesNothingUp() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        List<Callable<Boolean>> works = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            int number = thread;
            works.add(() -> sealAndOpen(number));
        }
        FutureTask<Integer> rotating = new FutureTask<>(() -> {
            int rotations = 0;
            while (rotations < 50 && !done.get()) {
                SealRing.rotate(ring);
                rotations++;
            }
            return rotations;
        });
        new Thread(rotating).start();

        together(works);

        done.set(true);
        assertTrue(rotating.get() > 0);
    }

    @Tag("secrets:E5")
    @Test
    void open_keyDisabledMeanwhile_isRefusedFromThenOn() throws Exception {
        byte[] message = sealer.seal(new byte[100], SealContext.none());
        String old = SealRing.rotate(ring);
        AtomicBoolean disabled = new AtomicBoolean();
        Callable<Integer> opening = () -> {
            int opened = 0;
            boolean sure = false;
            while (!sure) {
                sure = disabled.get();
                boolean opens = sealer.open(message, SealContext.none()).value().isPresent();
                assertTrue(!sure || !opens, "opened after the key was disabled");
                opened += opens ? 1 : 0;
            }
            return opened;
        };
        Callable<Integer> disabling = () -> {
            ring.unsafeDisableNow(old);
            disabled.set(true);
            return 0;
        };

        together(List.of(opening, opening, opening, disabling));

        assertEquals(0, opening.call());
    }
}
