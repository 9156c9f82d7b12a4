package dev.hardening.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import redis.embedded.RedisServer;

/** The Redis of this JVM, and the clean-up of those that killed JVMs left behind. */
final class RedisProcess {
    private static final String PREFIX = "hardening-test-redis-";

    private RedisProcess() {}

    static URI shared() {
        return Holder.ADDRESS;
    }

    private static URI start() {
        String external = System.getenv("TEST_REDIS_URL");
        if (external != null && !external.isBlank()) {
            return URI.create(external);
        }
        try {
            stopOrphans();
            return launch();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static URI launch() throws IOException {
        int port = freePort();
        List<Long> before = children();
        RedisServer server = RedisServer.builder()
                .port(port)
                .setting("bind 127.0.0.1")
                .setting("save \"\"")
                .build();
        server.start();
        Path note = Files.createTempFile(PREFIX, ".pid");
        long pid = children().stream()
                .filter(child -> !before.contains(child))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("redis has no process"));
        Files.writeString(note, ProcessHandle.current().pid() + " " + pid);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, note), "test-redis-stop"));
        return URI.create("redis://127.0.0.1:" + port);
    }

    private static void stop(RedisServer server, Path note) {
        try {
            server.stop();
            Files.deleteIfExists(note);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void stopOrphans() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            for (Path note : files.filter(RedisProcess::isNote).toList()) {
                stopOrphan(note);
            }
        }
    }

    private static boolean isNote(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith(PREFIX) && name.endsWith(".pid");
    }

    private static void stopOrphan(Path note) throws IOException {
        String[] pids = Files.readString(note).trim().split(" ", -1);
        boolean readable = pids.length == 2;
        if (readable && ProcessHandle.of(Long.parseLong(pids[0])).isPresent()) {
            return;
        }
        if (readable) {
            ProcessHandle.of(Long.parseLong(pids[1]))
                    .filter(RedisProcess::isRedis)
                    .ifPresent(ProcessHandle::destroy);
        }
        Files.deleteIfExists(note);
    }

    private static boolean isRedis(ProcessHandle process) {
        return process.info()
                .command()
                .filter(command -> command.contains("redis"))
                .isPresent();
    }

    private static List<Long> children() {
        return ProcessHandle.current().children().map(ProcessHandle::pid).toList();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static final class Holder {
        private static final URI ADDRESS = start();
    }
}
