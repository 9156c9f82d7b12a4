package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.secrets.EnvFile;
import dev.hardening.secrets.jdbc.JdbcRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The executable jar, as a process of its own. */
class CommandLineIT {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/secrets/db/V1__key_rings.sql");

    private static final String KEY =
            "-----BEGIN PRIVATE " + "KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n";

    @TempDir
    Path home;

    private static Path jar() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("target"))) {
            return files.filter(file -> file.getFileName().toString().endsWith("-cli.jar"))
                    .findFirst()
                    .orElseThrow()
                    .toAbsolutePath();
        }
    }

    private Cli.Said run(String... words) throws Exception {
        return run(Map.of(), List.of(words));
    }

    private Cli.Said run(Map<String, String> environment, List<String> words) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-jar",
                jar().toString()));
        command.addAll(words);
        return process(environment, command);
    }

    private Cli.Said process(Map<String, String> environment, List<String> command) throws Exception {
        Path out = Files.createTempFile("command", ".out");
        Path err = Files.createTempFile("command", ".err");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(home.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().putAll(environment);
            int exit = builder.start().waitFor();
            return new Cli.Said(exit, Files.readString(out), Files.readString(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    private void git(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("git", "-c", "user.name=a", "-c", "user.email=a@b.test"));
        command.addAll(List.of(words));
        Cli.Said said = process(Map.of(), command);
        assertEquals(0, said.exit(), said.all());
    }

    private static boolean gitIsThere() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "git")));
    }

    @Test
    @Tag("secrets:W1")
    @Tag("secrets:W4")
    @Tag("secrets:W6")
    void init_inARepository_isPrivateIgnoredAndIdempotent() throws Exception {
        assumeTrue(gitIsThere(), "SKIPPED: there is no git here");
        git("init", "-q", ".");
        Cli.Said first = run("init");
        Path file = home.resolve(".env.production");
        byte[] before = Files.readAllBytes(file);

        Cli.Said second = run("init");

        assertEquals(0, first.exit(), first.all());
        assertEquals("", first.err());
        assertEquals(0, second.exit(), second.all());
        assertArrayEquals(before, Files.readAllBytes(file));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        git("check-ignore", "-q", ".env.production");
    }

    @Test
    void hook_plantedKey_endsTheCommit() throws Exception {
        assumeTrue(gitIsThere(), "SKIPPED: there is no git here");
        git("init", "-q", ".");
        Cli.Said hook = run("scan", "--install-hook");
        Files.writeString(home.resolve("planted.txt"), KEY);
        git("add", "planted.txt");

        Cli.Said commit = process(
                Map.of(), List.of("git", "-c", "user.name=a", "-c", "user.email=a@b.test", "commit", "-q", "-m", "a"));

        assertEquals(0, hook.exit(), hook.all());
        assertNotEquals(0, commit.exit());
        assertTrue(commit.all().contains("planted.txt"), commit.all());
        assertEquals(1, run("scan").exit());
    }

    @Test
    void hook_ofAJarOfAnyName_neverRunsAJarOfTheRepository() throws Exception {
        assumeTrue(gitIsThere(), "SKIPPED: there is no git here");
        Files.copy(jar(), home.resolve("hs.jar"));
        Path repository = Files.createDirectory(home.resolve("repository"));
        git("init", "-q", "repository");
        Files.writeString(repository.resolve("hs.jar"), "not a jar: to run it fails");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Cli.Said hook = process(Map.of(), List.of(java, "-jar", "hs.jar", "scan", "repository", "--install-hook"));
        Files.writeString(repository.resolve("clean.txt"), "nothing here\n");
        git("-C", "repository", "add", "clean.txt");

        git("-C", "repository", "commit", "-q", "-m", "clean");

        assertEquals(0, hook.exit(), hook.all());
        Files.writeString(repository.resolve("planted.txt"), KEY);
        git("-C", "repository", "add", "planted.txt");
        Cli.Said refused = process(
                Map.of(),
                List.of(
                        "git",
                        "-C",
                        "repository",
                        "-c",
                        "user.name=a",
                        "-c",
                        "user.email=a@b.test",
                        "commit",
                        "-q",
                        "-m",
                        "planted"));
        assertNotEquals(0, refused.exit());
        assertTrue(refused.all().contains("planted.txt"), refused.all());
    }

    @Test
    @Tag("secrets:W5")
    void secrets_everyVerbAsAProcess_areNeverSaid() throws Exception {
        assertFalse(EveryVerb.once(home, this::run).run().isEmpty());
    }

    @Test
    @Tag("secrets:E5")
    void ring_inADatabase_isRotatedForTheServiceThatRuns() throws Exception {
        run("init", "--no-guard");
        KeyRing service = KeyRing.builder()
                .name("signing")
                .kind(KeyKind.EC_P256)
                .store(new JdbcRingStore(POSTGRES.dataSource()))
                .keyEncryptionKey(EnvFile.open(home.resolve(".env.production"))
                        .find("ENCRYPTION_KEY")
                        .orElseThrow())
                .build();
        String first = service.active().id();

        Cli.Said added = ring("ring", "add");
        service.refresh();
        String second = service.published().get(1).id();
        Cli.Said promoted = ring("ring", "promote", second, "--now");
        service.refresh();

        assertEquals(0, added.exit(), added.all());
        assertEquals(0, promoted.exit(), promoted.all());
        assertEquals(second, service.active().id());
        assertTrue(service.find(first).isPresent());
    }

    private Cli.Said ring(String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--ring", "signing", "--jdbc-url", POSTGRES.jdbcUrl().replaceAll("\\?.*", "")));
        all.addAll(List.of("--jdbc-user", POSTGRES.user(), "--key-env", "ENCRYPTION_KEY"));
        all.addAll(List.of("--env-file", ".env.production"));
        if (!POSTGRES.password().isEmpty()) {
            all.addAll(List.of("--jdbc-password-env", "DB_PASSWORD"));
        }
        return run(Map.of("DB_PASSWORD", POSTGRES.password()), all);
    }

    @Test
    void answer_intoAFullDevice_isNoSuccess() throws Exception {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "SKIPPED: this system has no /dev/full");

        int exit = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        jar().toString(),
                        "passphrase",
                        "--print")
                .directory(home.toFile())
                .redirectOutput(full.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();

        assertEquals(3, exit);
    }

    @Test
    void version_ofTheJar_isThatOfTheModule() throws Exception {
        Cli.Said said = run("--version");

        assertEquals(0, said.exit(), said.all());
        assertTrue(jar().toString().contains(said.out().strip().replace(' ', '-') + "-cli.jar"), said.out());
    }

    @Test
    void jar_always_holdsEachFileOnceAndEachLicence() throws Exception {
        try (JarFile jar = new JarFile(jar().toFile())) {
            List<String> names = jar.stream().map(ZipEntry::getName).toList();
            Set<String> once = new HashSet<>(names);

            assertEquals(names.size(), once.size());
            assertTrue(once.containsAll(List.of("META-INF/LICENSE", "META-INF/NOTICE")));
            assertTrue(names.stream()
                    .noneMatch(name -> name.endsWith("module-info.class")
                            || name.matches("META-INF/.*\\.(SF|RSA|DSA)")
                            || name.startsWith("META-INF/maven/")));
            String notice = new String(
                    jar.getInputStream(jar.getEntry("META-INF/NOTICE")).readAllBytes(),
                    java.nio.charset.StandardCharsets.UTF_8);
            for (String part : List.of("Jackson", "picocli", "Bouncy Castle", "PostgreSQL", "SLF4J")) {
                assertTrue(notice.contains(part), part);
            }
            assertEquals(
                    List.of("true", "dev.hardening.secrets.cli.SecretsCommand"),
                    List.of(
                            jar.getManifest().getMainAttributes().getValue("Multi-Release"),
                            jar.getManifest().getMainAttributes().getValue("Main-Class")));
        }
    }
}
