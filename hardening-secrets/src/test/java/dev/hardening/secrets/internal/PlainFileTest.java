package dev.hardening.secrets.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("secrets:W6")
class PlainFileTest {
    @TempDir
    Path folder;

    private Path path() {
        return folder.resolve("file");
    }

    @Test
    void read_limit_isTheMostThatIsRead() throws IOException {
        PlainFile file = PlainFile.at(path());
        assertEquals(Optional.empty(), file.read(3));

        file.replace(new byte[] {1, 2, 3});

        assertArrayEquals(new byte[] {1, 2, 3}, file.read(3).orElseThrow());
        assertThrows(FileSystemException.class, () -> file.read(2));
    }

    @Test
    @Tag("secrets:A2")
    void linkPipeOrFolder_inPlaceOfTheFile_isRefused() throws IOException, InterruptedException {
        PlainFile file = PlainFile.at(path());
        Path other = Files.write(folder.resolve("other"), new byte[] {7});
        Files.createSymbolicLink(path(), other);
        assertRefused(file);
        Files.delete(path());
        assertEquals(0, new ProcessBuilder("mkfifo", path().toString()).start().waitFor());
        assertRefused(file);
        Files.delete(path());
        Files.createDirectory(path());
        assertRefused(file);

        assertArrayEquals(new byte[] {7}, Files.readAllBytes(other));
    }

    private static void assertRefused(PlainFile file) {
        assertThrows(FileSystemException.class, () -> file.read(10));
        assertThrows(FileSystemException.class, () -> file.replace(new byte[] {1}));
    }

    @Test
    void replace_manyThreads_leaveOneContentWholeAndNothingElse() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Void>> writers = new ArrayList<>();
            for (byte letter = 'a'; letter < 'q'; letter++) {
                byte[] content = new byte[50_000];
                Arrays.fill(content, letter);
                writers.add(() -> {
                    PlainFile.at(path()).replace(content);
                    return null;
                });
            }
            for (Future<Void> writer : threads.invokeAll(writers)) {
                writer.get();
            }
        } finally {
            threads.shutdownNow();
        }

        String left = Files.readString(path());
        assertEquals(50_000, left.length());
        assertEquals(1, left.chars().distinct().count());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(path()), files.toList());
        }
    }

    @Test
    void replace_folderThatIsNot_failsAndLeavesNothing() {
        PlainFile file = PlainFile.at(folder.resolve("none/file"));

        assertThrows(IOException.class, () -> file.replace(new byte[] {1}));
        assertTrue(Files.notExists(folder.resolve("none")));
    }
}
