package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.secrets.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("secrets:E6")
class KeyWrapTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String KEK_3394 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private static final String DATA_3394 = "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f";
    private static final String WRAPPED_3394 =
            "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21";

    @TempDir
    Path folder;

    private static Secret secret(String hex) {
        return Secret.of(HEX.parseHex(hex));
    }

    /** RFC 5649, section 6. */
    @ParameterizedTest
    @CsvSource({
        "c37b7e6492584340bed12207808941155068f738,"
                + "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
        "466f7250617369,afbeb0f07dfbf5419200f2ccb50bb24f"
    })
    void wrap_vectorsOfRfc5649_areMet(String key, String wrapped) {
        byte[] kek = HEX.parseHex("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8");

        assertEquals(wrapped, HEX.formatHex(KeyWrap.wrap(kek, secret(key))));
        assertTrue(KeyWrap.unwrap(kek, HEX.parseHex(wrapped)).orElseThrow().matches(secret(key)));
    }

    /** RFC 3394, section 4.6: the plain key wrap, which must not be taken for the padded one. */
    @Test
    void unwrap_plainKeyWrapOfRfc3394_isRefused() throws Exception {
        Cipher plain = Cipher.getInstance("AES/KW/NoPadding");
        plain.init(Cipher.WRAP_MODE, new SecretKeySpec(HEX.parseHex(KEK_3394), "AES"));
        byte[] wrapped = plain.wrap(new SecretKeySpec(HEX.parseHex(DATA_3394), "AES"));

        assertEquals(WRAPPED_3394, HEX.formatHex(wrapped));
        assertEquals(Optional.empty(), KeyWrap.unwrap(HEX.parseHex(KEK_3394), wrapped));
    }

    @Test
    void unwrap_anyOtherLength_isRefusedUnread() {
        Secret kek = secret(KEK_3394);
        byte[] context = {1};
        for (int length = 0; length <= 64; length++) {
            byte[] wrapped = KeyWrap.wrap(kek, secret(DATA_3394), context);
            byte[] other = java.util.Arrays.copyOf(wrapped, length);

            assertEquals(
                    length == KeyWrap.WRAPPED_BYTES,
                    KeyWrap.unwrap(kek, other, context).isPresent());
        }
    }

    @Test
    void wrap_contexts_areKeptApart() {
        Secret kek = secret(KEK_3394);
        byte[] one = KeyWrap.wrap(kek, secret(DATA_3394), new byte[] {1});
        byte[] two = KeyWrap.wrap(kek, secret(DATA_3394), new byte[] {2});

        assertNotEquals(HEX.formatHex(one), HEX.formatHex(two));
        assertEquals(Optional.empty(), KeyWrap.unwrap(kek, one, new byte[] {2}));
        assertEquals(Optional.empty(), KeyWrap.unwrap(kek, one, new byte[0]));
    }

    @Test
    void wrap_openssl_makesTheSame() throws IOException, InterruptedException {
        Path input = Files.write(folder.resolve("in"), HEX.parseHex(DATA_3394));
        Path output = folder.resolve("out");
        assumeTrue(
                ran(
                        "openssl",
                        "enc",
                        "-e",
                        "-id-aes256-wrap-pad",
                        "-K",
                        KEK_3394,
                        "-iv",
                        "a65959a6",
                        "-in",
                        input.toString(),
                        "-out",
                        output.toString()),
                "openssl with id-aes256-wrap-pad is not here: key wrap is not compared with a foreign program");

        assertArrayEquals(Files.readAllBytes(output), KeyWrap.wrap(HEX.parseHex(KEK_3394), secret(DATA_3394)));
    }

    private boolean ran(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("log").toFile())
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException absent) {
            return false;
        }
    }
}
