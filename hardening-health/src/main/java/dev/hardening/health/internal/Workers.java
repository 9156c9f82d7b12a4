package dev.hardening.health.internal;

import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Where checks run, and where what they leave open is closed. */
interface Workers extends AutoCloseable {
    /** Runs soon on another thread; throws if there is none to be had. */
    void execute(Runnable task);

    /** Takes no more; what runs is neither interrupted nor awaited. */
    @Override
    void close();

    /** Daemon threads, made on demand, at most one for each run and one for each closing. */
    static Workers daemon(String name) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                0, 2 * Turns.CAP, 15, TimeUnit.SECONDS, new SynchronousQueue<>(), Daemons.named(name + "-check-"));
        return new Workers() {
            @Override
            public void execute(Runnable task) {
                pool.execute(task);
            }

            @Override
            public void close() {
                pool.shutdown();
            }
        };
    }
}
