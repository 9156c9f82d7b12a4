package dev.hardening.secrets.repository;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.repository.GuardReport.Block;
import dev.hardening.secrets.repository.GuardReport.Finding;
import dev.hardening.secrets.repository.GuardReport.Finding.Kind;
import dev.hardening.secrets.repository.GuardReport.Guarded;
import dev.hardening.secrets.repository.GuardReport.Reason;
import dev.hardening.secrets.repository.GuardReport.Unguarded;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A real git in a real repository decides what is ignored. */
@Tag("secrets:W6")
@Tag("slow")
class GitGuardTest {
    @TempDir
    Path folder;

    @BeforeEach
    void makeARepository() throws IOException, InterruptedException {
        assumeTrue(installed(), "git is not installed: the guard is not tested");
        git(0, "init", "-q");
    }

    private Path ignoreFile() {
        return folder.resolve(".gitignore");
    }

    private GitGuard guard() {
        return GitGuard.of(folder).build();
    }

    private Guarded applied() {
        return assertInstanceOf(Guarded.class, guard().apply());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".env.production",
                ".env.production.local",
                "secrets/x",
                "a/b.key",
                "a/b.pem",
                "x.p12",
                "deep/er/x.jks",
                ".env",
                "a/.env",
                "signing.jwk",
                ".signing.pem.tmp",
                ".env.lock",
                "backup.pass",
                ".backup.pass.lock",
                ".signing.pem.lock",
                "rings/.sealing.json.lock",
                "a/.hardening-secrets-0123456789abcdef.tmp"
            })
    void apply_namesOfSecrets_areIgnoredByGit(String name) throws IOException, InterruptedException {
        assertEquals(new Guarded(ignoreFile(), Block.ADDED, List.of()), guard().apply());

        git(0, "check-ignore", "-q", name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".env.example",
                "a/.env.example",
                "src/Key.java",
                "environment.md",
                "signing.pub.pem",
                "yarn.lock"
            })
    void apply_otherNames_stayVisible(String name) throws IOException, InterruptedException {
        guard().apply();

        git(1, "check-ignore", "-q", name);
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "x");
        git(0, "add", name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "target/\n", "target/", "target/\r\n*.log\r\n", "# caf\u00e9\n\n\n"})
    void apply_twice_addsTheBlockOnceAndKeepsTheRest(String before) throws IOException {
        Files.write(ignoreFile(), before.getBytes(StandardCharsets.ISO_8859_1));
        applied();
        byte[] once = Files.readAllBytes(ignoreFile());
        var time = Files.getLastModifiedTime(ignoreFile());

        assertTrue(applied().clean());

        String text = new String(once, StandardCharsets.ISO_8859_1);
        assertEquals(text, new String(Files.readAllBytes(ignoreFile()), StandardCharsets.ISO_8859_1));
        assertEquals(time, Files.getLastModifiedTime(ignoreFile()));
        assertTrue(text.startsWith(before));
        assertEquals(1, text.split(IgnoreBlock.BEGIN, -1).length - 1);
        long lines = text.chars().filter(symbol -> symbol == '\n').count();
        long returns = text.chars().filter(symbol -> symbol == '\r').count();
        assertEquals(before.contains("\r\n") ? lines : 0, returns);
    }

    @Test
    void apply_windowsLineEnds_areReadByGit() throws IOException, InterruptedException {
        Files.writeString(ignoreFile(), "target/\r\n");

        assertEquals(List.of(), applied().findings());

        git(0, "check-ignore", "-q", "a/b.key");
    }

    @Test
    void apply_blockWithOtherLines_isReplacedWhereItStands() throws IOException {
        Files.writeString(ignoreFile(), "one\n" + IgnoreBlock.BEGIN + "\n.env\n" + IgnoreBlock.END + "\ntwo\n");

        assertEquals(Block.UPDATED, applied().block());

        String text = Files.readString(ignoreFile());
        assertTrue(text.startsWith("one\n" + IgnoreBlock.BEGIN + "\n.env\n.env.*\n"), text);
        assertTrue(text.endsWith(IgnoreBlock.END + "\ntwo\n"), text);
        assertTrue(applied().clean());
    }

    @Test
    void apply_morePatterns_areInTheBlockAndChecked() throws IOException, InterruptedException {
        GitGuard guard = GitGuard.of(folder).ignore("lms-data/", "*.sealed").build();

        assertEquals(new Guarded(ignoreFile(), Block.ADDED, List.of()), guard.apply());

        git(0, "check-ignore", "-q", "lms-data/x");
        git(0, "check-ignore", "-q", "a/b.sealed");
        Files.writeString(ignoreFile(), Files.readString(ignoreFile()) + "!lms-data/\n");
        assertEquals(
                List.of("lms-data/x"),
                ((Guarded) guard.apply()).findings().stream().map(Finding::path).toList());
    }

    @Test
    void check_noBlock_tellsWhatIsOpenAndWritesNothing() {
        Guarded report = assertInstanceOf(Guarded.class, guard().check());

        assertEquals(Block.ADDED, report.block());
        assertFalse(report.clean());
        assertTrue(report.findings().stream().allMatch(finding -> finding.kind() == Kind.NOT_IGNORED));
        assertTrue(report.findings().stream().anyMatch(finding -> finding.path().equals(".env.production")));
        assertFalse(Files.exists(ignoreFile()));
    }

    @Test
    void apply_trackedSecretFiles_areReportedWithTheRemedy() throws IOException, InterruptedException {
        Files.createDirectories(folder.resolve("secrets"));
        Files.writeString(folder.resolve(".env.production"), "A=1\n");
        Files.writeString(folder.resolve("secrets/x"), "1");
        Files.writeString(folder.resolve("ca.pem"), "-----BEGIN CERTIFICATE-----\n");
        Files.writeString(folder.resolve("own.pem"), "-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\n");
        Files.writeString(folder.resolve("Main.java"), "class Main {}");
        Files.writeString(folder.resolve(".env.example"), "A=\n");
        git(0, "add", "-f", ".");

        List<Finding> findings = applied().findings();

        assertEquals(
                List.of(".env.production", "own.pem", "secrets/x"),
                findings.stream().map(Finding::path).sorted().toList());
        assertTrue(findings.stream().allMatch(finding -> finding.kind() == Kind.TRACKED));
        assertTrue(findings.stream()
                .allMatch(finding -> finding.remedy().startsWith("run git rm --cached -- '" + finding.path() + "'")));
        assertTrue(findings.get(0).remedy().contains("replace what it holds"));
    }

    @Test
    void apply_ruleThatTakesBack_isReported() throws IOException {
        guard().apply();
        Files.writeString(ignoreFile(), Files.readString(ignoreFile()) + "!.env.production\n.env.example\n");

        List<Finding> findings = applied().findings();

        assertTrue(findings.stream()
                .anyMatch(f -> f.kind() == Kind.NOT_IGNORED && f.path().equals(".env.production")));
        assertTrue(findings.stream()
                .anyMatch(f -> f.kind() == Kind.WRONGLY_IGNORED && f.path().equals(".env.example")));
    }

    @ParameterizedTest
    @CsvSource({"!*.pass,a/b.pass", "!.*.lock,a/.x.lock", "!.*.tmp,a/.x.tmp"})
    void apply_ruleThatTakesBackWhatTheCommandLineWrites_isReported(String rule, String path) throws IOException {
        guard().apply();
        Files.writeString(ignoreFile(), Files.readString(ignoreFile()) + rule + "\n");

        assertEquals(
                List.of(path), applied().findings().stream().map(Finding::path).toList());
    }

    @Test
    void check_rulesOfOnlyThisClone_doNotCount() throws IOException {
        Files.createDirectories(folder.resolve(".git/info"));
        Files.writeString(folder.resolve(".git/info/exclude"), ".env*\n*.key\n*.pem\n");

        Guarded report = assertInstanceOf(Guarded.class, guard().check());

        assertTrue(report.findings().stream().anyMatch(finding -> finding.path().equals(".env.production")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r--r--", "rw-rw-r--", "rw-------", "rw-rw-rw-"})
    void apply_existingFile_keepsItsMode(String mode) throws IOException {
        Files.writeString(ignoreFile(), "target/\n");
        Files.setPosixFilePermissions(ignoreFile(), PosixFilePermissions.fromString(mode));

        applied();

        assertEquals(mode, PosixFilePermissions.toString(Files.getPosixFilePermissions(ignoreFile())));
    }

    @Test
    @Tag("secrets:A2")
    void apply_symbolicLink_isRefusedAndItsTargetLeftAlone() throws IOException {
        Path target = Files.writeString(folder.resolve("target"), "mine\n");
        Files.createSymbolicLink(ignoreFile(), target);

        Unguarded report = assertInstanceOf(Unguarded.class, guard().apply());

        assertEquals(Reason.IGNORE_FILE, report.reason());
        assertTrue(report.message().contains("symbolic link"), report.message());
        assertEquals("mine\n", Files.readString(target));
    }

    @ParameterizedTest
    @ValueSource(strings = {IgnoreBlock.BEGIN, IgnoreBlock.END, IgnoreBlock.END + "\n" + IgnoreBlock.BEGIN})
    void apply_halfABlock_isLeftToPeople(String text) throws IOException {
        Files.writeString(ignoreFile(), text + "\n");

        assertEquals(
                Reason.IGNORE_FILE,
                assertInstanceOf(Unguarded.class, guard().apply()).reason());
        assertEquals(text + "\n", Files.readString(ignoreFile()));
    }

    @Test
    void apply_programsTheRepositoryNames_areNotRun() throws IOException, InterruptedException {
        Path trap = folder.resolve("git");
        Files.writeString(trap, "#!/bin/sh\ntouch " + folder.resolve("sprung") + "\n");
        Files.setPosixFilePermissions(trap, PosixFilePermissions.fromString("rwxr-xr-x"));
        git(0, "config", "core.fsmonitor", trap.toString());
        git(0, "config", "core.pager", trap.toString());
        git(0, "config", "core.hooksPath", folder.toString());
        git(0, "config", "alias.ls-files", "!" + trap);
        Files.deleteIfExists(folder.resolve("sprung"));

        GitGuard guard =
                GitGuard.of(folder).searchPath(".::" + System.getenv("PATH")).build();

        assertEquals(new Guarded(ignoreFile(), Block.ADDED, List.of()), guard.apply());
        assertFalse(Files.exists(folder.resolve("sprung")));
    }

    @Test
    void apply_noGit_isAnAnswer() {
        GitGuard guard = GitGuard.of(folder).searchPath("relative:" + folder).build();

        assertEquals(
                Reason.NO_GIT, assertInstanceOf(Unguarded.class, guard.apply()).reason());
        assertFalse(Files.exists(ignoreFile()));
    }

    @Test
    void apply_gitThatHangs_endsInTime() throws IOException {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Path slow = Files.writeString(bin.resolve("git"), "#!/bin/sh\nexec sleep 600\n");
        Files.setPosixFilePermissions(slow, PosixFilePermissions.fromString("rwxr-xr-x"));
        GitGuard guard = GitGuard.of(folder)
                .searchPath(bin.toString())
                .timeLimit(Duration.ofMillis(300))
                .build();

        assertEquals(
                Reason.NO_ANSWER,
                assertInstanceOf(Unguarded.class, guard.apply()).reason());
        assertFalse(Files.exists(ignoreFile()));
    }

    @Test
    void apply_gitThatHangsMidway_isNoAnswerAndNoFinding() throws IOException {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        // It does not take all names together, answers about the first one, and hangs at the second.
        Path slow = Files.writeString(bin.resolve("git"), """
                #!/bin/sh
                case "$*" in
                *rev-parse*) echo true ;;
                *ls-files*) ;;
                *)
                    if [ "$(tr -cd '\\000' | wc -c)" -gt 1 ]; then exit 128; fi
                    if [ -e asked ]; then exec sleep 600; fi
                    touch asked
                    exit 1 ;;
                esac
                """);
        Files.setPosixFilePermissions(slow, PosixFilePermissions.fromString("rwxr-xr-x"));
        GitGuard guard = GitGuard.of(folder)
                .searchPath(bin.toString())
                .timeLimit(Duration.ofSeconds(3))
                .build();

        assertEquals(
                Reason.NO_ANSWER,
                assertInstanceOf(Unguarded.class, guard.check()).reason());
        assertTrue(Files.exists(folder.resolve("asked")));
    }

    @Test
    void apply_gitThatFloods_isCutOff() throws IOException {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Path flood = Files.writeString(bin.resolve("git"), "#!/bin/sh\nexec cat /dev/zero\n");
        Files.setPosixFilePermissions(flood, PosixFilePermissions.fromString("rwxr-xr-x"));
        GitGuard guard = GitGuard.of(folder).searchPath(bin.toString()).build();

        assertEquals(
                Reason.NO_ANSWER,
                assertInstanceOf(Unguarded.class, guard.apply()).reason());
    }

    @Test
    void apply_noRepository_isAnAnswer(@TempDir Path elsewhere) {
        assertEquals(
                Reason.NO_REPOSITORY,
                assertInstanceOf(Unguarded.class, GitGuard.of(elsewhere).build().apply())
                        .reason());
        assertEquals(
                Reason.NO_REPOSITORY,
                assertInstanceOf(
                                Unguarded.class,
                                GitGuard.of(folder.resolve("none")).build().apply())
                        .reason());
        assertEquals(
                Reason.NO_REPOSITORY,
                assertInstanceOf(
                                Unguarded.class,
                                GitGuard.of(folder.resolve(".git")).build().apply())
                        .reason());
    }

    @Test
    void apply_repositoryThatGitRefuses_isAnAnswer() throws IOException {
        Files.writeString(folder.resolve(".git/HEAD"), "broken");

        assertEquals(
                Reason.NO_ANSWER,
                assertInstanceOf(Unguarded.class, guard().apply()).reason());
    }

    @ParameterizedTest
    @ValueSource(strings = {"secrets", "a", "lms-data"})
    @Tag("secrets:A2")
    void apply_linkOfTheNameThatIsAsked_hidesNothing(String name) throws IOException, InterruptedException {
        Files.createSymbolicLink(folder.resolve(name), folder.getParent());
        Files.writeString(folder.resolve(".env.production"), "A=1\n");
        git(0, "add", "-f", ".env.production");

        Guarded report = assertInstanceOf(
                Guarded.class,
                GitGuard.of(folder).ignore("lms-data/x/y").build().apply());

        assertEquals(
                List.of(".env.production"),
                report.findings().stream().map(Finding::path).toList());
    }

    @Test
    void apply_nameThatGitDoesNotTake_leavesTheOthersAsked() throws IOException, InterruptedException {
        Files.writeString(folder.resolve(".env.production"), "A=1\n");
        git(0, "add", "-f", ".env.production");

        Guarded report = assertInstanceOf(
                Guarded.class, GitGuard.of(folder).ignore("../outside").build().apply());

        assertEquals(
                List.of(".env.production", "../outside"),
                report.findings().stream().map(Finding::path).toList());
    }

    @Test
    void apply_trackedKeyThatLooksPublicInTheFolderOnly_isReported() throws IOException, InterruptedException {
        Path file = Files.writeString(folder.resolve("own.pem"), "-----BEGIN EC PRIVATE KEY-----\n");
        Path other = Files.writeString(folder.resolve("ca.pem"), "-----BEGIN CERTIFICATE-----\n");
        git(0, "add", "-f", ".");
        Files.writeString(file, "-----BEGIN CERTIFICATE-----\n");
        Files.delete(other);

        assertEquals(
                List.of("own.pem"),
                applied().findings().stream().map(Finding::path).toList());
    }

    @Test
    void apply_trackedNameThatATerminalOrAShellObeys_isShownHarmless() throws IOException, InterruptedException {
        Path secrets = Files.createDirectories(folder.resolve("secrets"));
        Files.writeString(secrets.resolve("it's"), "1");
        Files.writeString(secrets.resolve("c\u009b2J"), "1");
        git(0, "add", "-f", ".");

        List<Finding> findings = applied().findings();

        assertEquals(
                List.of("secrets/c?2J", "secrets/it's"),
                findings.stream().map(Finding::path).toList());
        assertTrue(findings.get(1).remedy().contains("-- 'secrets/it'\\''s' and"), findings.get(1)::remedy);
    }

    @Test
    void apply_patternWithASpace_isQuotedInTheRemedy() throws IOException {
        GitGuard guard = GitGuard.of(folder).ignore("my data; x").build();
        guard.apply();
        Files.writeString(ignoreFile(), Files.readString(ignoreFile()) + "!my data; x\n");

        Finding finding =
                assertInstanceOf(Guarded.class, guard.apply()).findings().get(0);

        assertTrue(finding.remedy().endsWith("-v -- 'my data; x'"), finding::remedy);
    }

    @Test
    void check_namesThatAreAsked_cannotBeForeseen() throws IOException {
        Files.writeString(ignoreFile(), "a/b.key\nsecrets/x\na/secrets/x\n");

        Guarded report = assertInstanceOf(Guarded.class, guard().check());

        assertTrue(report.findings().stream()
                .map(Finding::path)
                .toList()
                .containsAll(List.of("a/b.key", "secrets/x", "a/secrets/x")));
    }

    @Test
    void build_patternsThatAreNone_areAllNamed() {
        var failure = assertThrows(
                SecretsConfigurationException.class,
                () -> GitGuard.of(folder)
                        .ignore("a\nb", "", "!x", "#x", " x", "x".repeat(201))
                        .timeLimit(Duration.ZERO)
                        .build());

        assertEquals(7, failure.faults().size());
        String[] many = Collections.nCopies(101, "x").toArray(new String[0]);
        GitGuard.Builder most = GitGuard.of(folder).timeLimit(Duration.ofMinutes(10));
        most.ignore(Arrays.copyOf(many, 100)).build();
        assertThrows(SecretsConfigurationException.class, () -> most.ignore("x").build());
        assertThrows(
                SecretsConfigurationException.class,
                () -> GitGuard.of(folder)
                        .timeLimit(Duration.ofMinutes(10).plusNanos(1))
                        .build());
    }

    private static boolean installed() throws InterruptedException {
        try {
            return new ProcessBuilder("git", "--version").start().waitFor() == 0;
        } catch (IOException absent) {
            return false;
        }
    }

    private void git(int expected, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(expected, process.waitFor(), output);
    }
}
