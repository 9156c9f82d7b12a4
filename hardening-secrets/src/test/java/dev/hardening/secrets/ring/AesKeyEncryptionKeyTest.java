package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Arrays;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:E6")
class AesKeyEncryptionKeyTest implements KeyEncryptionKeyContract {
    private static final String PASSWORD = "the pass-word of the store";

    @TempDir
    Path folder;

    @Override
    public KeyEncryptionKey key() {
        return AesKeyEncryptionKey.of(Secret.of("k".repeat(32)));
    }

    @Override
    public KeyEncryptionKey anotherKey() {
        return AesKeyEncryptionKey.of(Secret.of("a".repeat(32)));
    }

    @ParameterizedTest
    @ValueSource(ints = {31, 33, 64})
    void of_anyOtherLength_isRefused(int length) {
        Secret wrong = Secret.of("k".repeat(length));

        assertThrows(SecretsConfigurationException.class, () -> AesKeyEncryptionKey.of(wrong));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff",
                "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1EFF",
                "000102030405060708090a0B0c0D0e0F101112131415161718191a1B1c1D1efF"
            })
    void ofHex_sixtyFourDigitsOfEitherCase_isTheKeyOfTheBytes(String text) {
        byte[] bytes = new byte[32];
        for (int i = 0; i < 31; i++) {
            bytes[i] = (byte) i;
        }
        bytes[31] = (byte) 0xff;
        KeyEncryptionKey raw = AesKeyEncryptionKey.of(Secret.of(bytes));
        Secret given = Secret.of(text);

        KeyEncryptionKey key = AesKeyEncryptionKey.ofHex(given);
        given.close();

        assertEquals(raw.id(), key.id());
        byte[] wrapped = raw.wrap(Secret.of("r".repeat(32)), new byte[] {1});
        assertTrue(key.unwrap(wrapped, new byte[] {1}).orElseThrow().matches(Secret.of("r".repeat(32))));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 32, 62, 63, 65, 66, 128})
    void ofHex_anyOtherLength_isRefusedWithoutTheText(int length) {
        refused("cafe0123".repeat(16).substring(0, length));
    }

    @ParameterizedTest
    @ValueSource(strings = {"g", "G", "/", ":", "@", "`", " ", "\n", "\0", "-", "\u007f"})
    void ofHex_anotherCharacter_isRefusedWithoutTheText(String wrong) {
        String text = "cafe0123".repeat(8);

        refused(wrong + text.substring(1));
        refused(text.substring(0, 31) + wrong + text.substring(32));
        refused(text.substring(0, 63) + wrong);
        refused(text + wrong);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u00e9", "\uff11"})
    void ofHex_charactersOfManyBytes_areNoDigits(String wrong) {
        String text = "cafe0123".repeat(8);
        int bytes = wrong.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;

        refused(text.substring(bytes) + wrong);
        refused(text.substring(1) + wrong);
    }

    private static void refused(String text) {
        Secret given = Secret.of(text);

        var refused = assertThrows(SecretsConfigurationException.class, () -> AesKeyEncryptionKey.ofHex(given));

        assertEquals(1, refused.faults().size());
        assertFalse(refused.toString().contains("cafe"), refused.toString());
    }

    @Test
    void of_secretClosedAfterwards_goesOn() {
        Secret given = Secret.of("k".repeat(32));
        AesKeyEncryptionKey key = AesKeyEncryptionKey.of(given);

        given.close();

        assertEquals(48, key.wrap(Secret.of("r".repeat(40)), new byte[] {1}).length);
    }

    @Test
    void id_always_isDerivedFromTheKeyAndSaysNothingOfIt() {
        assertEquals("aes-kwp:", key().id().substring(0, 8));
        assertEquals(
                key().id(), AesKeyEncryptionKey.of(Secret.of("k".repeat(32))).id());
        assertNotEquals(key().id(), anotherKey().id());
    }

    @Test
    void ofKeyStore_aesEntry_isTheSameKeyAsTheRawOne() throws IOException, GeneralSecurityException {
        Path file = store("kek", "k".repeat(32));

        KeyEncryptionKey stored = AesKeyEncryptionKey.ofKeyStore(file, Secret.of(PASSWORD), "kek");

        assertEquals(key().id(), stored.id());
        byte[] wrapped = key().wrap(Secret.of("r".repeat(32)), new byte[] {1});
        assertTrue(stored.unwrap(wrapped, new byte[] {1}).orElseThrow().matches(Secret.of("r".repeat(32))));
    }

    @Test
    void ofKeyStore_anythingWrong_isRefusedWithoutASecret() throws IOException, GeneralSecurityException {
        Path file = store("kek", "k".repeat(32));
        Path shorter = store("short", "k".repeat(16));
        Path garbage = Files.writeString(privately("garbage"), "canary-canary");
        Path open = store("open", "k".repeat(32));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);

        refused(file, "wrong canary", "kek");
        refused(file, PASSWORD, "canary");
        refused(folder.resolve("missing"), PASSWORD, "kek");
        refused(shorter, PASSWORD, "short");
        refused(garbage, PASSWORD, "kek");
        refused(open, PASSWORD, "open");
        refused(link, PASSWORD, "kek");
    }

    private static void refused(Path file, String password, String alias) {
        Secret given = Secret.of(password);

        var refused = assertThrows(
                SecretsConfigurationException.class, () -> AesKeyEncryptionKey.ofKeyStore(file, given, alias));

        assertEquals(1, refused.faults().size());
        assertFalse(refused.toString().contains("canary"), refused.toString());
        assertFalse(refused.toString().contains("the pass-word"), refused.toString());
    }

    @Test
    void ofKeyStore_madeByKeytool_isRead() throws IOException, InterruptedException {
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Path file = folder.resolve("tool.p12");
        assumeTrue(Files.isExecutable(keytool), "keytool is not here: no key store of a foreign program is read");

        Process made = new ProcessBuilder(
                        keytool.toString(),
                        "-genseckey",
                        "-keyalg",
                        "AES",
                        "-keysize",
                        "256",
                        "-alias",
                        "kek",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        "changeit")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        assertEquals(0, made.waitFor(), Files.readString(folder.resolve("log")));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        KeyEncryptionKey key = AesKeyEncryptionKey.ofKeyStore(file, Secret.of("changeit"), "kek");

        byte[] wrapped = key.wrap(Secret.of("r".repeat(32)), new byte[] {1});
        assertTrue(key.unwrap(wrapped, new byte[] {1}).isPresent());
    }

    private Path store(String alias, String key) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        SecretKey entry = new SecretKeySpec(key.getBytes(java.nio.charset.StandardCharsets.US_ASCII), "AES");
        char[] password = PASSWORD.toCharArray();
        store.setEntry(alias, new KeyStore.SecretKeyEntry(entry), new KeyStore.PasswordProtection(password));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        store.store(bytes, password);
        Arrays.fill(password, '\0');
        return Files.write(privately(alias + ".p12"), bytes.toByteArray());
    }

    private Path privately(String name) throws IOException {
        return Files.createFile(
                folder.resolve(name),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
}
