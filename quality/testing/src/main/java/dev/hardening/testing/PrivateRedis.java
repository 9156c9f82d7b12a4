package dev.hardening.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import redis.embedded.RedisExecProvider;

/**
 * A real Redis of one test alone, to be killed, paused, restarted on the same port and set up at will.
 *
 * <p>It keeps nothing on disk, so that a restart is an empty server. A shell stands between: it kills the server as
 * soon as its own input ends, which is when this is closed and when this JVM dies, however it dies.
 */
public final class PrivateRedis implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String GUARD =
            "\"$@\" >/dev/null 2>&1 & pid=$!; echo $pid; read line; kill -KILL $pid; wait $pid";

    private final int port;
    private final List<String> settings;
    private Running running;

    private PrivateRedis(int port, List<String> settings) {
        this.port = port;
        this.settings = settings;
        this.running = launch();
    }

    /** Starts a server; {@code settings} as on the command line of Redis ({@code "--maxmemory", "2mb"}). */
    public static PrivateRedis start(String... settings) {
        return new PrivateRedis(freePort(), List.of(settings));
    }

    /** A port on which nothing listens, for an application that starts while Redis is away. */
    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Starts a server on a port that {@link #freePort} gave. */
    public static PrivateRedis startOn(int port, String... settings) {
        return new PrivateRedis(port, List.of(settings));
    }

    public URI uri() {
        return URI.create("redis://127.0.0.1:" + port);
    }

    public int port() {
        return port;
    }

    /** Ends the server as a crash does: nothing is said to anybody, the kernel resets its connections. */
    public void kill() {
        running.end();
    }

    /** Stops the process where it stands (SIGSTOP): connections stay open and connect, and nobody answers. */
    public void pause() {
        running.signal("STOP");
    }

    /** Lets a paused server go on. */
    public void resume() {
        running.signal("CONT");
    }

    /** Starts the server again after {@link #kill}, empty, on the same port. */
    public void restart() {
        running.end();
        running = launch();
    }

    /** Asks one command on a connection of its own; the answer as Redis wrote it, an error with its {@code -}. */
    public String command(String... words) {
        try (RedisWire wire = RedisWire.connect(port)) {
            return wire.ask(words);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        running.end();
    }

    private Running launch() {
        List<String> line = new ArrayList<>(List.of("sh", "-c", GUARD, "sh"));
        line.add(Executable.PATH);
        line.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1", "--save", ""));
        line.addAll(settings);
        try {
            Process guard = new ProcessBuilder(line).start();
            BufferedReader reader = guard.inputReader(StandardCharsets.US_ASCII);
            Running started = new Running(guard, Long.parseLong(reader.readLine()));
            Eventually.until(PATIENCE, "redis listens on " + port, () -> {
                String answer = command("PING");
                return answer.startsWith("+PONG") || answer.startsWith("-NOAUTH");
            });
            return started;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private record Running(Process guard, long pid) {
        void signal(String name) {
            try {
                int code = new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .inheritIO()
                        .start()
                        .waitFor();
                if (code != 0) {
                    throw new IllegalStateException("redis " + pid + " took no " + name);
                }
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(interrupted);
            }
        }

        void end() {
            try {
                guard.getOutputStream().close();
                guard.waitFor();
                Eventually.until(
                        PATIENCE,
                        "redis " + pid + " is gone",
                        () -> ProcessHandle.of(pid).isEmpty());
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(interrupted);
            }
        }
    }

    private static final class Executable {
        private static final String PATH = unpack();

        private static String unpack() {
            try {
                return RedisExecProvider.defaultProvider().get().getAbsolutePath();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }
}
