package dev.hardening.examples.lms.process;

import dev.hardening.testing.Eventually;
import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The real service in a process of its own, for end-to-end tests: started from the built jar or by the run script, on
 * free ports, asked over HTTP, ended by signals.
 *
 * <p>Closing kills it and the database server it left, so that no test leaves a process.
 */
public final class LmsProcess implements AutoCloseable {
    private static final Path MODULE = Path.of("").toAbsolutePath();
    private static final Duration READY = Duration.ofSeconds(60);
    private static final Duration END = Duration.ofSeconds(30);

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final Path home;
    private final Process process;
    private final Path output;
    private final Optional<FileTime> portsOfAnotherRun;

    private LmsProcess(Path home, Process process, Path output, Optional<FileTime> portsOfAnotherRun) {
        this.home = home;
        this.process = process;
        this.output = output;
        this.portsOfAnotherRun = portsOfAnotherRun;
    }

    /** The jar, as {@code java -jar} starts it. */
    public static List<String> jar() {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(java, "-jar", MODULE.resolve("target/lms.jar").toString());
    }

    /**
     * The script a newcomer runs. Maven made the jar of these sources in this build, but keeps the date of one that came
     * out the same; the script, which goes by the date, would build beside the tests.
     */
    public static List<String> runScript() {
        try {
            Files.setLastModifiedTime(
                    MODULE.resolve("target/lms.jar"), FileTime.fromMillis(System.currentTimeMillis()));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return List.of(MODULE.resolve("run").toString());
    }

    /**
     * Starts it and does not wait.
     *
     * @param home its data folder; the output goes to a file beside it
     * @param variables on top of free ports; those of the test's own environment are not handed on
     * @param command {@link #jar} or {@link #runScript}, and arguments
     */
    public static LmsProcess launch(Path home, Map<String, String> variables, List<String> command) {
        try {
            Path output = Files.createTempFile(home.toAbsolutePath().getParent(), "lms-", ".out");
            ProcessBuilder builder = new ProcessBuilder(interruptible(command))
                    .directory(home.toAbsolutePath().getParent().toFile())
                    .redirectErrorStream(true)
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(output.toFile());
            builder.environment().keySet().removeIf(LmsProcess::isOurs);
            builder.environment().put("LMS_HOME", home.toString());
            builder.environment().put("LMS_PORT", "0");
            builder.environment().put("LMS_MANAGEMENT_PORT", "0");
            builder.environment().putAll(variables);
            // What a killed run left must not be taken for the new one's.
            Optional<FileTime> before = publishedAt(home);
            return new LmsProcess(home, builder.start(), output, before);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Starts the jar and waits until it is ready. */
    public static LmsProcess start(Path home, Map<String, String> variables) {
        return launch(home, variables, jar()).awaitReady();
    }

    /** Waits until the ports are published; fails with the output where the process ends instead. */
    public LmsProcess awaitReady() {
        Eventually.until(READY, "the service is ready; it said:\n" + output(), () -> {
            if (!process.isAlive()) {
                throw new IllegalStateException("ended with " + process.exitValue() + ":\n" + output());
            }
            Optional<FileTime> published = publishedAt(home);
            return published.isPresent() && !published.equals(portsOfAnotherRun);
        });
        return this;
    }

    /** The base address for users. */
    public URI http() {
        return address("http");
    }

    /** The base address for operators. */
    public URI management() {
        return address("management");
    }

    /** Sends a request and reads the answer as text. */
    public HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.timeout(Duration.ofSeconds(20)).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError(interrupted);
        }
    }

    /** GET on an address of this service, with {@code Authorization: Bearer} unless the token is empty. */
    public HttpResponse<String> get(URI base, String path, String token) {
        return send(request(base, path, token).GET());
    }

    /** POST of a JSON body, with {@code Authorization: Bearer} unless the token is empty. */
    public HttpResponse<String> post(URI base, String path, String token, String json) {
        return send(request(base, path, token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    /** PUT of a JSON body, with {@code Authorization: Bearer} unless the token is empty. */
    public HttpResponse<String> put(URI base, String path, String token, String json) {
        return send(request(base, path, token)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(json)));
    }

    /** The mails in the outbox, oldest first, whole as they are on disk. */
    public List<String> mails() {
        Path outbox = home.resolve("outbox");
        try (Stream<Path> files = Files.list(outbox)) {
            List<String> mails = new ArrayList<>();
            for (Path file : files.filter(path -> path.toString().endsWith(".eml"))
                    .sorted()
                    .toList()) {
                mails.add(Files.readString(file));
            }
            return mails;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Everything it printed so far. */
    public String output() {
        try {
            return Files.readString(output);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** SIGTERM, then its exit status. */
    public int terminate() {
        process.destroy();
        return awaitEnd();
    }

    /** SIGINT to the process alone, as Ctrl-C sends it, then its exit status. */
    public int interrupt() {
        try {
            new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        return awaitEnd();
    }

    /** SIGKILL, which no program can prepare for. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** Waits for the end and gives the exit status. */
    public int awaitEnd() {
        try {
            if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("still running after " + END + ":\n" + output());
            }
            return process.exitValue();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError(interrupted);
        }
    }

    /** Processes that work below the data folder: the database server and what it started. */
    public List<ProcessHandle> servers() {
        return ProcessHandle.allProcesses().filter(this::worksBelowHome).toList();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        awaitEnd();
        servers().forEach(ProcessHandle::destroyForcibly);
        Eventually.until(END, "no server is left", () -> servers().isEmpty());
    }

    /** A build in the background of a shell ignores SIGINT, and so would everything it starts. */
    private static List<String> interruptible(List<String> command) throws IOException {
        boolean ignored;
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            ignored = lines.filter(line -> line.startsWith("SigIgn:"))
                    .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                    .anyMatch(mask -> (mask & 0b10) != 0);
        }
        return ignored
                ? Stream.concat(Stream.of("env", "--default-signal=INT"), command.stream())
                        .toList()
                : command;
    }

    private static Optional<FileTime> publishedAt(Path home) throws IOException {
        Path ports = home.resolve("ports.properties");
        return Files.exists(ports) ? Optional.of(Files.getLastModifiedTime(ports)) : Optional.empty();
    }

    private boolean worksBelowHome(ProcessHandle candidate) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + candidate.pid() + "/cwd"))
                    .startsWith(home.toRealPath());
        } catch (IOException gone) {
            return false;
        }
    }

    private URI address(String name) {
        Properties ports = new Properties();
        try {
            ports.load(
                    new StringReader(Files.readString(home.resolve("ports.properties"), StandardCharsets.ISO_8859_1)));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return URI.create("http://127.0.0.1:" + ports.getProperty(name));
    }

    private static HttpRequest.Builder request(URI base, String path, String token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path));
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    private static boolean isOurs(String variable) {
        return variable.startsWith("LMS_")
                || List.of("ENCRYPTION_KEY", "JWT_SECRET", "JWT_REFRESH_SECRET", "SESSION_SECRET")
                        .contains(variable.replaceAll("_(PREVIOUS|NEXT)$", ""));
    }
}
