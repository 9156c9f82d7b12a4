package dev.hardening.ratelimit.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.EpollProvider;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A Lettuce client with few named threads that never queues without a bound and never reconnects by itself: {@link
 * RedisLink} does that, and times every command.
 */
final class OwnClient implements AutoCloseable {
    private static final int THREADS = 2;
    private static final int MOST_WAITING = 10_000;
    private static final Duration UNACKNOWLEDGED = Duration.ofSeconds(5);
    private static final Duration IDLE = Duration.ofSeconds(15);
    private static final Duration PROBE = Duration.ofSeconds(5);
    private static final long CLOSING_MILLIS = 1_000;

    private final ClientResources resources;
    private final RedisClient client;

    private OwnClient(ClientResources resources, RedisClient client) {
        this.resources = resources;
        this.client = client;
    }

    static OwnClient to(RedisURI uri, Duration connectTimeout) {
        AtomicInteger number = new AtomicInteger();
        ClientResources resources = ClientResources.builder()
                .ioThreadPoolSize(THREADS)
                .computationThreadPoolSize(THREADS)
                .threadFactoryProvider(pool -> step -> daemon(pool + '-' + number.incrementAndGet(), step))
                .build();
        RedisClient client = RedisClient.create(resources, uri);
        client.setOptions(ClientOptions.builder()
                .autoReconnect(false)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(MOST_WAITING)
                .timeoutOptions(TimeoutOptions.create())
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                .socketOptions(socket(connectTimeout))
                .build());
        return new OwnClient(resources, client);
    }

    static Thread daemon(String name, Runnable step) {
        Thread thread = new Thread(step, "hardening-ratelimit-redis-" + name);
        thread.setDaemon(true);
        return thread;
    }

    RedisClient client() {
        return client;
    }

    @Override
    public void close() {
        client.shutdown(0, CLOSING_MILLIS, TimeUnit.MILLISECONDS);
        Future<?> unused = resources.shutdown(0, CLOSING_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static SocketOptions socket(Duration connectTimeout) {
        SocketOptions.Builder options = SocketOptions.builder()
                .connectTimeout(connectTimeout)
                .keepAlive(SocketOptions.KeepAliveOptions.builder()
                        .enable()
                        .idle(IDLE)
                        .interval(PROBE)
                        .build());
        // The JDK has no such option; Lettuce sets it where Netty's native transport is on the path.
        if (EpollProvider.isAvailable()) {
            options.tcpUserTimeout(SocketOptions.TcpUserTimeoutOptions.builder()
                    .enable()
                    .tcpUserTimeout(UNACKNOWLEDGED)
                    .build());
        }
        return options.build();
    }
}
