package dev.hardening.secrets.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.secrets.ChildProcess;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.scan.PreCommitHook.Outcome;
import dev.hardening.secrets.scan.ScanReport.Finding;
import dev.hardening.secrets.scan.ScanReport.Reason;
import dev.hardening.secrets.scan.ScanReport.Unscanned;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The configuration and the objects of a repository are those of whoever made it. */
@Tag("secrets:A14")
class HostileRepositoryTest {
    private static final String TOKEN = "gh" + "p_" + "aZ7kQ3mX9pL4tR8wB6nC1cD5hF0gS2vY8eU3";
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final StagedFiles.Times TIMES = new StagedFiles.Times(LIMIT, LIMIT);

    @TempDir
    Path folder;

    private Path repository;
    private Path ran;
    private Path program;

    @BeforeEach
    void makeRepository() throws Exception {
        assumeTrue(gitIsThere(), "SKIPPED: there is no git on this machine");
        repository = Files.createDirectory(folder.resolve("repository"));
        ran = folder.resolve("ran");
        program = script(folder.resolve("program"), "touch '" + ran + "'; exit 1");
        git("init", "-q");
        git("config", "user.email", "test@example.org");
        git("config", "user.name", "Test");
        Files.writeString(repository.resolve("a"), "T=" + TOKEN + "\n");
        git("add", "a");
    }

    private static boolean gitIsThere() throws Exception {
        try {
            return new ProcessBuilder("git", "--version")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException absent) {
            return false;
        }
    }

    private static Path script(Path file, String body) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private String git(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(arguments));
        Process git = new ProcessBuilder(command)
                .directory(repository.toFile())
                .redirectErrorStream(true)
                .start();
        try (InputStream out = git.getInputStream()) {
            String output = new String(out.readAllBytes(), StandardCharsets.UTF_8);
            git.waitFor();
            return output.strip();
        }
    }

    private static ScanReport staged(Path repository) {
        return RepositoryScanner.builder().build().scanStaged(repository);
    }

    private static List<String> paths(ScanReport report) {
        return report.findings().stream().map(Finding::path).toList();
    }

    private Path object(String id) {
        return repository.resolve(".git/objects/" + id.substring(0, 2) + "/" + id.substring(2));
    }

    @Test
    void scanStagedAndInstall_fileSystemMonitorAndHooks_areNotRun() throws Exception {
        git("config", "core.fsmonitor", program.toString());
        git("config", "diff.external", program.toString());
        git("config", "core.pager", program.toString());
        script(repository.resolve(".git/hooks/post-index-change"), "touch '" + ran + "'");

        assertEquals(List.of("a"), paths(staged(repository)));
        assertEquals(Outcome.INSTALLED, PreCommitHook.install(repository, List.of("true")));
        assertFalse(Files.exists(ran));

        git("status");
        assertTrue(Files.exists(ran), "the attack works against git itself");
    }

    @Test
    void scanStaged_missingObjectOfAPromisor_isListedAndNotFetched() throws Exception {
        git("config", "core.repositoryFormatVersion", "1");
        git("config", "extensions.partialClone", "origin");
        git("config", "remote.origin.promisor", "true");
        git("config", "remote.origin.url", folder.resolve("repository").toString());
        git("config", "remote.origin.uploadpack", program.toString());
        String id = git("rev-parse", ":a");
        Files.delete(object(id));

        ScanReport report = staged(repository);

        assertFalse(Files.exists(ran));
        assertEquals(List.of(new Unscanned("a", Reason.UNREADABLE)), report.unscanned());
        assertFalse(report.passed());

        git("cat-file", "-p", id);
        assertTrue(Files.exists(ran), "the attack works against git itself");
    }

    @Test
    void scanStaged_brokenObject_isListed() throws Exception {
        Files.writeString(repository.resolve("b"), "x".repeat(500_000) + TOKEN);
        git("add", "b");
        Path object = object(git("rev-parse", ":b"));
        byte[] whole = Files.readAllBytes(object);
        Files.delete(object);
        Files.write(object, Arrays.copyOf(whole, whole.length - 100));

        ScanReport report = staged(repository);

        assertEquals(List.of("a"), paths(report));
        assertEquals(List.of(new Unscanned("b", Reason.UNREADABLE)), report.unscanned());
    }

    @Test
    void stagedFiles_gitOfTheRepositoryItself_isNotRun() throws Exception {
        script(repository.resolve("git"), "touch '" + ran + "'");

        for (String path : List.of("", ".", "bin:.", "./:" + folder.resolve("empty"))) {
            assertThrows(
                    SecretsUnavailableException.class, () -> new StagedFiles(repository, path, null, TIMES).list());
        }
        assertFalse(Files.exists(ran));
    }

    @Test
    void stagedFiles_gitThatDoesNotEnd_isEnded() throws Exception {
        Path bin = Files.createDirectory(folder.resolve("bin"));
        script(bin.resolve("git"), "sleep 600 & sleep 600");
        Duration each = Duration.ofMillis(200);
        StagedFiles files = new StagedFiles(repository, bin.toString(), null, new StagedFiles.Times(each, LIMIT));
        StagedFiles.Staged staged = new StagedFiles.Staged("a", "0", true);

        assertThrows(SecretsUnavailableException.class, files::list);
        assertThrows(SecretsUnavailableException.class, () -> HookFolder.of(repository, bin.toString(), each));
        assertThrows(IOException.class, () -> files.size(staged));
        try (InputStream in = files.open(staged, 1)) {
            assertThrows(IOException.class, in::read);
        }
    }

    @Test
    void stagedFiles_timeOfAllRunsThatIsOver_startsNoMore() throws Exception {
        String path = System.getenv("PATH");
        StagedFiles.Staged staged =
                new StagedFiles(repository, path, null, TIMES).list().get(0);
        StagedFiles late = new StagedFiles(repository, path, null, new StagedFiles.Times(LIMIT, Duration.ZERO));

        assertEquals(TOKEN.length() + 3, new StagedFiles(repository, path, null, TIMES).size(staged));
        assertEquals(
                "git had its time before " + staged.id(),
                assertThrows(IOException.class, () -> late.size(staged)).getMessage());
    }

    @Test
    void stagedFiles_blobOfAnotherSizeOrCode_fails() throws Exception {
        Path bin = Files.createDirectory(folder.resolve("bin"));
        script(bin.resolve("git"), "printf 12345; exit $(cat '" + folder + "/code')");
        StagedFiles files = new StagedFiles(repository, bin.toString(), null, TIMES);
        StagedFiles.Staged staged = new StagedFiles.Staged("a", "0", true);

        Files.writeString(folder.resolve("code"), "0");
        try (InputStream in = files.open(staged, 5)) {
            assertEquals("12345", new String(in.readAllBytes(), StandardCharsets.US_ASCII));
        }
        for (int size : List.of(4, 6)) {
            try (InputStream in = files.open(staged, size)) {
                assertThrows(IOException.class, in::readAllBytes);
            }
        }
        Files.writeString(folder.resolve("code"), "1");
        try (InputStream in = files.open(staged, 5)) {
            assertThrows(IOException.class, in::readAllBytes);
        }
    }

    @Test
    void stagedFiles_indexOfAHook_isTheOneThatIsRead() throws Exception {
        git("commit", "-qm", "one");
        Files.writeString(repository.resolve("b"), TOKEN);
        Files.copy(repository.resolve(".git/index"), folder.resolve("next"));
        git("update-index", "--add", "b");
        Files.move(repository.resolve(".git/index"), folder.resolve("with-b"));
        Files.move(folder.resolve("next"), repository.resolve(".git/index"));
        String path = System.getenv("PATH");

        assertEquals(List.of(), new StagedFiles(repository, path, null, TIMES).list());
        assertEquals(
                List.of("b"),
                new StagedFiles(repository, path, folder.resolve("with-b").toString(), TIMES)
                        .list().stream().map(StagedFiles.Staged::path).toList());
    }

    @Test
    void install_linkBesideTheHook_isNotFollowed() throws Exception {
        Path victim = Files.writeString(folder.resolve("victim"), "keep");
        Files.setPosixFilePermissions(victim, PosixFilePermissions.fromString("rw-------"));
        Files.createSymbolicLink(repository.resolve(".git/hooks/.pre-commit.new"), victim);

        assertEquals(Outcome.INSTALLED, PreCommitHook.install(repository, List.of("true")));
        assertEquals("keep", Files.readString(victim));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(victim)));
        Path hook = repository.resolve(".git/hooks/pre-commit");
        assertEquals("rwxr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(hook)));
    }

    /** Prints what a scan of the index of a folder finds. */
    static final class Scan {
        private Scan() {}

        public static void main(String[] arguments) {
            ScanReport report =
                    RepositoryScanner.builder().exclude("nothing/**").build().scanStaged(Path.of(arguments[0]));
            System.out.print(report.findings().size() + " " + report.unscanned());
        }
    }

    @Test
    void scanStaged_environmentThatNamesAnotherRepository_isNotHeard() throws Exception {
        Path other = Files.createDirectory(folder.resolve("other"));
        new ProcessBuilder("git", "init", "-q")
                .directory(other.toFile())
                .start()
                .waitFor();
        Path output = folder.resolve("output");
        List<String> environment = List.of("env", "GIT_DIR=" + other.resolve(".git"), "GIT_WORK_TREE=" + other);

        try (ChildProcess child = ChildProcess.start(environment, Scan.class, output, repository.toString())) {
            child.waitFor();
        }
        assertEquals("1 []", lastLine(output));
    }

    @Test
    void scanStaged_nameThatTheLocaleCannotSpell_isScanned() throws Exception {
        Files.writeString(repository.resolve("\u00e4"), TOKEN);
        git("add", "-A");
        Path output = folder.resolve("output");

        try (ChildProcess child =
                ChildProcess.start(List.of("env", "LC_ALL=C"), Scan.class, output, repository.toString())) {
            child.waitFor();
        }
        assertEquals("2 []", lastLine(output));
        assertNotEquals("", git("status", "--short"));
    }

    private static String lastLine(Path output) throws IOException {
        List<String> lines = Files.readAllLines(output);
        return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
    }
}
