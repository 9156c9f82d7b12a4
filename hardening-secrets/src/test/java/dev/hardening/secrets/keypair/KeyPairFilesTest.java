package dev.hardening.secrets.keypair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SeededSecureRandom;
import dev.hardening.secrets.keypair.KeyPairFiles.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:G5")
@Tag("slow")
class KeyPairFilesTest {
    @TempDir
    Path folder;

    private static MadeKeyPair pair(String seed, KeyPairKind kind) {
        return KeyPairMaker.create(new SeededSecureRandom(seed)).next(kind);
    }

    @Test
    @Tag("secrets:W1")
    void write_newName_givesThePrivateHalfToItsOwnerOnly() throws IOException {
        MadeKeyPair pair = pair("write", KeyPairKind.EC_P256);
        KeyPairFiles files = KeyPairFiles.at(folder, "signing");

        assertEquals(written(".pem", ".pub.pem"), files.writePem(pair));
        assertEquals(written(".jwk", ".pub.jwks"), files.writeJwk(pair));

        assertEquals(pair.privatePem().reveal(), Files.readString(folder.resolve("signing.pem")));
        assertEquals(pair.publicPem(), Files.readString(folder.resolve("signing.pub.pem")));
        assertEquals(pair.privateJwk().reveal(), Files.readString(folder.resolve("signing.jwk")));
        assertEquals(pair.publicJwkSet() + "\n", Files.readString(folder.resolve("signing.pub.jwks")));
        for (String end : List.of(".pem", ".jwk")) {
            assertEquals("rw-------", mode("signing" + end));
        }
        for (String end : List.of(".pub.pem", ".pub.jwks")) {
            assertEquals("rw-r--r--", mode("signing" + end));
        }
    }

    @Test
    @Tag("secrets:W4")
    void write_privateHalfThere_keepsBothHalves() throws IOException {
        KeyPairFiles files = KeyPairFiles.at(folder, "signing");
        MadeKeyPair first = pair("first", KeyPairKind.ED25519);
        files.writePem(first);

        Outcome outcome = files.writePem(pair("second", KeyPairKind.ED25519));

        assertEquals(new Outcome.Kept(folder.resolve("signing.pem")), outcome);
        assertEquals(first.privatePem().reveal(), Files.readString(folder.resolve("signing.pem")));
        assertEquals(first.publicPem(), Files.readString(folder.resolve("signing.pub.pem")));
    }

    @Test
    @Tag("secrets:W4")
    void write_publicHalfWhosePrivateOneIsElsewhere_isKept() throws IOException {
        KeyPairFiles files = KeyPairFiles.at(folder, "signing");
        MadeKeyPair first = pair("first", KeyPairKind.ED25519);
        MadeKeyPair second = pair("second", KeyPairKind.ED25519);
        files.writePem(first);
        files.writeJwk(first);
        Files.delete(folder.resolve("signing.pem"));
        Files.delete(folder.resolve("signing.jwk"));

        assertEquals(new Outcome.Kept(folder.resolve("signing.pub.pem")), files.writePem(second));
        assertEquals(new Outcome.Kept(folder.resolve("signing.pub.jwks")), files.writeJwk(second));

        assertEquals(first.publicPem(), Files.readString(folder.resolve("signing.pub.pem")));
        assertEquals(first.publicJwkSet() + "\n", Files.readString(folder.resolve("signing.pub.jwks")));
        assertFalse(Files.exists(folder.resolve("signing.pem")));
        assertFalse(Files.exists(folder.resolve("signing.jwk")));
    }

    @Test
    @Tag("secrets:W4")
    void write_atTheSameTime_oneWritesBothHalves() throws Exception {
        List<MadeKeyPair> pairs = IntStream.range(0, 8)
                .mapToObj(i -> pair("race " + i, KeyPairKind.ED25519))
                .toList();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        int written = 0;
        try {
            List<Callable<Outcome>> writes = pairs.stream()
                    .<Callable<Outcome>>map(
                            each -> () -> KeyPairFiles.at(folder, "race").writePem(each))
                    .toList();
            for (Future<Outcome> write : threads.invokeAll(writes)) {
                written += write.get() instanceof Outcome.Written ? 1 : 0;
            }
        } finally {
            threads.shutdownNow();
        }

        assertEquals(1, written);
        String privateHalf = Files.readString(folder.resolve("race.pem"));
        MadeKeyPair winner = pairs.stream()
                .filter(each -> each.privatePem().reveal().equals(privateHalf))
                .findFirst()
                .orElseThrow();
        assertEquals(winner.publicPem(), Files.readString(folder.resolve("race.pub.pem")));
    }

    @Test
    @Tag("secrets:W2")
    void write_privateHalfFails_leavesNoPrivateHalfAndCanBeTriedAgain() throws IOException {
        Path inTheWay = Files.createDirectories(folder.resolve(".signing.pem.tmp/full"));
        KeyPairFiles files = KeyPairFiles.at(folder, "signing");
        MadeKeyPair second = pair("second", KeyPairKind.ED25519);

        assertThrows(SecretsUnavailableException.class, () -> files.writePem(pair("first", KeyPairKind.ED25519)));
        assertFalse(Files.exists(folder.resolve("signing.pem")));
        assertFalse(Files.exists(folder.resolve("signing.pub.pem")));

        Files.delete(inTheWay);
        assertInstanceOf(Outcome.Written.class, files.writePem(second));
        assertEquals(second.publicPem(), Files.readString(folder.resolve("signing.pub.pem")));
    }

    @Test
    @Tag("secrets:A2")
    void write_linksInPlaceOfTheFiles_areRefused() throws IOException {
        Path victim = Files.writeString(folder.resolve("victim"), "mine");
        MadeKeyPair pair = pair("links", KeyPairKind.ED25519);
        Files.createSymbolicLink(folder.resolve("a.pem"), victim);
        Files.createSymbolicLink(folder.resolve("b.pub.pem"), victim);

        assertThrows(
                SecretsConfigurationException.class,
                () -> KeyPairFiles.at(folder, "a").writePem(pair));
        assertThrows(
                SecretsConfigurationException.class,
                () -> KeyPairFiles.at(folder, "b").writePem(pair));

        assertEquals("mine", Files.readString(victim));
        assertFalse(Files.exists(folder.resolve("b.pem")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../x", "a/b", ".hidden", "a.b", "-x"})
    void at_nameThatIsNone_isRefused(String name) {
        assertThrows(IllegalArgumentException.class, () -> KeyPairFiles.at(folder, name));
    }

    @ParameterizedTest
    @EnumSource
    void openssl_anyKind_readsTheSamePublicHalf(KeyPairKind kind) throws Exception {
        assumeTrue(runs("openssl", "version"), "openssl is not installed: its reading of PEM files is not tested");
        MadeKeyPair pair = pair("openssl " + kind, kind);
        KeyPairFiles.at(folder, "foreign").writePem(pair);

        assertEquals(
                pair.publicPem(),
                output("openssl", "pkey", "-in", folder.resolve("foreign.pem").toString(), "-pubout"));
        assertEquals(
                pair.publicPem(),
                output(
                        "openssl",
                        "pkey",
                        "-pubin",
                        "-in",
                        folder.resolve("foreign.pub.pem").toString(),
                        "-pubout"));
    }

    @ParameterizedTest
    @EnumSource
    void node_anyKind_readsTheSamePublicHalfFromBothJwks(KeyPairKind kind) throws Exception {
        assumeTrue(runs("node", "--version"), "node is not installed: its reading of JWK files is not tested");
        MadeKeyPair pair = pair("node " + kind, kind);
        KeyPairFiles.at(folder, "foreign").writeJwk(pair);
        String script = """
                const {createPrivateKey, createPublicKey} = require('crypto');
                const read = end => JSON.parse(require('fs').readFileSync(process.argv[1] + end));
                const own = createPrivateKey({key: read('.jwk'), format: 'jwk'});
                const both = [createPublicKey(own), createPublicKey({key: read('.pub.jwks').keys[0], format: 'jwk'})];
                process.stdout.write(both.map(key => key.export({type: 'spki', format: 'pem'})).join(''));
                """;

        String read = output("node", "-e", script, folder.resolve("foreign").toString());

        assertEquals(pair.publicPem() + pair.publicPem(), read);
    }

    private Outcome written(String privateEnd, String publicEnd) {
        return new Outcome.Written(folder.resolve("signing" + privateEnd), folder.resolve("signing" + publicEnd));
    }

    private String mode(String name) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name)));
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException absent) {
            return false;
        }
    }

    private static String output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), text);
        return text;
    }
}
