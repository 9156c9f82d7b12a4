package dev.hardening.secrets.certificate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.testing.FakeClock;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:G5")
class Pkcs12Test {
    private static final String PASSPHRASE = "a-passphrase-for-tests-only";

    @TempDir
    private Path folder;

    private final FakeClock clock = FakeClock.create();

    private Pkcs12 of(LeafKey kind) {
        KeyPair pair = kind.make(new SecureRandom());
        return Pkcs12.builder()
                .pair(pair.getPrivate(), pair.getPublic())
                .name("signing key")
                .clock(clock)
                .build();
    }

    private Path written(LeafKey kind) {
        Path file = folder.resolve("key.p12");
        of(kind).write(file, Secret.of(PASSPHRASE));
        return file;
    }

    @ParameterizedTest
    @EnumSource
    void file_ofEachKind_isReadByTheKeyStoreOfJava(LeafKey kind) throws Exception {
        Pkcs12 packed = of(kind);

        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new ByteArrayInputStream(packed.encode(Secret.of(PASSPHRASE))), PASSPHRASE.toCharArray());

        assertEquals(packed.certificate(), store.getCertificate("key"));
        assertTrue(store.isKeyEntry("key"));
        assertEquals(1, store.size());
        packed.certificate().verify(packed.certificate().getPublicKey());
    }

    @ParameterizedTest
    @EnumSource
    @Tag("ASVS-11.4.4")
    void file_ofEachKind_isReadByOpenSslAndStronglyEncrypted(LeafKey kind) throws Exception {
        ForeignProgram openssl = ForeignProgram.installed("openssl");
        Path file = written(kind);

        ForeignProgram.Answer answer =
                openssl.run("pkcs12", "-in", file, "-info", "-noout", "-passin", "pass:" + PASSPHRASE);

        assertEquals(0, answer.status(), answer.output());
        String seen = answer.output();
        assertEquals(
                2, seen.split("PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256", -1).length - 1, seen);
        assertTrue(seen.contains("MAC: sha256, Iteration 10000"), seen);
        assertFalse(seen.contains("RC2") || seen.contains("3DES") || seen.contains("SHA1"), seen);
    }

    @ParameterizedTest
    @EnumSource
    void keyAndCertificate_inOpenSsl_belongTogether(LeafKey kind) throws Exception {
        ForeignProgram openssl = ForeignProgram.installed("openssl");
        Path file = written(kind);
        String pass = "pass:" + PASSPHRASE;
        Path key = folder.resolve("key.pem");
        Path certificate = folder.resolve("certificate.pem");

        assertEquals(
                0,
                openssl.run("pkcs12", "-in", file, "-nocerts", "-nodes", "-out", key, "-passin", pass)
                        .status());
        assertEquals(
                0,
                openssl.run("pkcs12", "-in", file, "-nokeys", "-out", certificate, "-passin", pass)
                        .status());

        assertEquals(
                openssl.run("pkey", "-in", key, "-pubout").output(),
                openssl.run("x509", "-in", certificate, "-noout", "-pubkey").output());
    }

    @Test
    void file_always_isReadByKeytool() throws Exception {
        ForeignProgram keytool = ForeignProgram.installed("keytool");

        ForeignProgram.Answer answer = keytool.run(
                "-list",
                "-v",
                "-storetype",
                "PKCS12",
                "-keystore",
                written(LeafKey.RSA_3072),
                "-storepass",
                PASSPHRASE);

        assertEquals(0, answer.status(), answer.output());
        assertTrue(answer.output().contains("CN=signing key"), answer.output());
        assertTrue(answer.output().contains("PrivateKeyEntry"), answer.output());
        assertTrue(answer.output().contains("3072-bit RSA"), answer.output());
    }

    @Test
    @Tag("secrets:W1")
    void file_always_isTheOwnersAlone() throws Exception {
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(written(LeafKey.ED25519))));
    }

    @Test
    void issuedCertificate_packed_keepsItsChain() throws Exception {
        IssuedCertificate issued = DevelopmentAuthority.builder()
                .folder(folder)
                .domains("localhost")
                .clock(clock)
                .build()
                .leaf()
                .name("localhost")
                .issue();

        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new ByteArrayInputStream(issued.pkcs12().encode(Secret.of(PASSPHRASE))), PASSPHRASE.toCharArray());

        assertEquals(issued.chain(), List.of(store.getCertificateChain("key")));
    }

    @ParameterizedTest
    @Tag("secrets:S1")
    @ValueSource(strings = {"nineteen-characters", "a-passphrase-with-an-\u00fc", "a-passphrase-with-a-\n-line"})
    void passphrase_thatIsShortOrOdd_isRefusedAndNotRepeated(String passphrase) {
        Pkcs12 packed = of(LeafKey.ED25519);

        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> packed.encode(Secret.of(passphrase)));

        assertFalse(String.valueOf(refused.getMessage()).contains(passphrase.substring(0, 8)));
    }

    @Test
    void passphrase_ofTwentyCharacters_isTaken() {
        assertTrue(of(LeafKey.ED25519).encode(Secret.of("t".repeat(20))).length > 0);
        assertThrows(IllegalArgumentException.class, () -> of(LeafKey.ED25519).encode(Secret.of("t".repeat(1025))));
    }

    @Test
    void build_withNothing_listsEveryFault() {
        SecretsConfigurationException refused = assertThrows(
                SecretsConfigurationException.class,
                () -> Pkcs12.builder().lifetime(Duration.ZERO).build());

        assertEquals(3, refused.faults().size(), refused.getMessage());
    }

    @Test
    void pair_thatIsWeakOrNotOne_isRefused() throws Exception {
        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(2048);
        KeyPair weak = rsa.generateKeyPair();
        KeyPair one = LeafKey.EC_P256.make(new SecureRandom());
        KeyPair other = LeafKey.EC_P256.make(new SecureRandom());

        assertRefused("at least 3072", new KeyPair(weak.getPublic(), weak.getPrivate()));
        assertRefused("halves of one pair", new KeyPair(one.getPublic(), other.getPrivate()));
        assertRefused("halves of one pair", new KeyPair(one.getPublic(), weak.getPrivate()));
    }

    private static void assertRefused(String part, KeyPair pair) {
        SecretsConfigurationException refused = assertThrows(
                SecretsConfigurationException.class,
                () -> Pkcs12.builder()
                        .pair(pair.getPrivate(), pair.getPublic())
                        .name("x")
                        .build());
        assertTrue(String.valueOf(refused.getMessage()).contains(part), refused.getMessage());
    }
}
