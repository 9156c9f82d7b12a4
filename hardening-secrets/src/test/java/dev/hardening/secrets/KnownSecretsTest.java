package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:V2")
@Tag("secrets:A1")
class KnownSecretsTest {
    @TempDir
    Path folder;

    private KnownSecrets list(String text) throws IOException {
        return KnownSecrets.fromFile(Files.writeString(folder.resolve("list"), text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void contains_anyLine_isKnownWhateverTheLineEnd(String end) throws IOException {
        KnownSecrets list = list(String.join(end, "", "first", "#second", "third # one", "  fourth\t", "LAST"));

        assertEquals(5, list.size());
        for (String known : new String[] {"first", "#second", "third # one", "fourth", "last", "Last", " FIRST "}) {
            assertTrue(list.contains(Secret.of(known)), known);
        }
        for (String unknown : new String[] {"second", "third", "firs", "firstt", " ", "#"}) {
            assertFalse(list.contains(Secret.of(unknown)), unknown);
        }
    }

    @Test
    void contains_lineThatIsNoUtf8_isKnown() throws IOException {
        byte[] value = {(byte) 0xff, 'a', (byte) 0x80, 1, 'b'};
        Path file = Files.write(folder.resolve("list"), value);

        assertTrue(KnownSecrets.fromFile(file).contains(Secret.of(value.clone())));
    }

    @ParameterizedTest
    @ValueSource(ints = {4095, 4096, 4097, 100_000})
    void contains_longLine_isComparedByItsStart(int length) throws IOException {
        String line = "0123456789abcdef".repeat(length / 16 + 1).substring(0, length);
        KnownSecrets list = list("a\n" + line + "\nb\n");

        assertTrue(list.contains(Secret.of(line)));
        assertFalse(list.contains(Secret.of(line.substring(0, 4094))));
        assertTrue(list.contains(Secret.of("b")));
    }

    @Test
    void fromFile_sameLineTwice_countsOnce() throws IOException {
        assertEquals(2, list("a\nA\n a\nb\n\n\n").size());
        assertEquals("KnownSecrets[0]", list("").toString());
    }

    @Test
    void fromFile_absentOrUnreadable_saysWhich() {
        assertThrows(SecretsConfigurationException.class, () -> KnownSecrets.fromFile(folder.resolve("absent")));
        assertThrows(SecretsConfigurationException.class, () -> KnownSecrets.fromFile(folder));
    }

    @Test
    @Tag("secrets:A2")
    void fromFile_pipe_isRefusedAndNotWaitedFor() throws Exception {
        Path pipe = folder.resolve("pipe");
        assumeTrue(
                new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0,
                "mkfifo is not installed: a pipe is not tested");

        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThrows(SecretsConfigurationException.class, () -> KnownSecrets.fromFile(pipe)));
    }

    @Test
    void fromFile_byteOrderMarkOfUtf8_hidesNoLine() throws IOException {
        KnownSecrets list = list("\uFEFFfirst\nsecond\n");

        assertTrue(list.contains(Secret.of("first")));
        assertEquals(2, list.size());
        assertEquals(1, list("a").size());
        assertEquals(1, list("\uFEFFa").size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32"})
    void fromFile_listInWhichNothingWouldMatch_isRefused(String charset) throws IOException {
        Path file = Files.write(folder.resolve("list"), "first\nsecond\n".getBytes(Charset.forName(charset)));
        Path marked = Files.write(folder.resolve("marked"), new byte[] {(byte) 0xFF, (byte) 0xFE});

        assertThrows(SecretsConfigurationException.class, () -> KnownSecrets.fromFile(file));
        assertThrows(SecretsConfigurationException.class, () -> KnownSecrets.fromFile(marked));
    }

    @Test
    @Tag("slow")
    void fromFile_fullSizeList_holdsEightBytesALineAndMissesNone() throws IOException {
        Path file = folder.resolve("large");
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int block = 0; block < 100; block++) {
                StringBuilder lines = new StringBuilder();
                for (int i = 0; i < 1_000; i++) {
                    lines.append("known-").append(block * 1_000 + i).append("-Value#\n");
                }
                out.write(lines.toString().getBytes(StandardCharsets.US_ASCII));
            }
        }
        KnownSecrets list = KnownSecrets.fromFile(file);

        assertEquals(100_000, list.size());
        for (int i = 0; i < 100_000; i++) {
            assertTrue(list.contains(Secret.of("known-" + i + "-Value#")));
        }
        assertFalse(list.contains(Secret.of("known-100000-Value#")));
    }

    @Test
    void schema_secretInAList_isPublished() throws IOException {
        String value = "k3J9vQ2mX7pL4tR8wB6nZ1cD5hF0gS2aY9eU3iO7x5Q";
        SchemaReport report = Schema.builder()
                .secret("S")
                .knownSecrets(list("other\n"))
                .knownSecrets(list(value + "\n"))
                .build()
                .check(SecretSource.of(Map.of("S", value)));

        assertEquals(
                "S is in a list of known secrets (published)",
                report.faults().stream()
                        .map(finding -> finding.message() + " (" + finding.rule() + ")")
                        .collect(Collectors.joining()));
    }
}
