package dev.hardening.examples.lms.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.examples.lms.home.PrivateFiles;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.ds.PGSimpleDataSource;

@Tag("database")
@Tag("slow")
class EmbeddedPostgresTest {
    private static final SecureRandom RANDOM = new SecureRandom();

    private static final Map<String, String> SETTINGS = new TreeMap<>(Map.of(
            "fsync", "on",
            "synchronous_commit", "on",
            "full_page_writes", "on",
            "listen_addresses", "127.0.0.1",
            "unix_socket_directories", "",
            "password_encryption", "scram-sha-256",
            "data_checksums", "on",
            "server_encoding", "UTF8",
            "log_error_verbosity", "terse"));

    @TempDir
    private static Path unpacked;

    @TempDir
    private Path home;

    @BeforeEach
    void shareBinaries() throws IOException {
        Path binaries = Path.of(PostgresBinaries.unpack(unpacked, false).program("postgres"));
        Path folder = binaries.resolve("../..").normalize();
        Files.createSymbolicLink(home.resolve(folder.getFileName()), folder);
    }

    @Test
    void settings_readBackFromTheServer_areTheSafeOnes() throws SQLException {
        try (EmbeddedPostgres server = EmbeddedPostgres.start(home, RANDOM)) {
            Map<String, String> found = new TreeMap<>();
            for (String name : SETTINGS.keySet()) {
                found.put(name, text(server.superuser("postgres"), "SHOW " + name));
            }

            assertEquals(SETTINGS, found);
        }
    }

    @Test
    void accessRules_readBackFromTheServer_askEveryUserForScram() throws SQLException {
        try (EmbeddedPostgres server = EmbeddedPostgres.start(home, RANDOM)) {
            String methods = text(
                    server.superuser("postgres"),
                    "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules");

            assertEquals("scram-sha-256", methods);
        }
    }

    @ParameterizedTest
    @CsvSource({"wrong", "''"})
    void connection_withoutThePassword_isRefused(String password) {
        try (EmbeddedPostgres server = EmbeddedPostgres.start(home, RANDOM)) {
            PGSimpleDataSource source = server.dataSource("postgres", EmbeddedPostgres.SUPERUSER, password);

            SQLException refused = assertThrows(SQLException.class, source::getConnection);

            assertTrue(List.of("28P01", "08004").contains(refused.getSQLState()), refused.getMessage());
        }
    }

    @Test
    void server_startedTwice_keepsItsData() throws SQLException {
        try (EmbeddedPostgres server = EmbeddedPostgres.start(home, RANDOM)) {
            execute(server, "CREATE TABLE note (text text); INSERT INTO note VALUES ('kept')");
        }

        try (EmbeddedPostgres server = EmbeddedPostgres.start(home, RANDOM)) {
            assertEquals("kept", text(server.superuser("postgres"), "SELECT text FROM note"));
        }
    }

    @Test
    void files_ofTheServer_areForItsOwnerAlone() throws IOException {
        try (EmbeddedPostgres server = EmbeddedPostgres.start(home, RANDOM)) {
            assertTrue(server.port() > 0);
            assertEquals("rwx------", mode(home.resolve("postgres")));
            assertEquals("rw-------", mode(home.resolve("postgres-password")));
            try (Stream<Path> all = Files.walk(home.resolve("postgres"))) {
                assertEquals(
                        List.of(),
                        all.filter(EmbeddedPostgresTest::openToOthers).toList());
            }
        }
    }

    @Test
    void close_ofARunningServer_leavesNoProcess() {
        EmbeddedPostgres server = EmbeddedPostgres.start(home, RANDOM);
        assertTrue(running().isPresent());

        server.close();
        server.close();

        assertTrue(running().isEmpty());
    }

    @Test
    void server_ofThisProcess_isAProcessSessionOfItsOwn() throws IOException {
        try (EmbeddedPostgres server = EmbeddedPostgres.start(home, RANDOM)) {
            long pid = running().orElseThrow().pid();

            assertEquals(pid, session(pid), "session of the server on " + server.port());
            assertNotEquals(session(ProcessHandle.current().pid()), session(pid));
        }
    }

    @Test
    void orphan_ofAKilledService_isStoppedAndItsDataServed() throws Exception {
        Process parent = parent(System.getProperty("java.class.path"), "before the kill");
        ProcessHandle orphan = running().orElseThrow();
        kill(parent);
        assertTrue(running().isPresent());

        try (EmbeddedPostgres server = EmbeddedPostgres.start(home, RANDOM)) {
            assertNotEquals(orphan.pid(), running().orElseThrow().pid());
            assertEquals("before the kill", text(server.superuser("postgres"), "SELECT text FROM note"));
        }
    }

    @Test
    void pidFile_thatNamesAnotherProgram_harmsNeitherThatNorTheStart() throws Exception {
        EmbeddedPostgres.start(home, RANDOM).close();
        Process bystander = new ProcessBuilder("sleep", "60").start();
        Files.writeString(
                home.resolve("postgres").resolve("postmaster.pid"),
                bystander.pid() + "\n" + home.resolve("postgres") + "\n1\n1\n\n127.0.0.1\n");

        try (EmbeddedPostgres server = EmbeddedPostgres.start(home, RANDOM)) {
            assertEquals("1", text(server.superuser("postgres"), "SELECT 1"));
            assertTrue(bystander.isAlive());
        } finally {
            kill(bystander);
        }
    }

    @Test
    void accessRule_thatTrusts_stopsTheStart() throws IOException {
        EmbeddedPostgres.start(home, RANDOM).close();
        Path rules = home.resolve("postgres").resolve("pg_hba.conf");
        Files.writeString(rules, "host all all 127.0.0.1/32 trust\n" + Files.readString(rules));

        var refused = assertThrows(PostgresUnavailableException.class, () -> EmbeddedPostgres.start(home, RANDOM));

        assertTrue(refused.getMessage().contains("127.0.0.1/32 trust"), refused.getMessage());
    }

    @Test
    void password_thatWasLost_isNamedAndNotMadeAnew() throws IOException {
        EmbeddedPostgres.start(home, RANDOM).close();
        Files.delete(home.resolve("postgres-password"));

        var refused = assertThrows(PostgresUnavailableException.class, () -> EmbeddedPostgres.start(home, RANDOM));

        assertTrue(refused.getMessage().contains("postgres-password is missing"), refused.getMessage());
    }

    @Test
    void root_withoutNamespaces_runsTheServerAsAnUnprivilegedUser() throws Exception {
        assumeTrue(isRoot(), "SKIPPED: only root can drop to another user");
        Path reachable = Files.createDirectory(
                Path.of("/tmp/lms-drop-" + ProcessHandle.current().pid()),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        ServerAccount account = ServerAccount.unprivileged(reachable, new ServerCommand(reachable));
        try (EmbeddedPostgres server = EmbeddedPostgres.start(reachable, RANDOM, account)) {
            assertEquals("1", text(server.superuser("postgres"), "SELECT 1"));
            assertEquals(
                    account.owner(),
                    Files.getOwner(reachable.resolve("postgres")).getName());
            assertEquals("rwx--x--x", mode(reachable));
            assertEquals("rwx------", mode(reachable.resolve("postgres")));
        } finally {
            PrivateFiles.delete(reachable);
        }
    }

    @Test
    void root_withNoWayDown_isToldBothRemedies() {
        assumeTrue(isRoot(), "SKIPPED: only root needs a way down");
        Path locked = home.resolve("locked");
        PrivateFiles.folder(locked.resolve("inner"));

        var refused = assertThrows(
                PostgresUnavailableException.class,
                () -> ServerAccount.unprivileged(locked.resolve("inner"), new ServerCommand(locked)));

        assertTrue(refused.getMessage().contains("ordinary user"), refused.getMessage());
        assertTrue(refused.getMessage().contains("LMS_DATABASE_URL"), refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"Linux, s390x", "Mac OS X, aarch64", "Windows 11, amd64"})
    void platform_withoutBinaries_isToldTheRemedy(String system, String architecture) {
        var refused =
                assertThrows(PostgresUnavailableException.class, () -> PostgresBinaries.archive(system, architecture));

        assertTrue(refused.getMessage().contains("LMS_DATABASE_URL"), refused.getMessage());
    }

    @Test
    void ordinaryUser_startsTheServerAsItself() throws Exception {
        assumeTrue(isRoot() && Files.exists(Path.of("/usr/bin/setpriv")), "SKIPPED: needs root and setpriv");
        Path open = Files.createDirectory(
                Path.of("/tmp/lms-user-" + ProcessHandle.current().pid()));
        try {
            home = Files.createDirectory(open.toRealPath().resolve("home"));
            Files.setOwner(
                    home, home.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
            String classPath = copyOfClassPath(Files.createDirectory(open.resolve("classes")));
            Process parent =
                    parent(classPath, "as nobody", "setpriv", "--reuid=nobody", "--regid=65534", "--clear-groups");
            ProcessHandle server = running().orElseThrow();

            assertEquals(
                    "nobody", Files.getOwner(Path.of("/proc/" + server.pid())).getName());

            parent.destroy();
            assertTrue(parent.waitFor(20, TimeUnit.SECONDS));
            assertTrue(running().isEmpty());
        } finally {
            PrivateFiles.delete(open);
        }
    }

    /** What another user can read, wherever the build and the local repository lie. */
    private static String copyOfClassPath(Path target) throws IOException {
        List<Path> copies = new ArrayList<>();
        for (String element : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path copy = target.resolve(Integer.toString(copies.size()));
            copies.add(copy);
            copy(Path.of(element), copy);
        }
        return copies.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static void copy(Path from, Path to) throws IOException {
        if (!Files.exists(from)) {
            return;
        }
        try (Stream<Path> all = Files.walk(from)) {
            for (Path one : all.toList()) {
                Path copy = to.resolve(from.relativize(one).toString());
                Files.copy(one, copy, StandardCopyOption.REPLACE_EXISTING);
                PrivateFiles.permit(copy, "rwxr-xr-x");
            }
        }
    }

    private Process parent(String classPath, String text, String... prefix) throws IOException {
        List<String> words = new ArrayList<>(List.of(prefix));
        words.addAll(List.of(System.getProperty("java.home") + "/bin/java", "-cp"));
        words.addAll(List.of(classPath, ParentProcess.class.getName(), home.toString(), text));
        Process parent = new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out = parent.inputReader(StandardCharsets.UTF_8);
        assertTrue(String.valueOf(out.readLine()).startsWith("port "));
        return parent;
    }

    private Optional<ProcessHandle> running() {
        return new PostgresOrphan(home.resolve("postgres")).find();
    }

    private static void kill(Process process) throws InterruptedException {
        process.destroyForcibly();
        assertTrue(process.waitFor(10, TimeUnit.SECONDS));
    }

    private static long session(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[3]);
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static boolean openToOthers(Path path) {
        try {
            return !mode(path).endsWith("------");
        } catch (IOException gone) {
            return false;
        }
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static void execute(EmbeddedPostgres server, String sql) throws SQLException {
        try (Connection connection = server.superuser("postgres").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String text(PGSimpleDataSource source, String sql) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            assertTrue(result.next());
            return result.getString(1);
        }
    }
}
