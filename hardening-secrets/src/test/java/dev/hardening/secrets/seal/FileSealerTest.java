package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.ring.KeyRing;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileSealerTest {
    private static final SealContext PLACE = SealContext.of("backup", "2026-11-22");

    private final KeyRing ring = SealRing.make();
    private final FileSealer files = Sealer.of(ring).files();

    @TempDir
    private Path folder;

    private Path plain(byte[] content) throws IOException {
        return Files.write(folder.resolve("plain"), content);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> listed = Files.list(folder)) {
            return listed.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Tag("secrets:W1")
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16384, 131_071, 131_072, 131_073, 1_000_000})
    void open_sealedFile_givesTheFileBack(int length) throws IOException {
        byte[] content = Vector.plain(length);
        Path sealed = folder.resolve("sealed");
        Path opened = folder.resolve("opened");

        files.seal(plain(content), sealed, PLACE);
        Optional<Path> target = files.open(sealed, opened, PLACE).value();

        assertEquals(Optional.of(opened), target);
        assertArrayEquals(content, Files.readAllBytes(opened));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(sealed)));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(opened)));
        assertEquals(List.of("opened", "plain", "sealed"), names());
    }

    @Tag("secrets:W3")
    @Test
    void seal_targetBehindALinkAndDots_isWhereTheFileSystemSays(@TempDir Path elsewhere) throws IOException {
        Path real = Files.createDirectories(elsewhere.resolve("a/b"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), real);

        files.seal(plain(Vector.plain(10)), link.resolve("../sealed"), PLACE);

        assertTrue(Files.exists(elsewhere.resolve("a/sealed")));
        assertEquals(List.of("link", "plain"), names());
    }

    @Tag("secrets:E5")
    @Test
    void open_afterThreeRotations_opensAndNotAfterDestroyed() throws IOException {
        Path sealed = folder.resolve("sealed");
        files.seal(plain(new byte[50_000]), sealed, PLACE);
        String key = SealRing.rotate(ring);
        SealRing.rotate(ring);
        SealRing.rotate(ring);

        assertTrue(files.open(sealed, folder.resolve("opened"), PLACE).value().isPresent());
        ring.unsafeDisableNow(key);
        ring.destroy(key);
        Opening<Path> opening = files.open(sealed, folder.resolve("again"), PLACE);

        assertEquals("Refused[key " + key + "]", opening.toString());
        assertEquals(List.of("opened", "plain", "sealed"), names());
    }

    @Tag("secrets:A6")
    @Test
    void open_cutFile_leavesTheTargetAsItWas() throws IOException {
        Path sealed = folder.resolve("sealed");
        Path target = Files.writeString(folder.resolve("target"), "before");
        files.seal(plain(Vector.plain(40_000)), sealed, PLACE);
        byte[] whole = Files.readAllBytes(sealed);
        Files.write(sealed, Arrays.copyOf(whole, SealFormat.PREAMBLE + 2 * SealFormat.SEALED_CHUNK));

        assertEquals("Refused", files.open(sealed, target, PLACE).toString());

        assertEquals("before", Files.readString(target));
        assertEquals(List.of("plain", "sealed", "target"), names());
    }

    @Test
    void seal_failsMidway_leavesNothing() throws IOException {
        Path source = plain(new byte[1_000_000]);
        FileSealer failing =
                Sealer.builder().ring(ring).streamLimit(500_000).build().files();

        assertThrows(SecretsUnavailableException.class, () -> failing.seal(source, folder.resolve("sealed"), PLACE));

        assertEquals(List.of("plain"), names());
    }

    @Test
    void streams_ofTheCaller_getTheSameBytesAndStayOpen() throws IOException {
        byte[] content = Vector.plain(300_000);
        Path sealed = folder.resolve("sealed");
        ByteArrayOutputStream opened = new ByteArrayOutputStream();

        try (OutputStream to = new WatchedStream(Files.newOutputStream(sealed))) {
            files.seal(plain(content), to, PLACE);
            to.flush();
        }
        Opening<Long> opening = files.open(sealed, opened, PLACE);

        assertEquals(Optional.of(300_000L), opening.value());
        assertArrayEquals(content, opened.toByteArray());
        assertArrayEquals(
                content,
                Files.readAllBytes(files.open(sealed, folder.resolve("again"), PLACE)
                        .value()
                        .orElseThrow()));
    }

    @Test
    @Tag("secrets:A6")
    void openIntoAStream_cutFile_isRefused() throws IOException {
        Path sealed = folder.resolve("sealed");
        files.seal(plain(Vector.plain(40_000)), sealed, PLACE);
        Files.write(sealed, Arrays.copyOf(Files.readAllBytes(sealed), 30_000));

        Opening<Long> opening = files.open(sealed, OutputStream.nullOutputStream(), PLACE);

        assertEquals("Refused", opening.toString());
        assertThrows(
                SecretsUnavailableException.class,
                () -> files.open(folder.resolve("missing"), OutputStream.nullOutputStream(), PLACE));
    }

    @Test
    void seal_targetOfTheLongestName_isSealed() throws IOException {
        Path target = folder.resolve("x".repeat(255));

        files.seal(plain(new byte[10]), target, PLACE);

        assertEquals(List.of("plain", "x".repeat(255)), names());
    }

    @Test
    @Tag("secrets:W1")
    void seal_fileSystemWithoutModes_isRefusedAndWritesNothing() throws IOException {
        Path source = plain(new byte[10]);
        try (FileSystem archive = FileSystems.newFileSystem(folder.resolve("x.zip"), Map.of("create", "true"))) {
            Path target = archive.getPath("/target");

            assertThrows(SecretsUnavailableException.class, () -> files.seal(source, target, PLACE));
            assertThrows(SecretsUnavailableException.class, () -> files.open(source, target, PLACE));

            try (Stream<Path> inside = Files.list(archive.getPath("/"))) {
                assertEquals(0, inside.count());
            }
        }
    }

    @Test
    void seal_targetWithoutAName_isTheCallersMistake() throws IOException {
        Path source = plain(new byte[10]);

        assertThrows(IllegalArgumentException.class, () -> files.seal(source, Path.of("/"), PLACE));
        assertThrows(IllegalArgumentException.class, () -> files.open(source, Path.of("/"), PLACE));
    }

    @Test
    void onProgress_listenerThatThrows_spoilsNothing() throws IOException {
        Path sealed = folder.resolve("sealed");
        Path opened = folder.resolve("opened");
        FileSealer told = files.onProgress(done -> {
            throw new AssertionError("a listener that throws at " + done);
        });

        told.seal(plain(new byte[300_000]), sealed, PLACE);

        assertEquals(opened, told.open(sealed, opened, PLACE).value().orElseThrow());
        assertEquals(300_000, Files.size(opened));
    }

    @Test
    void seal_noSuchFile_isUnavailable() throws IOException {
        Path missing = folder.resolve("missing");

        assertThrows(SecretsUnavailableException.class, () -> files.seal(missing, folder.resolve("sealed"), PLACE));
        assertThrows(SecretsUnavailableException.class, () -> files.open(missing, folder.resolve("opened"), PLACE));

        assertEquals(List.of(), names());
    }

    @Test
    void onProgress_largeFile_countsUpToItsLength() throws IOException {
        List<Long> seen = new ArrayList<>();
        Path sealed = folder.resolve("sealed");

        files.onProgress(seen::add).seal(plain(new byte[300_000]), sealed, PLACE);
        files.onProgress(seen::add).open(sealed, folder.resolve("opened"), PLACE);

        List<Long> once = List.of(131_072L, 262_144L, 300_000L);
        assertEquals(Stream.concat(once.stream(), once.stream()).toList(), seen);
    }

    /** Fails when it is used after it was closed. */
    private static final class WatchedStream extends FilterOutputStream {
        private boolean closed;

        WatchedStream(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            if (closed) {
                throw new IOException("closed by who does not own it");
            }
            super.flush();
        }

        @Override
        public void close() throws IOException {
            closed = true;
            out.close();
        }
    }
}
