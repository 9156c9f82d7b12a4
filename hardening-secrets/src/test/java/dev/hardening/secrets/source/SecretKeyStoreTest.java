package dev.hardening.secrets.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SecretsUnavailableException.Reason;
import dev.hardening.secrets.source.SourceState.Freshness;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("secrets:R2")
class SecretKeyStoreTest {
    private static final String PASSWORD = "store-password";

    @TempDir
    Path folder;

    private Path write(Map<String, byte[]> keys) throws Exception {
        return write("PKCS12", keys);
    }

    private Path write(String type, Map<String, byte[]> keys) throws Exception {
        KeyStore store = KeyStore.getInstance(type);
        store.load(null, null);
        KeyStore.ProtectionParameter protection = new KeyStore.PasswordProtection(PASSWORD.toCharArray());
        for (Map.Entry<String, byte[]> key : keys.entrySet()) {
            store.setEntry(
                    key.getKey(), new KeyStore.SecretKeyEntry(new SecretKeySpec(key.getValue(), "AES")), protection);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        store.store(bytes, PASSWORD.toCharArray());
        Path file = folder.resolve("store.p12");
        PrivateFile.at(file).replace(bytes.toByteArray());
        return file;
    }

    private static SecretReader reader(Path file, String password) {
        return SecretKeyStore.builder().file(file).password(Secret.of(password)).build();
    }

    @Test
    void read_secretKeys_areFoundByAliasInUpperCase() throws Exception {
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) 0x80);
        Path file = write(Map.of("ENCRYPTION_KEY", key, "other", new byte[] {1}));

        SecretReading reading = reader(file, PASSWORD).read();

        assertEquals(Set.of("ENCRYPTION_KEY", "OTHER"), reading.names());
        assertArrayEquals(key, reading.find("ENCRYPTION_KEY").orElseThrow().use(byte[]::clone));
        assertEquals(List.of(), reading.findings());
    }

    @Test
    void read_wrongPassword_isUnavailableForThatReason() throws Exception {
        Path file = write(Map.of("A", new byte[] {1}));

        var wrong = assertThrows(
                SecretsUnavailableException.class,
                () -> reader(file, "canary-password").read());

        assertEquals(Reason.WRONG_KEY, wrong.reason());
        assertEquals(file + " does not open with the password given, or was changed", wrong.getMessage());
    }

    @Test
    @Tag("secrets:A10")
    void read_cutAtAnyPlace_neverGivesValues() throws Exception {
        Path file = write(Map.of("A", "canary-value".getBytes(StandardCharsets.US_ASCII)));
        byte[] whole = Files.readAllBytes(file);

        for (int length = 0; length < whole.length; length += 7) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThrows(
                    SecretsUnavailableException.class,
                    () -> reader(file, PASSWORD).read());
        }
    }

    @Test
    void read_olderFormat_isRefused() throws Exception {
        Path file = write("JCEKS", Map.of("A", new byte[] {1}));

        var refused = assertThrows(
                SecretsUnavailableException.class, () -> reader(file, PASSWORD).read());

        assertEquals(file + " is not a PKCS#12 key store", refused.getMessage());
    }

    @Test
    void read_fileThatOthersMayRead_isRefused() throws Exception {
        Path file = write(Map.of("A", new byte[] {1}));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        assertThrows(
                SecretsConfigurationException.class,
                () -> reader(file, PASSWORD).read());
    }

    @Test
    void read_noFileOrTooLarge_isRefused() throws Exception {
        Path file = folder.resolve("store.p12");
        assertThrows(
                SecretsUnavailableException.class, () -> reader(file, PASSWORD).read());
        PrivateFile.at(file).replace(new byte[(1 << 20) + 1]);

        assertThrows(
                SecretsConfigurationException.class,
                () -> reader(file, PASSWORD).read());
        var faults = assertThrows(SecretsConfigurationException.class, SecretKeyStore.builder()::build);
        assertEquals(List.of("file is missing", "password is missing"), faults.faults());
        var notAscii = assertThrows(SecretsConfigurationException.class, () -> reader(file, "Pässword"));
        assertEquals(List.of("password must be ASCII"), notAscii.faults());
    }

    @Test
    @Tag("secrets:R3")
    void watch_storeReplacedBrokenAndBack_followsAndKeeps() throws Exception {
        Path file = write(Map.of("A", new byte[] {1}));
        ManualScheduler scheduler = new ManualScheduler();
        WatchedSource source = WatchedSource.builder()
                .name("store")
                .reader(reader(file, PASSWORD))
                .scheduler(scheduler)
                .build();

        write(Map.of("A", new byte[] {2}));
        scheduler.run();
        assertEquals(2, source.state().generation());
        Files.write(file, new byte[] {0x30, 0x05});
        scheduler.run();
        assertEquals(Freshness.STALE, source.state().freshness());
        assertArrayEquals(new byte[] {2}, source.find("A").orElseThrow().use(byte[]::clone));
        write(Map.of("A", new byte[] {3}));
        scheduler.run();

        assertEquals(Freshness.FRESH, source.state().freshness());
        assertArrayEquals(new byte[] {3}, source.find("A").orElseThrow().use(byte[]::clone));
        source.close();
    }

    @Test
    void read_storeMadeByKeytool_givesKeysAndImportedPasswords() throws Exception {
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Assumptions.assumeTrue(Files.isExecutable(keytool), "SKIPPED: no keytool in this Java runtime");
        Path file = folder.resolve("made.p12");
        keytool(keytool, file, "", "-genseckey", "-alias", "aes", "-keyalg", "AES", "-keysize", "256");
        keytool(keytool, file, "imported-value\nimported-value\n", "-importpass", "-alias", "Db_Password");
        keytool(keytool, file, "", "-genkeypair", "-alias", "pair", "-keyalg", "EC", "-dname", "CN=x");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));

        SecretReading reading = reader(file, "keytool-password").read();

        assertEquals(Set.of("AES", "DB_PASSWORD", "PAIR"), reading.names());
        assertEquals(32, reading.find("AES").orElseThrow().length());
        assertEquals(
                "imported-value",
                reading.find("DB_PASSWORD").map(Secret::reveal).orElseThrow());
        assertEquals(0x30, (int) reading.find("PAIR").orElseThrow().use(pkcs8 -> pkcs8[0]));
    }

    private static void keytool(Path keytool, Path file, String input, String... arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of(keytool.toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-keystore", file.toString()));
        command.addAll(List.of("-storepass", "keytool-password"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().write(input.getBytes(StandardCharsets.US_ASCII));
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
    }
}
