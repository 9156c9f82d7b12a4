package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.secrets.SecretsUnavailableException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrivateFileTest {
    private static final byte[] OLD = "old".getBytes(StandardCharsets.UTF_8);
    private static final byte[] NEW = "new".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private Path path;
    private PrivateFile file;

    @BeforeEach
    void nameTheFile() {
        path = folder.resolve("secret");
        file = PrivateFile.at(path);
    }

    @Test
    void read_noFile_isEmpty() {
        assertEquals(Optional.empty(), file.read(10));
    }

    @Test
    @Tag("secrets:W1")
    void replace_newFile_isOwnerOnlyAndHasTheContent() throws IOException {
        file.replace(NEW);

        assertArrayEquals(NEW, file.read(10).orElseThrow());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        assertEquals(List.of(".secret.lock", "secret"), names());
    }

    @Test
    @Tag("secrets:W1")
    void replace_lockFile_isOwnerOnlyToo() throws IOException {
        file.replace(NEW);

        Path lock = folder.resolve(".secret.lock");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(lock)));
    }

    @Test
    @Tag("secrets:W2")
    void replace_leftoverOfAKilledWriter_isOvercome() throws IOException {
        create(".secret.tmp", "rw-------", "torn");

        file.replace(NEW);

        assertArrayEquals(NEW, Files.readAllBytes(path));
        assertEquals(List.of(".secret.lock", "secret"), names());
    }

    @Test
    @Tag("secrets:W2")
    void replace_fileThatItsGroupReads_staysReadableToThatGroup() throws IOException, InterruptedException {
        create("secret", "rw-r-----", "old");
        Optional<String> other = anotherGroup();
        other.ifPresent(group -> setGroup(path, group));
        String before = Files.getAttribute(path, "unix:gid").toString();

        file.replace(NEW);

        assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        assertEquals(before, Files.getAttribute(path, "unix:gid").toString());
        assertArrayEquals(NEW, Files.readAllBytes(path));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "r--------", "rwx------", "rwxr-----", "r--r-----"})
    @Tag("secrets:W1")
    void replace_anyMode_neverGetsWider(String mode) throws IOException {
        create("secret", mode, "old");

        file.replace(NEW);

        String expected = mode.charAt(3) == 'r' ? "rw-r-----" : "rw-------";
        assertEquals(expected, PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    }

    /** A group of this user that is not that of his new files, if there is one; root may take any. */
    private Optional<String> anotherGroup() throws IOException, InterruptedException {
        Object own = Files.getAttribute(folder, "unix:gid");
        Process process = new ProcessBuilder("id", "-G").start();
        String groups = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        process.waitFor();
        String all = Files.getAttribute(folder, "unix:uid").equals(0) ? groups + " 12345" : groups;
        return Stream.of(all.split(" "))
                .filter(group -> !group.equals(own.toString()))
                .reduce((first, last) -> last);
    }

    private static void setGroup(Path file, String group) {
        try {
            Files.setAttribute(file, "unix:gid", Integer.parseInt(group));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, Integer.MAX_VALUE})
    void read_limitThatIsLargeEnough_givesAll(int limit) {
        file.replace(OLD);

        assertArrayEquals(OLD, file.read(limit).orElseThrow());
        assertThrows(SecretsConfigurationException.class, () -> file.read(2));
    }

    @Test
    void update_changeThatGivesNothing_leavesTheFile() throws IOException {
        file.replace(OLD);
        var before = Files.getLastModifiedTime(path);

        assertFalse(file.update(10, content -> Optional.empty()));

        assertEquals(before, Files.getLastModifiedTime(path));
    }

    @Test
    void update_changeThatThrows_leavesTheFileAndTheLockFree() throws IOException {
        file.replace(OLD);

        assertThrows(
                IllegalStateException.class,
                () -> file.update(10, content -> {
                    throw new IllegalStateException("change");
                }));
        file.replace(NEW);

        assertArrayEquals(NEW, Files.readAllBytes(path));
    }

    @Test
    @Tag("secrets:A2")
    void at_wayUpFromALink_leadsWhereTheFileSystemLeads() throws IOException {
        Path far = Files.createDirectories(folder.resolve("far/inner"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), far);

        PrivateFile.at(link.resolve("../secret")).replace(NEW);

        assertArrayEquals(NEW, Files.readAllBytes(folder.resolve("far/secret")));
        assertFalse(Files.exists(path));
    }

    @Test
    void update_ofManyFilesAtOnce_waitsForNoneButItsOwn() throws Exception {
        // More files than any set of shared locks would have places.
        int count = 100;
        ExecutorService threads = Executors.newFixedThreadPool(count);
        CyclicBarrier all = new CyclicBarrier(count);
        try {
            List<Future<Boolean>> updates = IntStream.range(0, count)
                    .mapToObj(i -> threads.submit(
                            () -> PrivateFile.at(folder.resolve("file" + i)).update(10, content -> {
                                await(all);
                                return Optional.of(NEW);
                            })))
                    .toList();
            for (Future<Boolean> update : updates) {
                assertTrue(update.get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void await(CyclicBarrier all) {
        try {
            all.await(9, TimeUnit.SECONDS);
        } catch (Exception late) {
            throw new IllegalStateException(late);
        }
    }

    @Test
    void update_byTwoNamesOfOneFolder_takesTurns() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
        PrivateFile other = PrivateFile.at(link.resolve("secret"));
        file.replace(new byte[0]);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Boolean>> updates = IntStream.range(0, 40)
                    .mapToObj(i -> threads.submit(() -> (i % 2 == 0 ? file : other)
                            .update(100, content -> Optional.of(new byte[content.orElseThrow().length + 1]))))
                    .toList();
            for (Future<Boolean> update : updates) {
                assertTrue(update.get());
            }
        } finally {
            threads.shutdownNow();
        }
        assertEquals(40, Files.size(path));
    }

    @Test
    void update_withinAnUpdateOfAnotherFile_isRefused() {
        assertThrows(
                IllegalStateException.class,
                () -> file.update(10, content -> {
                    PrivateFile.at(folder.resolve("other")).replace(NEW);
                    return Optional.empty();
                }));
    }

    @Test
    void update_withinAnUpdate_isRefused() {
        assertThrows(
                IllegalStateException.class,
                () -> file.update(10, content -> {
                    file.replace(NEW);
                    return Optional.empty();
                }));
    }

    @Test
    @Tag("secrets:W4")
    void update_manyThreads_losesNone() throws InterruptedException, ExecutionException {
        file.replace(ByteBuffer.allocate(4).array());
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> all = Stream.generate(() -> threads.submit(() -> {
                        IntStream.range(0, 25).forEach(i -> increment(PrivateFile.at(path)));
                    }))
                    .limit(8)
                    .<Future<?>>map(future -> future)
                    .toList();
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }

        assertEquals(200, ByteBuffer.wrap(file.read(4).orElseThrow()).getInt());
    }

    private static void increment(PrivateFile counter) {
        counter.update(
                4,
                content -> Optional.of(ByteBuffer.allocate(4)
                        .putInt(ByteBuffer.wrap(content.orElseThrow()).getInt() + 1)
                        .array()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r--r--", "rw----r--", "rw--w----", "rw-rw----", "rw-----w-", "rwx--x---"})
    @Tag("secrets:W3")
    @Tag("secrets:R2")
    void read_fileOpenToOthers_isRefusedWithTheRemedy(String mode) throws IOException {
        create("secret", mode, "canary");

        var refused = assertThrows(SecretsConfigurationException.class, () -> file.read(10));

        assertTrue(refused.getMessage().contains("chmod 600"), refused.getMessage());
        assertFalse(refused.getMessage().contains("canary"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "r--------", "rw-r-----"})
    @Tag("secrets:R2")
    void read_fileForOwnerOrReadableForGroup_isRead(String mode) throws IOException {
        create("secret", mode, "old");

        assertArrayEquals(OLD, file.read(10).orElseThrow());
    }

    @Test
    @Tag("secrets:W3")
    @Tag("secrets:A2")
    void symbolicLink_toAnything_isRefusedAndItsTargetUntouched() throws IOException {
        create("target", "rw-------", "target");
        Files.createSymbolicLink(path, folder.resolve("target"));

        assertThrows(SecretsConfigurationException.class, () -> file.read(10));
        assertThrows(SecretsConfigurationException.class, () -> file.replace(NEW));

        assertEquals("target", Files.readString(folder.resolve("target")));
    }

    @Test
    @Tag("secrets:A2")
    void symbolicLink_inPlaceOfTheLock_isRefused() throws IOException {
        create("target", "rw-------", "target");
        Files.createSymbolicLink(folder.resolve(".secret.lock"), folder.resolve("target"));

        assertThrows(SecretsConfigurationException.class, () -> file.replace(NEW));
    }

    @Test
    @Tag("secrets:A2")
    void symbolicLink_inPlaceOfTheTemporaryFile_isReplacedNotFollowed() throws IOException {
        create("target", "rw-------", "target");
        Files.createSymbolicLink(folder.resolve(".secret.tmp"), folder.resolve("target"));

        file.replace(NEW);

        assertEquals("target", Files.readString(folder.resolve("target")));
        assertFalse(Files.isSymbolicLink(path));
    }

    @Test
    @Tag("secrets:A2")
    void hardLink_isRefused() throws IOException {
        create("other-name", "rw-------", "x");
        Files.createLink(path, folder.resolve("other-name"));

        assertThrows(SecretsConfigurationException.class, () -> file.read(10));
        assertThrows(SecretsConfigurationException.class, () -> file.replace(NEW));
    }

    @Test
    @Tag("secrets:A2")
    void pipeOrFolder_inPlaceOfTheFile_isRefusedWithoutBlocking() throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
        assertThrows(SecretsConfigurationException.class, () -> file.read(10));
        Files.delete(path);
        Files.createDirectory(path);
        assertThrows(SecretsConfigurationException.class, () -> file.replace(NEW));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxrwx---", "rwx----w-", "rwxrwxrwx"})
    @Tag("secrets:W3")
    void folder_thatOthersMayWrite_isRefused(String mode) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(mode));

        assertThrows(SecretsConfigurationException.class, () -> file.read(10));
        assertThrows(SecretsConfigurationException.class, () -> file.replace(NEW));

        assertEquals(List.of(), names());
    }

    @Test
    @Tag("secrets:W3")
    void foreignOwner_ofFileOrFolder_isRefused() throws IOException {
        assumeTrue(Integer.valueOf(0).equals(Files.getAttribute(folder, "unix:uid")), "needs root to give a file away");
        create("secret", "rw-------", "x");
        Files.setAttribute(path, "unix:uid", 65534);
        assertThrows(SecretsConfigurationException.class, () -> file.read(10));
        assertThrows(SecretsConfigurationException.class, () -> file.replace(NEW));

        Files.delete(path);
        Files.setAttribute(folder, "unix:uid", 65534);
        assertThrows(SecretsConfigurationException.class, () -> file.replace(NEW));
    }

    @Test
    void folder_missingOrAFile_isRefused() {
        assertThrows(
                SecretsConfigurationException.class,
                () -> PrivateFile.at(folder.resolve("none/secret")).read(10));
        file.replace(OLD);
        assertThrows(
                SecretsConfigurationException.class,
                () -> PrivateFile.at(path.resolve("secret")).read(10));
        assertThrows(SecretsConfigurationException.class, () -> PrivateFile.at(Path.of("/")));
    }

    @Test
    void read_largerThanAllowed_isRefused() {
        file.replace(OLD);

        assertArrayEquals(OLD, file.read(3).orElseThrow());
        assertThrows(SecretsConfigurationException.class, () -> file.read(2));
    }

    @Test
    void lock_interruptedWhileWaiting_isUnavailableAndKeepsTheFlag() {
        Thread.currentThread().interrupt();

        var failure = assertThrows(SecretsUnavailableException.class, () -> file.replace(NEW));

        assertTrue(Thread.interrupted());
        assertEquals(Reason.INFRASTRUCTURE, failure.reason());
    }

    private void create(String name, String mode, String content) throws IOException {
        Path made = Files.writeString(folder.resolve(name), content);
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(mode));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }
}
