package dev.hardening.ratelimit.redis;

import dev.hardening.ratelimit.internal.StoreClock;
import io.github.bucket4j.redis.lettuce.RedisApi;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one connection of a store, kept up by itself.
 *
 * <p>No call waits or throws: what cannot be sent fails at once, what is not answered fails in time. While there is no
 * connection everything fails at once, except before the very first attempt is over, which 10,000 commands may wait for,
 * no longer than for an answer, and what is late is never sent. A
 * connection that was lost, or from which nothing came for four timeouts although something was asked (a half-open
 * network never says more), is given up and made anew: after 50 ms, then twice as long each time, up to 500 ms.
 *
 * <p>A new connection is used only after the server has told its time on it.
 *
 * @param <K> the type of the keys; bucket4j hands arrays of them over as arrays of objects
 */
final class RedisLink<K> implements RedisApi<K>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
    private static final long FIRST_DELAY = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LAST_DELAY = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int PATIENCE = 4;
    private static final int MOST_DOUBLINGS = 4;
    private static final int MOST_EARLY = 10_000;
    /** A command that waits for the first connection says nothing about any. */
    private static final Deadlines.Watcher UNSENT = new Deadlines.Watcher() {
        @Override
        public void answered() {}

        @Override
        public void silent(long sinceNanos) {}
    };

    private final String name;
    private final Supplier<CompletionStage<StatefulRedisConnection<K, byte[]>>> connecting;
    private final StoreClock clock;
    private final ScheduledExecutorService scheduler;
    private final Deadlines deadlines;
    private final long patience;
    private final Jitter jitter = new Jitter();
    private final AtomicReference<@Nullable Session> session = new AtomicReference<>();
    private final CompletableFuture<Session> first = new CompletableFuture<>();
    private final AtomicLong connections = new AtomicLong();
    /** How many commands came before the first attempt to connect was over. */
    private final AtomicInteger early = new AtomicInteger();

    private volatile boolean closed;
    private volatile boolean away;
    private int failures;

    RedisLink(
            String name,
            Supplier<CompletionStage<StatefulRedisConnection<K, byte[]>>> connecting,
            StoreClock clock,
            ScheduledExecutorService scheduler,
            Duration timeout) {
        this.name = name;
        this.connecting = connecting;
        this.clock = clock;
        this.scheduler = scheduler;
        this.deadlines = new Deadlines(scheduler, timeout);
        this.patience = timeout.toNanos() * PATIENCE;
    }

    /** Begins to connect, on the scheduler's thread. */
    void open() {
        later(this::connect, 0);
    }

    boolean connected() {
        return session.get() != null;
    }

    long connections() {
        return connections.get();
    }

    @Override
    public RedisFuture<byte[]> get(K key) {
        return send(commands -> commands.get(key));
    }

    @Override
    public <V> RedisFuture<V> eval(String script, ScriptOutputType type, K[] keys, byte[][] values) {
        return send(commands -> commands.eval(script, type, keys, values));
    }

    @Override
    public RedisFuture<?> delete(K key) {
        @SuppressWarnings("unchecked")
        K[] keys = (K[]) new Object[] {key};
        return send(commands -> commands.del(keys));
    }

    /** Gives up the connection for a new one: the server behind it is not the one wanted. */
    void renew() {
        Session current = session.get();
        if (current != null) {
            current.lost();
        }
    }

    @Override
    public void close() {
        closed = true;
        Session last = session.getAndSet(null);
        if (last != null) {
            closing(last.connection);
        }
        first.completeExceptionally(new RedisConnectionException("the store " + name + " is closed"));
    }

    private <T> RedisFuture<T> send(Function<RedisAsyncCommands<K, byte[]>, RedisFuture<T>> command) {
        Session current = session.get();
        if (current != null) {
            return current.send(command);
        }
        if (first.isDone()) {
            return Answer.failed(new RedisConnectionException("not connected to " + name));
        }
        if (early.incrementAndGet() > MOST_EARLY) {
            return Answer.failed(new RedisConnectionException("too many wait for " + name));
        }
        Answer<T> answer = new Answer<>();
        deadlines.watch(answer, UNSENT);
        // What was given up meanwhile is not sent: nobody would have the tokens.
        CompletionStage<Session> connection = first;
        connection.whenComplete((opened, failure) -> {
            if (failure != null) {
                answer.completeExceptionally(failure);
            } else if (!answer.isDone()) {
                opened.send(command).whenComplete((value, refusal) -> pass(answer, value, refusal));
            }
        });
        return answer;
    }

    private static <T> void pass(Answer<T> answer, T value, @Nullable Throwable failure) {
        if (failure == null) {
            answer.complete(value);
        } else {
            answer.completeExceptionally(failure);
        }
    }

    private void connect() {
        if (closed) {
            return;
        }
        try {
            connecting.get().thenCompose(this::timed).whenComplete(this::connected);
        } catch (RuntimeException failure) {
            connected(null, failure);
        }
    }

    private CompletionStage<Session> timed(StatefulRedisConnection<K, byte[]> connection) {
        Session opened = new Session(connection);
        // Three times: what comes first on a connection comes late, and the shortest round trip counts.
        CompletionStage<?> asked =
                opened.askTime().thenCompose(once -> opened.askTime()).thenCompose(twice -> opened.askTime());
        return asked.handle((time, failure) -> {
            if (failure != null) {
                closing(connection);
                throw new RedisConnectionException("asked for its TIME, " + name + " said nothing of use", failure);
            }
            return opened;
        });
    }

    private void connected(@Nullable Session opened, @Nullable Throwable failure) {
        if (opened == null) {
            failed(failure);
            return;
        }
        failures = 0;
        session.set(opened);
        opened.connection.addListener(opened);
        if (closed || !opened.connection.isOpen()) {
            opened.lost();
            return;
        }
        connections.incrementAndGet();
        if (away) {
            away = false;
            LOG.info("{} is back", name);
        }
        first.complete(opened);
    }

    private void failed(@Nullable Throwable failure) {
        if (closed) {
            return;
        }
        if (!away) {
            away = true;
            LOG.warn("{} cannot be reached; trying again until it can: {}", name, reason(failure));
        }
        first.completeExceptionally(new RedisConnectionException("not connected to " + name, failure));
        again();
    }

    /** Half of the delay is fixed, half is left to chance, so that many processes do not come back in step. */
    private void again() {
        long delay = Math.min(LAST_DELAY, FIRST_DELAY << Math.min(failures, MOST_DOUBLINGS));
        failures = Math.min(failures + 1, MOST_DOUBLINGS);
        later(this::connect, delay / 2 + jitter.below(delay / 2));
    }

    private void later(Runnable step, long nanos) {
        try {
            Future<?> unused = scheduler.schedule(step, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException ended) {
            LOG.debug("{} is closed", name, ended);
        }
    }

    /** Nobody waits for a goodbye. */
    private static void closing(StatefulRedisConnection<?, ?> connection) {
        CompletableFuture<?> unused = connection.closeAsync();
    }

    /** The last cause says most; the messages of Lettuce name addresses, never credentials. */
    private static String reason(@Nullable Throwable failure) {
        String said = "no reason given";
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            said = String.valueOf(cause.getMessage());
        }
        return said;
    }

    /** One connection, until it is lost. */
    private final class Session implements Deadlines.Watcher, RedisConnectionStateListener {
        private final StatefulRedisConnection<K, byte[]> connection;
        private final RedisAsyncCommands<K, byte[]> commands;
        /** When the oldest command was sent that has had no answer since; 0 while answers come. Swept by one thread. */
        private long silentSince;

        private Session(StatefulRedisConnection<K, byte[]> connection) {
            this.connection = connection;
            this.commands = connection.async();
        }

        <T> RedisFuture<T> send(Function<RedisAsyncCommands<K, byte[]>, RedisFuture<T>> command) {
            try {
                RedisFuture<T> answer = command.apply(commands);
                deadlines.watch(answer.toCompletableFuture(), this);
                if (clock.due()) {
                    askTime();
                }
                return answer;
            } catch (RuntimeException failure) {
                return Answer.failed(failure);
            }
        }

        CompletionStage<List<byte[]>> askTime() {
            long sent = clock.tick();
            RedisFuture<List<byte[]>> time = commands.time();
            deadlines.watch(time.toCompletableFuture(), this);
            return time.whenComplete((answer, failure) -> {
                if (failure == null) {
                    clock.look(sent, clock.tick(), nanos(answer));
                }
            });
        }

        private long nanos(List<byte[]> time) {
            long seconds = number(time.get(0));
            long micros = number(time.get(1));
            return TimeUnit.SECONDS.toNanos(seconds) + TimeUnit.MICROSECONDS.toNanos(micros);
        }

        /** It is no state of a bucket either, so it comes as what is none. */
        private static long number(byte[] value) {
            return Long.parseLong(new String(StateCodec.stored(value), StandardCharsets.US_ASCII));
        }

        @Override
        public void answered() {
            silentSince = 0;
        }

        @Override
        public void silent(long age) {
            long now = System.nanoTime();
            if (silentSince == 0) {
                silentSince = now - age == 0 ? 1 : now - age;
            } else if (now - silentSince >= patience) {
                lost();
            }
        }

        @Override
        public void onRedisDisconnected(RedisChannelHandler<?, ?> ignored) {
            lost();
        }

        private void lost() {
            if (session.compareAndSet(this, null)) {
                closing(connection);
                LOG.debug("the connection to {} is lost", name);
                if (!closed) {
                    again();
                }
            }
        }
    }
}
