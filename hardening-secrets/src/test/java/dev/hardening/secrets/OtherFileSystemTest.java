package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.keypair.KeyPairFiles;
import dev.hardening.secrets.keypair.KeyPairKind;
import dev.hardening.secrets.keypair.KeyPairMaker;
import dev.hardening.secrets.keypair.MadeKeyPair;
import dev.hardening.secrets.repository.GitGuard;
import dev.hardening.secrets.repository.GuardReport;
import dev.hardening.secrets.ring.AesKeyEncryptionKey;
import dev.hardening.secrets.ring.FileRingStore;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingStore;
import dev.hardening.secrets.scan.Baseline;
import dev.hardening.secrets.scan.PreCommitHook;
import dev.hardening.secrets.scan.RepositoryScanner;
import dev.hardening.secrets.seal.FileSealer;
import dev.hardening.secrets.seal.SealContext;
import dev.hardening.secrets.seal.Sealer;
import dev.hardening.secrets.source.SecretDirectory;
import dev.hardening.secrets.source.SecretKeyStore;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Where there are no modes, no secret is written or trusted, and the reason is told: tried inside an archive, whose file
 * system has none, or has modes but neither users nor links.
 */
@Tag("secrets:W3")
class OtherFileSystemTest {
    private static final byte[] CONTENT = {1, 2, 3};
    private static final SealContext PLACE = SealContext.of("backup");
    private static final MadeKeyPair PAIR =
            KeyPairMaker.create(new SecureRandom()).next(KeyPairKind.ED25519);

    @TempDir
    Path folder;

    /** What is done in a folder of an archive that holds the file {@code there}. */
    static Stream<Named<Consumer<Path>>> entries() {
        return Stream.of(
                Named.of(
                        "PrivateFile.read",
                        place -> PrivateFile.at(place.resolve("there")).read(9)),
                Named.of(
                        "PrivateFile.read of nothing",
                        place -> PrivateFile.at(place.resolve("x")).read(9)),
                Named.of(
                        "PrivateFile.replace",
                        place -> PrivateFile.at(place.resolve("x")).replace(CONTENT)),
                Named.of(
                        "PrivateFile.update",
                        place -> PrivateFile.at(place.resolve("there")).update(9, old -> Optional.of(CONTENT))),
                Named.of("EnvFile.open", place -> EnvFile.open(EnvFile.profile(place, "production"))),
                Named.of("EnvFile.lint", place -> EnvFile.lint(place.resolve("there"))),
                Named.of("SecretSource.envFile", place -> SecretSource.envFile(place.resolve("there"))),
                Named.of(
                        "KeyPairFiles.writePem",
                        place -> KeyPairFiles.at(place, "x").writePem(PAIR)),
                Named.of(
                        "KeyPairFiles.writeJwk",
                        place -> KeyPairFiles.at(place, "x").writeJwk(PAIR)),
                Named.of("FileRingStore.load", place -> new FileRingStore(place).load("ring")),
                Named.of(
                        "FileRingStore.compareAndSet",
                        place -> new FileRingStore(place).compareAndSet("ring", 0, CONTENT)),
                Named.of("KeyRing", place -> ring(new FileRingStore(place))),
                Named.of(
                        "AesKeyEncryptionKey.ofKeyStore",
                        place -> AesKeyEncryptionKey.ofKeyStore(place.resolve("there"), Secret.of("changeit"), "a")),
                Named.of(
                        "SecretKeyStore",
                        place -> SecretKeyStore.builder()
                                .file(place.resolve("there"))
                                .password(Secret.of("changeit"))
                                .build()
                                .read()));
    }

    /** These may do their work where there are modes, though no users. */
    static Stream<Named<Consumer<Path>>> entriesThatAskForModesAlone() {
        return Stream.of(
                Named.of(
                        "SecretDirectory",
                        place -> SecretDirectory.builder().folder(place).build().read()),
                Named.of("FileSealer.seal", place -> sealer().seal(plain(), place.resolve("x"), PLACE)),
                Named.of("FileSealer.open", place -> sealer().open(plain(), place.resolve("x"), PLACE)),
                Named.of(
                        "Baseline.write",
                        place -> Baseline.create(new SecureRandom()).write(place.resolve("x"))));
    }

    static Stream<Named<Consumer<Path>>> entriesOfGit() {
        return Stream.of(
                Named.of("PreCommitHook.install", place -> PreCommitHook.install(place, List.of("true"))),
                Named.of(
                        "RepositoryScanner.scanStaged",
                        place -> RepositoryScanner.builder().build().scanStaged(place)));
    }

    private static KeyRing ring(RingStore store) {
        return KeyRing.builder()
                .name("ring")
                .kind(KeyKind.AES_256)
                .store(store)
                .keyEncryptionKey(Secret.of("k".repeat(64)))
                .build();
    }

    private static FileSealer sealer() {
        return Sealer.of(ring(new InMemoryRingStore())).files();
    }

    private static Path plain() {
        return Path.of("pom.xml");
    }

    @ParameterizedTest
    @MethodSource({"entries", "entriesThatAskForModesAlone"})
    void entry_fileSystemWithoutModes_isRefusedWithTheReasonAndWritesNothing(Consumer<Path> entry) throws IOException {
        try (FileSystem archive = archive("false")) {
            Path place = archive.getPath("/place");

            RuntimeException refused = assertThrows(RuntimeException.class, () -> entry.accept(place));

            assertOurs(refused);
            assertTrue(messages(refused).contains("without POSIX permissions"), refused::toString);
            assertTrue(messages(refused).contains("/place"), refused::toString);
            assertEquals(List.of("/place/there"), names(place));
        }
    }

    @ParameterizedTest
    @MethodSource("entries")
    void entry_fileSystemWithoutUsers_isRefusedWithTheReasonAndWritesNothing(Consumer<Path> entry) throws IOException {
        try (FileSystem archive = archive("true")) {
            Path place = archive.getPath("/place");

            RuntimeException refused = assertThrows(RuntimeException.class, () -> entry.accept(place));

            assertOurs(refused);
            assertTrue(
                    messages(refused).contains("tells neither its user by number nor hard links"), refused::toString);
            assertEquals(List.of("/place/there"), names(place));
        }
    }

    @ParameterizedTest
    @MethodSource({"entriesThatAskForModesAlone", "entriesOfGit"})
    void entry_fileSystemWithModesAlone_worksOrIsRefusedInOurTerms(Consumer<Path> entry) throws IOException {
        try (FileSystem archive = archive("true")) {
            try {
                entry.accept(archive.getPath("/place"));
            } catch (RuntimeException refused) {
                assertOurs(refused);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("entriesOfGit")
    void entry_whereGitCannotSee_isRefused(Consumer<Path> entry) throws IOException {
        try (FileSystem archive = archive("false")) {
            assertOurs(assertThrows(RuntimeException.class, () -> entry.accept(archive.getPath("/place"))));
        }
    }

    @Test
    void guard_whereGitCannotSee_saysSo() throws IOException {
        try (FileSystem archive = archive("false")) {
            GuardReport report = GitGuard.of(archive.getPath("/place")).build().apply();

            assertTrue(
                    assertInstanceOf(GuardReport.Unguarded.class, report)
                            .toString()
                            .contains("git cannot see"),
                    report::toString);
            assertFalse(Files.exists(archive.getPath("/place/.gitignore")));
        }
    }

    /** What holds no secret may lie anywhere. */
    @Test
    void knownSecretsAndBaseline_inAnArchive_areRead() throws IOException {
        try (FileSystem archive = archive("false")) {
            Path list = Files.writeString(archive.getPath("/place/list"), "hunter2hunter2\n");

            assertTrue(KnownSecrets.fromFile(list).contains(Secret.of("hunter2hunter2")));
            assertEquals(Optional.empty(), Baseline.read(archive.getPath("/place/none")));
        }
    }

    private FileSystem archive(String posix) throws IOException {
        FileSystem archive = FileSystems.newFileSystem(
                folder.resolve("a.zip"), Map.of("create", "true", "enablePosixFileAttributes", posix));
        Files.createDirectory(archive.getPath("/place"));
        Files.write(archive.getPath("/place/there"), new byte[] {'A', '=', '1', '\n'});
        return archive;
    }

    private static void assertOurs(RuntimeException refused) {
        assertTrue(
                refused instanceof SecretsUnavailableException || refused instanceof SecretsConfigurationException,
                () -> CanaryTest.trace(refused));
    }

    private static String messages(Throwable thrown) {
        StringBuilder messages = new StringBuilder();
        for (Throwable each = thrown; each != null; each = each.getCause()) {
            messages.append(each.getMessage()).append('\n');
        }
        return messages.toString();
    }

    private static List<String> names(Path place) throws IOException {
        try (Stream<Path> listed = Files.list(place)) {
            return listed.map(Path::toString).sorted().toList();
        }
    }
}
