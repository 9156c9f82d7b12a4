package dev.hardening.ratelimit;

import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;

/** Lets several things happen at once, over and over, on real threads that start each round together. */
public final class Race {
    private Race() {}

    /** Runs {@code prepare} before each round and {@code check} after it, alone. */
    public static void run(int rounds, Runnable prepare, List<Runnable> actors, Runnable check) {
        CyclicBarrier start = new CyclicBarrier(actors.size(), prepare);
        CyclicBarrier end = new CyclicBarrier(actors.size(), check);
        AtomicInteger next = new AtomicInteger();
        Parallel.count(actors.size(), 1, () -> {
            Runnable mine = actors.get(next.getAndIncrement());
            for (int round = 0; round < rounds; round++) {
                start.await();
                mine.run();
                end.await();
            }
            return true;
        });
    }
}
