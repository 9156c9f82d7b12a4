package dev.hardening.examples.lms.postgres;

import dev.hardening.examples.lms.home.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real PostgreSQL of this process alone, with its data in {@code <home>/postgres}.
 *
 * <p>It forces every commit to disk, listens on the loopback address and on no socket file, and asks every user for a
 * password; that of the superuser is random and stands in {@code <home>/postgres-password} (0600). The server is a
 * process session of its own: Ctrl-C in the terminal reaches the service, which stops the server last. A server that a
 * killed service left behind is stopped cleanly by the next start.
 *
 * <p>Whoever starts it must hold the lock of the data folder. Starting takes about a second the first time, then some
 * 200 ms; {@link #close} waits for a clean stop. Safe for many threads.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    /** The name of the superuser. */
    public static final String SUPERUSER = "postgres";

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final int START_ATTEMPTS = 5;
    private static final int PASSWORD_BYTES = 32;
    private static final long LOG_LIMIT = 1 << 20;

    /** Given on the command line, where no edited file of the data folder can override them. */
    private static final Map<String, String> SETTINGS = Map.ofEntries(
            Map.entry("fsync", "on"),
            Map.entry("synchronous_commit", "on"),
            Map.entry("full_page_writes", "on"),
            Map.entry("listen_addresses", "127.0.0.1"),
            Map.entry("unix_socket_directories", ""),
            Map.entry("password_encryption", "scram-sha-256"),
            Map.entry("timezone", "UTC"),
            Map.entry("max_connections", "100"),
            Map.entry("log_checkpoints", "off"),
            // A failed statement is the application's to report; DETAIL and the statement hold personal data.
            Map.entry("log_min_messages", "log"),
            Map.entry("log_min_error_statement", "panic"),
            Map.entry("log_error_verbosity", "terse"));

    private final ServerCommand command;
    private final ServerAccount account;
    private final PostgresBinaries binaries;
    private final Path data;
    private final String password;
    private int port;

    private EmbeddedPostgres(Path home, String password, ServerAccount account, PostgresBinaries binaries) {
        this.command = new ServerCommand(home);
        this.account = account;
        this.binaries = binaries;
        this.data = home.resolve("postgres");
        this.password = password;
    }

    /**
     * Starts the server, and makes its database cluster if there is none yet.
     *
     * @param home the data folder, locked by the caller
     * @param random for the password
     * @throws PostgresUnavailableException if it cannot run here
     */
    public static EmbeddedPostgres start(Path home, SecureRandom random) {
        PostgresBinaries.requirePlatform();
        Path real = real(home);
        return start(real, random, ServerAccount.choose(real, new ServerCommand(real)));
    }

    static EmbeddedPostgres start(Path home, SecureRandom random, ServerAccount account) {
        Path real = real(home);
        PostgresBinaries binaries = PostgresBinaries.unpack(real, account.foreign());
        EmbeddedPostgres server = new EmbeddedPostgres(real, password(real, random), account, binaries);
        server.stopOrphan();
        binaries.deleteOthers();
        server.initialize();
        server.launch();
        return server;
    }

    /** The port on 127.0.0.1; another one at each start. */
    public int port() {
        return port;
    }

    /** A data source for a role of the server that opens one connection per call. */
    public PGSimpleDataSource dataSource(String database, String user, String userPassword) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(new String[] {"127.0.0.1"});
        source.setPortNumbers(new int[] {port});
        source.setDatabaseName(database);
        source.setUser(user);
        source.setPassword(userPassword);
        source.setSslMode("disable");
        source.setGssEncMode("disable");
        return source;
    }

    /** A data source for the superuser, for the set-up of roles and databases alone. */
    public PGSimpleDataSource superuser(String database) {
        return dataSource(database, SUPERUSER, password);
    }

    /** Ends all connections and stops the server; stopped already is fine. */
    @Override
    public void close() {
        PostgresOrphan running = new PostgresOrphan(data);
        if (running.find().isPresent()) {
            stop();
        }
    }

    private void stopOrphan() {
        PostgresOrphan orphan = new PostgresOrphan(data);
        if (orphan.find().isPresent()) {
            LOG.warn("an earlier run was killed and left its database server; stopping it");
            stop();
        }
        orphan.forget();
    }

    private void stop() {
        try {
            control("stop", "--mode=fast", "--timeout=15");
        } catch (PostgresUnavailableException stuck) {
            LOG.warn("the database server did not stop in time; ending it without a checkpoint", stuck);
            control("stop", "--mode=immediate", "--timeout=5");
        }
    }

    private void initialize() {
        if (Files.exists(data.resolve("PG_VERSION"))) {
            account.take(data);
            requirePasswords();
            return;
        }
        Path draft = data.resolveSibling("postgres.new");
        PrivateFiles.delete(draft);
        PrivateFiles.folder(draft);
        Path passwordFile = data.resolveSibling("postgres.init");
        PrivateFiles.write(passwordFile, password.getBytes(StandardCharsets.US_ASCII));
        try {
            account.take(draft);
            account.take(passwordFile);
            command.require(account, initdb(draft, passwordFile), "initdb");
        } catch (PostgresUnavailableException failure) {
            throw new PostgresUnavailableException(
                    failure.getMessage() + "; if PostgreSQL cannot run here, set LMS_DATABASE_URL to"
                            + " jdbc:postgresql://... of a server of your own",
                    failure);
        } finally {
            PrivateFiles.delete(passwordFile);
        }
        PrivateFiles.move(draft, data);
    }

    private List<String> initdb(Path folder, Path passwordFile) {
        return List.of(
                binaries.program("initdb"),
                "--pgdata=" + folder,
                "--username=" + SUPERUSER,
                "--pwfile=" + passwordFile,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--data-checksums",
                "--no-instructions");
    }

    private void requirePasswords() {
        Path rules = data.resolve("pg_hba.conf");
        try (Stream<String> lines = Files.lines(rules, StandardCharsets.UTF_8)) {
            lines.map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .filter(line -> !line.endsWith(" scram-sha-256"))
                    .findFirst()
                    .ifPresent(line -> {
                        throw new PostgresUnavailableException(
                                "every line of " + rules + " must end with scram-sha-256, but one reads: " + line);
                    });
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void launch() {
        Path log = data.resolve("server.log");
        rotate(log);
        for (int attempt = 1; ; attempt++) {
            port = freePort();
            try {
                control("start", "--timeout=60", "--log=" + log, "--options=" + options());
                return;
            } catch (PostgresUnavailableException failure) {
                String tail = tail(log);
                // Between the search for a port and its use another program may take it.
                if (attempt == START_ATTEMPTS || !tail.contains("could not bind")) {
                    throw new PostgresUnavailableException(
                            "the embedded PostgreSQL did not start; its log ends with:\n" + tail, failure);
                }
            }
        }
    }

    private String options() {
        Map<String, String> all = new TreeMap<>(SETTINGS);
        all.put("port", Integer.toString(port));
        return all.entrySet().stream()
                .map(setting -> "-c " + setting.getKey() + "=" + setting.getValue())
                .collect(Collectors.joining(" "));
    }

    private void control(String action, String... options) {
        List<String> words = Stream.concat(
                        Stream.of(binaries.program("pg_ctl"), action, "--pgdata=" + data, "--wait"), Stream.of(options))
                .toList();
        command.require(account, words, "pg_ctl " + action);
    }

    private static void rotate(Path log) {
        try {
            if (Files.exists(log) && Files.size(log) > LOG_LIMIT) {
                Files.delete(log);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String tail(Path log) {
        try {
            List<String> lines = Files.exists(log) ? Files.readAllLines(log, StandardCharsets.ISO_8859_1) : List.of();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 8), lines.size()));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String password(Path home, SecureRandom random) {
        Path file = home.resolve("postgres-password");
        try {
            if (!Files.exists(file)) {
                requireNoData(home, file);
                byte[] bytes = new byte[PASSWORD_BYTES];
                random.nextBytes(bytes);
                PrivateFiles.write(file, HexFormat.of().formatHex(bytes).getBytes(StandardCharsets.US_ASCII));
            }
            return Files.readString(file).strip();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void requireNoData(Path home, Path passwordFile) {
        if (Files.exists(home.resolve("postgres").resolve("PG_VERSION"))) {
            throw new PostgresUnavailableException(
                    passwordFile + " is missing, but the database it opens is there: bring it back");
        }
    }

    private static Path real(Path home) {
        try {
            Path real = home.toRealPath();
            // pg_ctl hands paths to a shell within double quotes.
            if (real.toString().chars().anyMatch(character -> "\"$`\\\n".indexOf(character) >= 0)) {
                throw new PostgresUnavailableException("the path of LMS_HOME must hold none of \" $ ` \\: " + real);
            }
            return real;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
