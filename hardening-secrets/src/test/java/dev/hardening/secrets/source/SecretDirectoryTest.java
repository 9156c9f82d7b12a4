package dev.hardening.secrets.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.source.SourceState.Freshness;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:R2")
class SecretDirectoryTest {
    @TempDir
    Path temp;

    private Path folder;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectory(
                temp.resolve("secrets"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    }

    private Path write(String name, String content, String mode) throws IOException {
        Path file = Files.write(folder.resolve(name), content.getBytes(StandardCharsets.ISO_8859_1));
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private Path write(String name, String content) throws IOException {
        return write(name, content, "rw-r-----");
    }

    private SecretReading read() {
        return SecretReader.directory(folder).read();
    }

    private static List<String> rules(SecretReading reading) {
        return reading.findings().stream().map(SecretReading.Finding::rule).toList();
    }

    static Stream<Arguments> contents() {
        return Stream.of(
                Arguments.of("value", "value"),
                Arguments.of("value\n", "value"),
                Arguments.of("value\n\n", "value\n"),
                Arguments.of("value\r\n", "value\r"),
                Arguments.of(" \n", " "),
                Arguments.of("\0\u00ff\n\0", "\0\u00ff\n\0"));
    }

    @ParameterizedTest
    @MethodSource("contents")
    void read_content_losesOneLineFeedAtTheEndAndNoMore(String content, String value) throws IOException {
        write("A", content);

        byte[] bytes = read().find("A").orElseThrow().use(byte[]::clone);

        assertEquals(value, new String(bytes, StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n"})
    void read_emptyFile_isNotThere(String content) throws IOException {
        write("A", content);

        SecretReading reading = read();

        assertEquals(Set.of(), reading.names());
        assertEquals(List.of("empty"), rules(reading));
    }

    @Test
    void read_size_isTakenUpTo64KibibytesAndTheLineFeed() throws IOException {
        int largest = 64 * 1024;
        write("JUST", "x".repeat(largest - 1));
        write("EXACTLY", "x".repeat(largest));
        write("WITH_LINE_FEED", "x".repeat(largest) + "\n");
        write("OVER", "x".repeat(largest + 1));
        write("FAR_OVER", "x".repeat(largest + 1) + "\n");

        SecretReading reading = read();

        assertEquals(Set.of("JUST", "EXACTLY", "WITH_LINE_FEED"), reading.names());
        assertEquals(largest, reading.find("WITH_LINE_FEED").orElseThrow().length());
        assertEquals(List.of("size", "size"), rules(reading));
    }

    static Stream<Arguments> modes() {
        return Stream.of(
                Arguments.of("r--------", false),
                Arguments.of("rw-r-----", false),
                Arguments.of("rw-rw----", true),
                Arguments.of("r--r--r--", true),
                Arguments.of("r-x------", true),
                Arguments.of("r-----r--", true));
    }

    @ParameterizedTest
    @MethodSource("modes")
    void read_modeWiderThan0640_isAFindingAndIsRead(String mode, boolean found) throws IOException {
        write("A", "value", mode);

        SecretReading reading = read();

        assertTrue(reading.find("A").isPresent());
        assertEquals(found ? List.of("mode") : List.of(), rules(reading));
    }

    @Test
    void read_folderThatOthersMayWrite_isAFinding() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxr-x"));

        assertEquals(List.of("folder-mode"), rules(read()));
    }

    @Test
    void read_links_areFollowedInsideTheFolderOnly() throws IOException {
        Path outside = Files.writeString(temp.resolve("outside"), "stolen");
        write("INSIDE", "value");
        Files.createSymbolicLink(folder.resolve("ALIAS"), Path.of("INSIDE"));
        Files.createSymbolicLink(folder.resolve("RELATIVE"), Path.of("../outside"));
        Files.createSymbolicLink(folder.resolve("ABSOLUTE"), outside);
        Files.createSymbolicLink(folder.resolve("NOWHERE"), Path.of("nothing"));
        Files.createSymbolicLink(folder.resolve("CIRCLE"), Path.of("CIRCLE"));
        Files.createSymbolicLink(folder.resolve("FOLDER"), temp);

        SecretReading reading = read();

        assertEquals(Set.of("INSIDE", "ALIAS"), reading.names());
        assertEquals(List.of("link", "link", "link", "link", "link"), rules(reading));
    }

    @Test
    void find_nameThatIsAPath_findsNothing() throws IOException {
        Files.writeString(temp.resolve("outside"), "stolen");
        write("A", "value");

        for (String name : List.of("../outside", "./A", "secrets/A", temp + "/outside", "..", ".", "A\0")) {
            assertEquals(Optional.empty(), read().find(name), name);
        }
    }

    @Test
    void read_pipeAndDevice_areNotOpened() throws Exception {
        Process made = new ProcessBuilder("mkfifo", folder.resolve("PIPE").toString()).start();
        assertEquals(0, made.waitFor());
        Files.createSymbolicLink(folder.resolve("DEVICE"), Path.of("/dev/zero"));
        Files.createDirectory(folder.resolve("SUB"));
        write("A", "value");

        SecretReading reading = assertTimeoutPreemptively(Duration.ofSeconds(20), this::read);

        assertEquals(Set.of("A"), reading.names());
        assertEquals(List.of("link", "not-a-file", "not-a-file"), rules(reading));
    }

    @Test
    void read_oddNames_areLeftOutAndPrintedSafely() throws IOException {
        write("with space", "value");
        write("line\nfeed", "value");
        write("..hidden", "value");
        write(".dockerconfigjson", "value");

        SecretReading reading = read();

        assertEquals(Set.of(".dockerconfigjson"), reading.names());
        assertEquals(
                List.of("line?feed", "with space"),
                reading.findings().stream().map(SecretReading.Finding::subject).toList());
    }

    @Test
    void read_tooManyEntries_fails() throws IOException {
        for (int entry = 0; entry < 1_000; entry++) {
            write("F" + entry, "v");
        }
        assertEquals(1_000, read().names().size());
        write("ONE_MORE", "v");

        assertThrows(SecretsConfigurationException.class, this::read);
    }

    @Test
    void names_mapping_renamesAndLeavesOut() throws IOException {
        write("jwt-secret.txt", "value");
        write("readme.md", "value");
        SecretReader reader = SecretDirectory.builder()
                .folder(folder)
                .names(file -> file.endsWith(".txt")
                        ? file.substring(0, file.length() - 4).replace('-', '_').toUpperCase(Locale.ROOT)
                        : "")
                .build();

        assertEquals(Set.of("JWT_SECRET"), reader.read().names());
        write("JWT_SECRET.txt", "value");
        assertThrows(SecretsConfigurationException.class, reader::read);
    }

    @ParameterizedTest
    @ValueSource(strings = {"first:second", "first:", ":second", ":"})
    void names_twoFilesForOneVariable_failTheReadingEvenIfOneIsEmpty(String contents) throws IOException {
        int colon = contents.indexOf(':');
        write("A.old", contents.substring(0, colon));
        write("A.txt", contents.substring(colon + 1));
        SecretReader reader = SecretDirectory.builder()
                .folder(folder)
                .names(name -> name.substring(0, 1))
                .build();

        var refused = assertThrows(SecretsConfigurationException.class, reader::read);

        assertEquals(List.of(folder + " has two files for A"), refused.faults());
    }

    @Test
    void read_noFolder_isUnavailable() {
        SecretReader reader = SecretReader.directory(temp.resolve("none"));

        assertThrows(SecretsUnavailableException.class, reader::read);
        assertThrows(SecretsConfigurationException.class, SecretDirectory.builder()::build);
    }

    @Test
    void read_fileOrVersionMountedByItself_isAFinding() throws IOException {
        write("A", "value");
        write("B", "value");
        Path real = folder.toRealPath();
        Path mounts = Files.writeString(
                temp.resolve("mountinfo"),
                "36 35 0:44 /..2026_11_22/A " + real.resolve("A") + " ro,relatime - tmpfs tmpfs rw\n"
                        + "37 35 0:44 /..2026_11_22/dir " + real + " ro,relatime - tmpfs tmpfs rw\n");

        SecretReading reading = SecretDirectory.builder()
                .folder(folder)
                .mountInfo(mounts)
                .build()
                .read();

        assertEquals(List.of("mounted-version", "mounted-file"), rules(reading));
        assertEquals("A", reading.findings().get(1).subject());
    }

    @Test
    @Tag("secrets:A10")
    void watch_fileEmptiedTruncatedRemoved_keepsOrSettles() throws IOException {
        write("A", "first");
        write("B", "other");
        ManualScheduler scheduler = new ManualScheduler();
        WatchedSource source = WatchedSource.builder()
                .name("plain")
                .reader(SecretReader.directory(folder))
                .scheduler(scheduler)
                .build();

        write("A", "");
        scheduler.run();
        assertEquals("first", source.find("A").map(Secret::reveal).orElseThrow());
        assertEquals(Freshness.STALE, source.state().freshness());

        write("A", "sec");
        scheduler.run();
        write("A", "second");
        scheduler.run();
        assertEquals("first", source.find("A").map(Secret::reveal).orElseThrow());
        scheduler.run();
        assertEquals("second", source.find("A").map(Secret::reveal).orElseThrow());

        Files.delete(folder.resolve("B"));
        scheduler.run();
        assertTrue(source.find("B").isPresent());
        scheduler.run();
        assertFalse(source.find("B").isPresent());

        Files.delete(folder.resolve("A"));
        scheduler.run();
        scheduler.run();
        assertEquals("second", source.find("A").map(Secret::reveal).orElseThrow());
        assertEquals("nothing is there any more", source.state().reason());
        Files.delete(folder);
        scheduler.run();
        assertTrue(source.state().reason().endsWith("is not there"));
        source.close();
    }
}
