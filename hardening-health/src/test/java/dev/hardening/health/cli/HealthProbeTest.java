package dev.hardening.health.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.Eventually;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HealthProbeTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<String> requests = new ArrayList<>();
    private final ServerSocket server;

    HealthProbeTest() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private int probe(Map<String, String> environment, String... arguments) {
        return HealthProbe.run(arguments, environment, new PrintStream(out, true, StandardCharsets.UTF_8));
    }

    private String port() {
        return Integer.toString(server.getLocalPort());
    }

    private String line() {
        return out.toString(StandardCharsets.UTF_8);
    }

    /** Answers each connection with these bytes; an empty answer keeps the connection open and silent. */
    private void answer(String answer) {
        Thread thread = new Thread(() -> {
            try {
                while (!server.isClosed()) {
                    serve(server.accept(), answer);
                }
            } catch (IOException closed) {
                return;
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private void serve(Socket socket, String answer) throws IOException {
        byte[] request = new byte[1_024];
        int length = socket.getInputStream().read(request);
        requests.add(new String(request, 0, Math.max(0, length), StandardCharsets.US_ASCII));
        if (!answer.isEmpty()) {
            socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
            socket.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1 200 OK, 0, UP 200",
        "HTTP/1.0 204 No Content, 0, UP 204",
        "HTTP/1.1 503 Service Unavailable, 1, DOWN 503",
        "HTTP/1.1 301 Moved Permanently, 1, DOWN 301",
        "HTTP/1.1 999 Odd, 1, DOWN IOException",
        "SSH-2.0-OpenSSH_9.2, 1, DOWN IOException",
        "HTTP/1.1, 1, DOWN IOException",
    })
    void run_byAnswer_endsWithZeroOrOneAndOneLine(String answer, int code, String line) {
        answer(answer + "\r\n\r\n");

        assertEquals(code, probe(Map.of(), port()));
        assertEquals(line + System.lineSeparator(), line());
    }

    @Test
    void run_withoutPath_asksLivenessOnLoopback() {
        answer("HTTP/1.1 200 OK\r\n\r\n");

        probe(Map.of(), port());
        probe(Map.of(), port(), "/health/ready");

        assertTrue(requests.get(0).startsWith("GET /health/live HTTP/1.1\r\n"), requests.toString());
        assertTrue(requests.get(1).startsWith("GET /health/ready HTTP/1.1\r\n"), requests.toString());
    }

    @Test
    void run_nobodyListens_isOne() throws IOException {
        server.close();

        assertEquals(1, probe(Map.of(), port()));
        assertEquals("DOWN ConnectException" + System.lineSeparator(), line());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "65536", "-1", "http", ""})
    void run_wrongPort_isOneAndNeverTwo(String port) {
        assertEquals(1, probe(Map.of(), port));
        assertTrue(line().startsWith("DOWN "), line());
    }

    @ParameterizedTest
    @ValueSource(strings = {"health", "/x y", "/x\r\nHost: evil", ""})
    void run_wrongPath_isOneAndSendsNothing(String path) {
        answer("HTTP/1.1 200 OK\r\n\r\n");

        assertEquals(1, probe(Map.of(), port(), path));
        assertEquals(List.of(), requests);
    }

    @Test
    void run_inheritedOptions_areWarnedAboutInTheSameLine() {
        answer("HTTP/1.1 200 OK\r\n\r\n");

        int code = probe(Map.of("JAVA_TOOL_OPTIONS", "-Xms512m", "JDK_JAVA_OPTIONS", "canary"), port());

        assertEquals(0, code);
        assertTrue(line().contains("inherits JAVA_TOOL_OPTIONS"), line());
        assertTrue(line().contains("inherits JDK_JAVA_OPTIONS"), line());
        assertEquals(1, line().lines().count());
        assertTrue(!line().contains("canary") && !line().contains("Xms"), "values are not repeated");
    }

    @Test
    @Tag("slow")
    @Tag("health:R3")
    void main_againstABlackHole_endsWithOneWithinThreeSeconds(@TempDir Path folder) throws Exception {
        answer("");

        long start = System.nanoTime();
        Process process = start(folder, port());
        int code = exit(process);
        Duration took = Duration.ofNanos(System.nanoTime() - start);

        assertEquals(1, code);
        assertTrue(took.compareTo(Duration.ofMillis(4_500)) < 0, "with a loaded machine's start of a JVM: " + took);
        assertTrue(took.compareTo(Duration.ofMillis(1_900)) > 0, "it waited: " + took);
    }

    @Test
    @Tag("slow")
    void main_againstADrip_endsWithinTheSameTime() {
        Thread drip = new Thread(() -> {
            try (Socket socket = server.accept()) {
                for (byte each : "HTTP/1.1 200 OK".getBytes(StandardCharsets.US_ASCII)) {
                    socket.getOutputStream().write(each);
                    socket.setSoTimeout(900);
                    swallow(socket.getInputStream());
                }
            } catch (IOException closed) {
                return;
            }
        });
        drip.setDaemon(true);
        drip.start();

        long start = System.nanoTime();
        assertEquals(1, probe(Map.of(), port()));
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(3));
    }

    private static void swallow(InputStream in) throws IOException {
        try {
            in.readAllBytes();
        } catch (SocketTimeoutException waited) {
            return;
        }
    }

    @Test
    @Tag("slow")
    void main_withItsOwnClassAlone_ends0(@TempDir Path folder) throws Exception {
        answer("HTTP/1.1 200 OK\r\n\r\n");

        Process process = start(folder, port(), "/health/ready");

        assertEquals(0, exit(process));
        assertEquals("UP 200", new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim());
    }

    /** Starts the line of the documentation, with nothing but the one class file on the class path. */
    private static Process start(Path folder, String... arguments) throws IOException {
        String name = HealthProbe.class.getName().replace('.', '/') + ".class";
        Path copy = folder.resolve(name);
        Files.createDirectories(copy.getParent());
        try (InputStream in = HealthProbe.class.getClassLoader().getResourceAsStream(name)) {
            Files.copy(in, copy);
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xms8m",
                "-Xmx16m",
                "-Xshare:auto",
                "-XX:-UsePerfData",
                "-cp",
                folder.toString(),
                HealthProbe.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().remove("JDK_JAVA_OPTIONS");
        return builder.start();
    }

    private static int exit(Process process) {
        Eventually.until(Duration.ofSeconds(30), "the probe ended", () -> !process.isAlive());
        return process.exitValue();
    }
}
