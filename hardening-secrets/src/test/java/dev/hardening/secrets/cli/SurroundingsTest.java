package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.PrivateFile;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A path leads where the file system says, not where its text says. */
class SurroundingsTest {
    @TempDir
    Path temporary;

    private Path home;

    /** {@code work/link} leads to {@code data/deep}, so {@code link/..} is {@code data} and not {@code work}. */
    @BeforeEach
    void makeALink() throws Exception {
        home = Files.createDirectory(temporary.toRealPath().resolve("work"));
        Files.createDirectories(temporary.resolve("data/deep"));
        Files.createDirectory(home.resolve("sub"));
        Files.createSymbolicLink(home.resolve("link"), temporary.resolve("data/deep"));
        Files.writeString(home.resolve("file"), "x");
    }

    private Surroundings here() {
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        return new Cli(home).surroundings(nowhere, nowhere);
    }

    @ParameterizedTest
    @CsvSource({
        "k,work/k",
        "./k,work/k",
        "sub/../k,work/k",
        "../k,k",
        "link/k,work/link/k",
        "link/../k,data/k",
        "link/../../k,k",
        "sub/./../link/..,data",
        "none/k,work/none/k",
        "'',work",
        "., work"
    })
    void path_relative_leadsWhereTheFileSystemSays(String given, String meant) throws Exception {
        Path expected = temporary.toRealPath().resolve(meant);

        assertEquals(expected, here().path(Path.of(given)));
        assertEquals(expected, here().path(home.resolve(given)));
    }

    @Test
    void path_aboveTheRoot_isTheRoot() {
        assertEquals(Path.of("/k"), here().path(Path.of("/../../k")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none/../k", "file/../k"})
    void path_aboveWhatIsNoFolder_isUsage(String given) {
        assertThrows(IllegalArgumentException.class, () -> here().path(Path.of(given)));
    }

    @Test
    @Tag("secrets:A2")
    void keyFile_behindALink_isTheOneOfTheFileSystem() throws Exception {
        key(temporary.resolve("data/k"), "the right key of the ring that is long enough 0123");
        key(home.resolve("k"), "another key that must not be read, 0123456789 abcd");
        Files.createDirectory(home.resolve("rings"));
        String[] right = {"ring", "create", "--ring", "one", "--folder", "rings", "--key-file", "link/../k"};

        assertEquals(0, new Cli(home).run(right).exit());

        Cli.Said opened = new Cli(home)
                .environment(Map.of("RIGHT", "the right key of the ring that is long enough 0123"))
                .run("ring", "list", "--ring", "one", "--folder", "rings", "--key-env", "RIGHT");
        assertEquals(0, opened.exit(), opened.all());
        assertTrue(opened.out().contains("ring one"), opened.out());
    }

    private static void key(Path file, String text) {
        PrivateFile.at(file).replace(text.getBytes(StandardCharsets.US_ASCII));
    }
}
