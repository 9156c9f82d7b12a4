package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.hardening.secrets.ring.AesKeyEncryptionKey;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dumps the heap of a real process and looks for the bytes of a secret that it has used and closed. */
@Tag("slow")
@Tag("secrets:S3")
class SecretHeapTest {
    private static final byte MASK = 0x5a;

    @TempDir
    Path folder;

    @Test
    void close_afterUse_leavesNoByteOfTheSecretInTheHeap() throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        try (ChildProcess child = ChildProcess.start(Dumper.class, output, folder.toString())) {
            assertEquals(0, child.waitFor(), () -> read(output));
        }
        byte[] canary = unmasked(read(output).lines().reduce("", (before, last) -> last));

        assertTrue(hits("open.hprof", canary) > 0, "an open secret is in the heap, or this test proves nothing");
        assertEquals(0, hits("closed.hprof", canary));
    }

    private int hits(String dump, byte[] canary) throws IOException {
        byte[] heap = Files.readAllBytes(folder.resolve(dump));
        int hits = 0;
        // Half of it counts too.
        int half = canary.length / 2;
        for (int at = 0; at + half <= heap.length; at++) {
            boolean first = java.util.Arrays.equals(heap, at, at + half, canary, 0, half);
            hits += first || java.util.Arrays.equals(heap, at, at + half, canary, half, canary.length) ? 1 : 0;
        }
        return hits;
    }

    private static byte[] unmasked(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        mask(bytes);
        return bytes;
    }

    private static void mask(byte[] bytes) {
        for (int at = 0; at < bytes.length; at++) {
            bytes[at] ^= MASK;
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            return failure.toString();
        }
    }

    /** Draws a secret, does with it what the module can do, and dumps its heap before and after it is closed. */
    public static final class Dumper {
        private Dumper() {}

        public static void main(String[] arguments) throws IOException {
            byte[] drawn = new byte[32];
            new SecureRandom().nextBytes(drawn);
            byte[] masked = drawn.clone();
            mask(masked);
            HotSpotDiagnosticMXBean heap = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            Path folder = Path.of(arguments[0]);
            Secret secret = Secret.of(drawn);

            use(secret);
            heap.dumpHeap(folder.resolve("open.hprof").toString(), false);
            secret.close();
            // Garbage too: what was left behind unwiped would still be found.
            heap.dumpHeap(folder.resolve("closed.hprof").toString(), false);
            System.out.println(HexFormat.of().formatHex(masked));
        }

        private static void use(Secret secret) {
            for (int round = 0; round < 50; round++) {
                secret.use(bytes -> bytes.length);
                try (Secret other = Secret.of(new byte[] {1, 2, 3});
                        Secret derived = secret.derive("test", 32)) {
                    secret.matches(other);
                    secret.matches(secret);
                    derived.fingerprint(secret);
                    secret.fingerprint(derived);
                }
            }
            try (Secret kek = secret.derive("kek", 32)) {
                KeyRing.Builder ring = KeyRing.builder().kind(KeyKind.EC_P256).store(new InMemoryRingStore());
                ring.name("raw").keyEncryptionKey(secret).build().add();
                ring.name("wrapped")
                        .keyEncryptionKey(AesKeyEncryptionKey.of(kek))
                        .build()
                        .rewrap();
            }
            try (Secret wrapped = secret.use(bytes -> Secret.of(bytes.clone()))) {
                AesKeyEncryptionKey key = AesKeyEncryptionKey.of(Secret.of(new byte[32]));
                key.unwrap(key.wrap(wrapped, new byte[] {1}), new byte[] {1})
                        .orElseThrow()
                        .close();
            }
        }
    }
}
