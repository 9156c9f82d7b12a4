package dev.hardening.secrets.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.SeededSecureRandom;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreshFileTest {
    @TempDir
    Path folder;

    private FreshFile fresh(String seed) {
        return FreshFile.in(folder, new SeededSecureRandom(seed));
    }

    private static boolean write(FreshFile fresh, String text) throws IOException {
        return fresh.fill(out -> {
            out.write(text.getBytes(StandardCharsets.US_ASCII));
            return true;
        });
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    @Tag("secrets:W1")
    void place_free_isTakenByTheFileForItsOwner() throws IOException {
        Path target = folder.resolve("target");
        try (FreshFile fresh = fresh("place")) {
            assertTrue(write(fresh, "ours"));
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(fresh.path())));
            fresh.place(target);
        }

        assertEquals("ours", Files.readString(target));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(target)));
        assertEquals(List.of("target"), names());
    }

    @Test
    @Tag("secrets:W4")
    void place_taken_isLeftAlone() throws IOException {
        Path target = Files.writeString(folder.resolve("target"), "theirs");
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nowhere"));
        try (FreshFile fresh = fresh("taken")) {
            write(fresh, "ours");
            assertThrows(FileAlreadyExistsException.class, () -> fresh.place(target));
            assertThrows(FileAlreadyExistsException.class, () -> fresh.place(link));
        }

        assertEquals("theirs", Files.readString(target));
        assertEquals(List.of("link", "target"), names());
    }

    @Test
    @Tag("secrets:W4")
    void place_manyAtOnce_oneWinsWhole() throws Exception {
        int writers = 8;
        ExecutorService threads = Executors.newFixedThreadPool(writers);
        try {
            for (int round = 0; round < 50; round++) {
                Path target = folder.resolve("target" + round);
                List<Callable<Boolean>> races = IntStream.range(0, writers)
                        .<Callable<Boolean>>mapToObj(writer -> () -> {
                            try (FreshFile fresh = fresh(target + " " + writer)) {
                                write(fresh, Integer.toString(writer).repeat(1000));
                                fresh.place(target);
                                return true;
                            } catch (FileAlreadyExistsException second) {
                                return false;
                            }
                        })
                        .toList();
                int won = -1;
                List<Future<Boolean>> ends = threads.invokeAll(races);
                for (int writer = 0; writer < writers; writer++) {
                    if (ends.get(writer).get()) {
                        assertEquals(-1, won, "two writers won");
                        won = writer;
                    }
                }
                assertEquals(Integer.toString(won).repeat(1000), Files.readString(target));
                Files.delete(target);
            }
        } finally {
            threads.shutdownNow();
        }
        assertEquals(List.of(), names());
    }

    @Test
    void place_folderThatIsGone_leavesNoEmptyFile() throws IOException {
        Path target = folder.resolve("target");
        try (FreshFile fresh = fresh("gone")) {
            write(fresh, "ours");
            Files.delete(fresh.path());

            assertThrows(IOException.class, () -> fresh.place(target));
        }

        assertEquals(List.of(), names());
    }

    @Test
    void close_whileItIsWritten_leavesNothingAndCannotBeMoved() throws IOException {
        Path target = folder.resolve("target");
        FreshFile fresh = fresh("closed");

        boolean good = fresh.fill(out -> {
            out.write('x');
            fresh.close();
            out.write('y');
            return true;
        });

        assertTrue(good);
        assertThrows(IOException.class, () -> fresh.place(target));
        assertThrows(IOException.class, () -> fresh.replace(target));
        assertEquals(List.of(), names());
    }

    @Test
    void fill_closedBefore_createsNothing() throws IOException {
        FreshFile fresh = fresh("never");
        fresh.close();

        assertThrows(IOException.class, () -> write(fresh, "x"));
        assertFalse(Files.exists(fresh.path()));
    }

    @Test
    void replace_fileThatExists_isReplacedWhole() throws IOException {
        Path target = Files.writeString(folder.resolve("target"), "before, and longer");
        try (FreshFile fresh = fresh("replace")) {
            write(fresh, "after");
            fresh.replace(target);
        }

        assertEquals("after", Files.readString(target));
        assertEquals(List.of("target"), names());
    }
}
