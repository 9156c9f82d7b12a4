package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Python's cryptography, from version 50 on, has the same format: it reads what we write and we read what it writes. */
class ForeignImplementationTest {
    private static final String SCRIPT = """
            import sys
            from cryptography.cobblestone import Cobblestone256Encryptor, Cobblestone256Decryptor
            way, key, context, source, target = sys.argv[1:]
            kind = Cobblestone256Encryptor if way == 'seal' else Cobblestone256Decryptor
            worker = kind(bytes.fromhex(key), bytes.fromhex(context))
            data = open(source, 'rb').read()
            open(target, 'wb').write(worker.update(data) + worker.finalize())
            """;
    private static final String ID = "0123456789abcdef";
    private static final SealContext PLACE = SealContext.of("user", "email", "42");

    private final byte[] key = Arrays.copyOf(Vector.plain(40), 32);

    @TempDir
    private Path folder;

    private int python(String... arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("python3", "-c");
        builder.command().addAll(List.of(arguments));
        try {
            Process process = builder.redirectErrorStream(true)
                    .redirectOutput(folder.resolve("output").toFile())
                    .start();
            return process.waitFor(60, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (IOException missing) {
            return -1;
        }
    }

    private byte[] foreign(String way, byte[] data) throws IOException, InterruptedException {
        assumeTrue(
                python("import cryptography.cobblestone") == 0,
                "SKIPPED: python3 with the package cryptography >= 50 is needed to check the format against it");
        Path source = Files.write(folder.resolve("source"), data);
        Path target = folder.resolve("target");
        byte[] header = SealFormat.header(ID);
        byte[] context = ByteBuffer.allocate(4 + header.length + PLACE.encoded().length)
                .putInt(header.length)
                .put(header)
                .put(PLACE.encoded())
                .array();
        HexFormat hex = HexFormat.of();
        int code =
                python(SCRIPT, way, hex.formatHex(key), hex.formatHex(context), source.toString(), target.toString());
        assertEquals(0, code, () -> "python said: " + output());
        return Files.readAllBytes(target);
    }

    private String output() {
        try {
            return Files.readString(folder.resolve("output"));
        } catch (IOException missing) {
            return missing.toString();
        }
    }

    @Tag("secrets:E2")
    @Test
    void foreign_opensWhatWeSeal() throws Exception {
        byte[] plain = Vector.plain(50_000);
        Sealer sealer = new FixedKeys(ID, key).sealer(Vector.plain(SealFormat.SALT));
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        try (OutputStream out = sealer.sealing(message, PLACE)) {
            out.write(plain);
        }

        byte[] foreignPart = Arrays.copyOfRange(message.toByteArray(), SealFormat.HEADER, message.size());

        assertArrayEquals(plain, foreign("open", foreignPart));
    }

    @Tag("secrets:E2")
    @Test
    void foreign_sealsWhatWeOpen() throws Exception {
        byte[] plain = Vector.plain(2 * SealFormat.CHUNK);

        byte[] foreignPart = foreign("seal", plain);

        byte[] message = Arrays.copyOf(SealFormat.header(ID), SealFormat.HEADER + foreignPart.length);
        System.arraycopy(foreignPart, 0, message, SealFormat.HEADER, foreignPart.length);
        Sealer sealer = new FixedKeys(ID, key).sealer(new byte[SealFormat.SALT]);
        assertArrayEquals(plain, sealer.open(message, PLACE).value().orElseThrow());
    }
}
