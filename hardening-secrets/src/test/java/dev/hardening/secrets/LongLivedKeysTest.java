package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * No object of the module keeps a key in a class of the JDK that cannot be wiped, but for those that are listed here with
 * the reason: what lives longer than a call is held in a {@link Secret}.
 */
@Tag("secrets:S3")
class LongLivedKeysTest {
    private static final List<Class<?>> UNWIPED = List.of(
            SecretKey.class,
            PrivateKey.class,
            KeyPair.class,
            Mac.class,
            Cipher.class,
            KeyAgreement.class,
            Signature.class,
            MessageDigest.class);

    /** Fields that hold such an object all the same, and why. */
    private static final Map<String, String> ALLOWED = Map.ofEntries(
            Map.entry("KnownSecrets$Hash.digest", "hashes published secrets, within one call"),
            Map.entry("RecentSecrets.sha256", "hashes for comparison; reset by each digest"),
            Map.entry(
                    "certificate.AuthorityFile.key",
                    "signs certificates of a development authority; the JDK has no private key that can be wiped"),
            Map.entry("certificate.IssuedCertificate.key", "handed to the caller as what it is"),
            Map.entry("certificate.Pkcs12$Builder.privateKey", "on its way into a key store"),
            Map.entry("certificate.Pkcs12.key", "read out of a key store for the caller"),
            Map.entry("keypair.MadeKeyPair.pair", "handed to the caller as what it is"),
            Map.entry("ring.RingKey.privateKey", "signs for as long as the ring accepts it"),
            Map.entry(
                    "seal.ChunkCipher.cipher",
                    "keeps the key of the last message until the next; making one takes longer than sealing"),
            Map.entry(
                    "seal.ExpandKey.inner",
                    "the state that a ring key leads to; dropped when the ring refuses the key"),
            Map.entry("seal.ExpandKey.outer", "as above"),
            Map.entry("tls.Identity.key", "the TLS engine takes nothing else"));

    @Test
    void fields_always_holdNoKeyThatCannotBeWiped() throws IOException, URISyntaxException {
        assumeTrue(
                LongLivedKeysTest.class.getClassLoader().getResource("org/bouncycastle/asn1/ASN1Object.class") != null,
                "SKIPPED: without Bouncy Castle some classes of the module cannot be looked at");
        TreeSet<String> found = new TreeSet<>();
        types().flatMap(LongLivedKeysTest::fields).map(LongLivedKeysTest::name).forEach(found::add);

        assertEquals(new TreeSet<>(ALLOWED.keySet()), found);
        ALLOWED.values().forEach(reason -> assertFalse(reason.isBlank()));
    }

    @Test
    void search_aFieldOfThatKind_isFound() {
        assertEquals(3, fields(Holder.class).count());
    }

    @Test
    void search_always_goesThroughEveryPackage() throws IOException, URISyntaxException {
        List<String> packages =
                types().map(Class::getPackageName).distinct().sorted().toList();

        for (String name : List.of("", ".ring", ".seal", ".vault", ".certificate", ".keypair", ".tls", ".source")) {
            assertTrue(packages.contains("dev.hardening.secrets" + name), packages::toString);
        }
    }

    @SuppressWarnings("unused") // Only there to be found.
    private static final class Holder {
        private javax.crypto.spec.SecretKeySpec key;
        private java.security.interfaces.ECPrivateKey pair;
        private Cipher[] ciphers;
        private String other;
    }

    private static String name(Field field) {
        return field.getDeclaringClass().getName().substring("dev.hardening.secrets.".length()) + "." + field.getName();
    }

    private static Stream<Field> fields(Class<?> type) {
        return Arrays.stream(declared(type)).filter(field -> {
            Class<?> held = field.getType().isArray() ? field.getType().getComponentType() : field.getType();
            return UNWIPED.stream().anyMatch(kind -> kind.isAssignableFrom(held));
        });
    }

    /** Where optional libraries are left out, the classes that need them cannot be looked into; another run does. */
    private static Field[] declared(Class<?> type) {
        try {
            return type.getDeclaredFields();
        } catch (NoClassDefFoundError optional) {
            return new Field[0];
        }
    }

    private static Stream<Class<?>> types() throws IOException, URISyntaxException {
        Path root = Path.of(
                Secret.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.walk(root.resolve("dev/hardening/secrets"))) {
            List<String> names = files.filter(file -> file.toString().endsWith(".class"))
                    .map(file -> root.relativize(file).toString().replace('/', '.'))
                    .filter(name -> !name.endsWith("package-info.class"))
                    .map(name -> name.substring(0, name.length() - ".class".length()))
                    .toList();
            return names.stream().<Class<?>>flatMap(LongLivedKeysTest::loaded).toList().stream();
        }
    }

    private static Stream<Class<?>> loaded(String name) {
        try {
            return Stream.of(Class.forName(name, false, Secret.class.getClassLoader()));
        } catch (NoClassDefFoundError optional) {
            return Stream.empty();
        } catch (ClassNotFoundException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
