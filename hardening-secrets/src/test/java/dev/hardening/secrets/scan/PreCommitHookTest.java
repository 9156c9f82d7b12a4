package dev.hardening.secrets.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.scan.PreCommitHook.Outcome;
import dev.hardening.secrets.scan.ScanReport.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreCommitHookTest {
    private static final String TOKEN = "gh" + "p_" + "aZ7kQ3mX9pL4tR8wB6nC1cD5hF0gS2vY8eU3";

    @TempDir
    Path repository;

    @BeforeEach
    void makeRepository() throws Exception {
        assumeTrue(gitIsThere(), "SKIPPED: there is no git on this machine");
        assertEquals(0, git("init", "-q"));
        git("config", "user.email", "test@example.org");
        git("config", "user.name", "Test");
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

    private int git(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .directory(repository.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private ScanReport staged() {
        return RepositoryScanner.builder().build().scanStaged(repository);
    }

    @Test
    void install_again_isUnchangedOrUpdated() throws IOException {
        assertEquals(Outcome.INSTALLED, PreCommitHook.install(repository, List.of("true")));
        assertEquals(Outcome.UNCHANGED, PreCommitHook.install(repository, List.of("true")));
        assertEquals(Outcome.UPDATED, PreCommitHook.install(repository, List.of("false")));
        assertTrue(Files.isExecutable(repository.resolve(".git/hooks/pre-commit")));
    }

    @Test
    void install_foreignHook_isLeftAlone() throws IOException {
        Path hook = Files.writeString(repository.resolve(".git/hooks/pre-commit"), "#!/bin/sh\nexit 0\n");

        assertEquals(Outcome.FOREIGN_HOOK, PreCommitHook.install(repository, List.of("true")));
        assertEquals("#!/bin/sh\nexit 0\n", Files.readString(hook));
    }

    @Test
    void install_linkInItsPlace_isLeftAlone() throws IOException {
        Path target = Files.writeString(repository.resolve("elsewhere"), "keep");
        Files.createSymbolicLink(repository.resolve(".git/hooks/pre-commit"), target);

        assertEquals(Outcome.FOREIGN_HOOK, PreCommitHook.install(repository, List.of("true")));
        assertEquals("keep", Files.readString(target));
    }

    /** Git answers {@code ../.git/hooks} there, which begins where the folder really is. */
    @Test
    void install_byALinkToAFolderWithin_goesIntoTheRepository(@TempDir Path elsewhere) throws IOException {
        Files.createDirectory(repository.resolve("sub"));
        Path link = Files.createSymbolicLink(elsewhere.resolve("link"), repository.resolve("sub"));

        assertEquals(Outcome.INSTALLED, PreCommitHook.install(link, List.of("true")));

        assertTrue(Files.isExecutable(repository.resolve(".git/hooks/pre-commit")));
        assertFalse(Files.exists(elsewhere.resolve(".git")));
    }

    @Test
    void install_hooksPathOfGit_isHonoured() throws Exception {
        git("config", "core.hooksPath", "my hooks");

        assertEquals(Outcome.INSTALLED, PreCommitHook.install(repository, List.of("true")));
        assertTrue(Files.isExecutable(repository.resolve("my hooks/pre-commit")));
    }

    @Test
    void preview_everyOutcome_isThatOfTheInstallationAndWritesNothing() throws Exception {
        List<String> command = List.of("true");
        Path hook = PreCommitHook.file(repository);

        assertEquals(Outcome.INSTALLED, PreCommitHook.preview(repository, command));
        assertFalse(Files.exists(hook));
        PreCommitHook.install(repository, command);
        assertEquals(Outcome.UNCHANGED, PreCommitHook.preview(repository, command));
        String before = Files.readString(hook);
        assertEquals(Outcome.UPDATED, PreCommitHook.preview(repository, List.of("false")));
        assertEquals(before, Files.readString(hook));
        Files.writeString(hook, "#!/bin/sh\nexit 0\n");
        assertEquals(Outcome.FOREIGN_HOOK, PreCommitHook.preview(repository, command));
        assertThrows(SecretsConfigurationException.class, () -> PreCommitHook.preview(repository, List.of()));
    }

    @Test
    void file_always_isWhereGitLooks() throws Exception {
        assertEquals(repository.resolve(".git/hooks/pre-commit"), PreCommitHook.file(repository));
        git("config", "core.hooksPath", "/somewhere/else");
        assertEquals(Path.of("/somewhere/else/pre-commit"), PreCommitHook.file(repository));
    }

    @Test
    void hook_commandThatFails_refusesTheCommit() throws Exception {
        Files.writeString(repository.resolve("a"), "x");
        git("add", "a");

        PreCommitHook.install(repository, List.of("sh", "-c", "echo \"it's\" '$HOME' > said; exit 1"));
        assertNotEquals(0, git("commit", "-qm", "one"));
        assertEquals("it's $HOME\n", Files.readString(repository.resolve("said")));

        PreCommitHook.install(repository, List.of("true"));
        assertEquals(0, git("commit", "-qm", "one"));
    }

    @Test
    void install_unfitCommandOrFolder_isRefused(@TempDir Path elsewhere) {
        assertThrows(SecretsConfigurationException.class, () -> PreCommitHook.install(repository, List.of()));
        assertThrows(SecretsConfigurationException.class, () -> PreCommitHook.install(repository, List.of("a\nb")));
        assertThrows(SecretsUnavailableException.class, () -> PreCommitHook.install(elsewhere, List.of("true")));
    }

    @Test
    void scanStaged_indexAndFolderDiffer_readsTheIndex() throws Exception {
        Path file = Files.writeString(repository.resolve("ä b.env"), "T=" + TOKEN + "\n");
        git("add", "-A");
        Files.writeString(file, "T=gone\n");
        Files.writeString(repository.resolve("unstaged"), TOKEN);

        assertEquals(
                List.of("ä b.env"),
                staged().findings().stream().map(Finding::path).toList());
    }

    @Test
    void scanStaged_afterACommit_seesOnlyWhatChanged() throws Exception {
        Files.writeString(repository.resolve("old"), TOKEN);
        git("add", "-A");
        assertEquals(0, git("commit", "-qm", "old"));
        assertTrue(staged().clean());

        Files.writeString(repository.resolve("new"), "nothing");
        git("mv", "old", "moved");
        git("add", "-A");
        Files.createSymbolicLink(repository.resolve("link"), Path.of("new"));
        git("add", "-A");

        assertEquals(
                List.of("moved"),
                staged().findings().stream().map(Finding::path).toList());
        assertEquals(1, staged().counts().links());
        assertFalse(staged().clean());
    }

    @Test
    void scanStaged_noRepository_isUnavailable(@TempDir Path elsewhere) {
        RepositoryScanner scanner = RepositoryScanner.builder().build();

        assertThrows(SecretsUnavailableException.class, () -> scanner.scanStaged(elsewhere));
    }
}
