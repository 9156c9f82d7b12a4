package dev.hardening.secrets.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.certificate.DevelopmentAuthority;
import dev.hardening.secrets.certificate.IssuedCertificate;
import dev.hardening.secrets.certificate.LeafKey;
import dev.hardening.testing.FakeClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsFilesTest {
    @TempDir
    private Path folder;

    private final FakeClock clock = FakeClock.create();
    private final List<String> heard = new ArrayList<>();
    private final TlsListener listener = new TlsListener() {
        @Override
        public void onRenewed(TlsStatus status) {
            heard.add("renewed");
        }

        @Override
        public void onFailed(TlsStatus status) {
            heard.add(status.failure().orElseThrow().reason());
        }
    };
    private DevelopmentAuthority authority;
    private Path chain;
    private Path key;

    @BeforeEach
    void files() throws IOException {
        authority = DevelopmentAuthority.builder()
                .folder(Files.createDirectory(folder.resolve("authority")))
                .domains("localhost")
                .clock(clock)
                .build();
        chain = folder.resolve("tls.crt");
        key = folder.resolve("tls.key");
        issued().write(chain, key);
    }

    private IssuedCertificate issued() {
        return authority.leaf().name("localhost").issue();
    }

    private TlsReloader open() {
        return TlsReloader.builder()
                .pem(chain, key)
                .pollInterval(Duration.ofHours(1))
                .clock(clock)
                .listener(listener)
                .build();
    }

    @Test
    @Tag("secrets:R3")
    @Tag("secrets:A10")
    void renewal_thatIsHalfDone_changesNothingUntilItIsWhole() throws IOException {
        try (TlsReloader tls = open()) {
            TlsStatus first = tls.status();
            IssuedCertificate renewed = issued();
            Instant began = clock.instant();
            Files.writeString(chain, renewed.chainPem());
            TlsStatus half = tls.reload();
            clock.advance(Duration.ofMinutes(7));
            Files.writeString(chain, "");
            TlsStatus emptied = tls.reload();
            tls.reload();

            assertEquals(first.fingerprint(), emptied.fingerprint());
            assertEquals(
                    "the key is not that of the first certificate",
                    half.failure().orElseThrow().reason());
            assertEquals(began, emptied.failure().orElseThrow().since());

            renewed.write(chain, key);
            TlsStatus whole = tls.reload();

            assertTrue(whole.failure().isEmpty());
            assertFalse(whole.fingerprint().equals(first.fingerprint()));
            assertEquals(
                    List.of(
                            "the key is not that of the first certificate",
                            chain + " holds no certificate (BEGIN CERTIFICATE)",
                            "renewed"),
                    heard);
        }
    }

    @Test
    void files_thatAreWrittenBack_endTheFailure() throws IOException {
        String before = Files.readString(chain);
        try (TlsReloader tls = open()) {
            Files.delete(chain);
            assertTrue(tls.reload().failure().orElseThrow().reason().startsWith("cannot be read"));

            Files.writeString(chain, before);

            assertTrue(tls.reload().failure().isEmpty());
            assertEquals(1, heard.size());
        }
    }

    @ParameterizedTest
    @Tag("secrets:A8")
    @CsvSource({
        "PRIVATE KEY, ENCRYPTED PRIVATE KEY, is encrypted",
        "PRIVATE KEY, RSA PRIVATE KEY, openssl pkcs8 -topk8",
        "PRIVATE KEY, EC PRIVATE KEY, openssl pkcs8 -topk8",
        "PRIVATE KEY, PUBLIC KEY, holds no PKCS #8 key",
        "KEY-----\\n, KEY-----\\ncanary+, damaged",
        "KEY-----\\n, KEY-----\\ncanary!, damaged or in an old format",
        "KEY-----\\n, KEY-----\\nMAoCAQAwBQYDK2Vw, damaged",
        "-----END, AAAA-----END, damaged",
    })
    void key_thatCannotBeUsed_isRefusedWithAReasonAndNoContent(String part, String instead, String fault)
            throws IOException {
        String text = Files.readString(key);
        Files.writeString(key, text.replace(part.replace("\\n", "\n"), instead.replace("\\n", "\n")));

        assertRefused(fault);
    }

    @ParameterizedTest
    @Tag("secrets:A8")
    @CsvSource({
        "TE-----\\n, TE-----\\ncanary+, damaged",
        "TE-----\\n, TE-----\\ncanary!, damaged",
        "CERTIFICATE, X509 CRL, no certificate",
        "TE-----\\nM, TE-----\\nN, damaged certificate",
    })
    void chain_thatCannotBeUsed_isRefusedWithAReasonAndNoContent(String part, String instead, String fault)
            throws IOException {
        String text = Files.readString(chain);
        String first = text.substring(0, text.indexOf("-----END CERTIFICATE-----") + 26);
        Files.writeString(chain, first.replace(part.replace("\\n", "\n"), instead.replace("\\n", "\n")));

        assertRefused(fault);
    }

    @Test
    void key_ofAnotherKind_isRefused() {
        authority.leaf().name("localhost").key(LeafKey.RSA_3072).issue().write(folder.resolve("other"), key);

        assertRefused("another kind than the certificate");
    }

    @Test
    void file_thatIsHuge_isRefusedUnread() throws IOException {
        Files.write(chain, new byte[1024 * 1024 + 1]);

        assertRefused("larger than");
    }

    @Test
    void certificate_outsideItsTime_isNeverTaken() {
        Instant begin = clock.instant().minus(Duration.ofMinutes(5));
        Instant end = begin.plus(Duration.ofDays(90));

        clock.set(end);
        open().close();
        clock.set(end.plusMillis(1));
        assertRefused("expired");
        clock.set(begin);
        open().close();
        clock.set(begin.minusMillis(1));
        assertRefused("not valid before");
    }

    @Test
    void certificate_thatIsNotYetValid_isServedOnceItIs() {
        try (TlsReloader tls = open()) {
            Instant now = clock.instant();
            clock.advance(Duration.ofDays(1));
            issued().write(chain, key);
            clock.set(now);
            assertTrue(tls.reload().failure().orElseThrow().reason().contains("not valid before"));

            clock.advance(Duration.ofDays(1));

            assertTrue(tls.reload().failure().isEmpty());
        }
    }

    @Test
    @Tag("secrets:R2")
    void key_thatEverybodyMayRead_isWarnedOfUntilItIsClosed() throws IOException {
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        try (TlsReloader tls = open()) {
            assertEquals(
                    List.of(key + " may be read by everybody"), tls.status().warnings());

            Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));

            assertEquals(List.of(), tls.reload().warnings());
        }
    }

    @Test
    void chain_outOfOrder_isRefused() throws IOException {
        String text = Files.readString(chain);
        Files.writeString(chain, text + text);

        assertRefused("do not stand in order");
    }

    @Test
    void scheduler_thatWasGiven_readsAndIsLeftRunning() {
        AtomicBoolean cancelled = new AtomicBoolean();
        List<Runnable> tasks = new ArrayList<>();
        ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1) {
            @Override
            public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long first, long delay, TimeUnit unit) {
                assertEquals(3600, unit.toSeconds(delay));
                tasks.add(task);
                return super.scheduleWithFixedDelay(() -> cancelled.set(false), 1, 1, TimeUnit.DAYS);
            }
        };
        try {
            TlsReloader tls = TlsReloader.builder()
                    .pem(chain, key)
                    .pollInterval(Duration.ofHours(1))
                    .clock(clock)
                    .listener(listener)
                    .scheduler(scheduler)
                    .build();
            issued().write(chain, key);
            tasks.get(0).run();
            assertEquals(List.of("renewed"), heard);

            tls.close();

            assertFalse(scheduler.isShutdown());
            assertTrue(((Future<?>) scheduler.getQueue().iterator().next()).isCancelled());
        } finally {
            scheduler.shutdownNow();
        }
    }

    @Test
    @Tag("secrets:R1")
    void mountedSecret_switchedTenTimes_isSeenEachTime() throws IOException {
        Path mount = Files.createDirectory(folder.resolve("mount"));
        Mounted mounted = new Mounted(mount);
        mounted.show(issued().chainPem(), issued().keyPem().reveal());
        IssuedCertificate first = issued();
        mounted.show(first.chainPem(), first.keyPem().reveal());
        TlsReloader.Builder builder = TlsReloader.builder()
                .pem(mount.resolve("tls.crt"), mount.resolve("tls.key"))
                .clock(clock);
        try (TlsReloader tls = builder.build()) {
            for (int i = 0; i < 10; i++) {
                String before = tls.status().fingerprint();
                IssuedCertificate next = issued();
                mounted.show(next.chainPem(), next.keyPem().reveal());

                assertFalse(tls.reload().fingerprint().equals(before));
                assertTrue(tls.status().failure().isEmpty());
            }
        }
    }

    @Test
    @Tag("secrets:R1")
    void mountedSecret_switchedWhileItIsRead_isNeverReadHalf() throws Exception {
        Path mount = Files.createDirectory(folder.resolve("mount"));
        Mounted mounted = new Mounted(mount);
        mounted.show("0", "0");
        FileSet files = new FileSet(List.of(mount.resolve("tls.crt"), mount.resolve("tls.key")));
        AtomicBoolean done = new AtomicBoolean();
        Thread switching = new Thread(() -> {
            for (int i = 1; !done.get(); i++) {
                mounted.show(String.valueOf(i), String.valueOf(i));
            }
        });
        switching.start();
        int whole = 0;
        int missed = 0;
        try {
            for (int i = 0; i < 2000; i++) {
                try {
                    List<byte[]> read = files.read().bytes();
                    assertEquals(
                            new String(read.get(0), StandardCharsets.US_ASCII),
                            new String(read.get(1), StandardCharsets.US_ASCII));
                    whole++;
                } catch (IOException tooFast) {
                    // Five switches within one reading: the next poll is another try.
                    missed++;
                }
            }
        } finally {
            done.set(true);
            switching.join();
        }
        assertTrue(whole > missed / 100, whole + " read whole, " + missed + " missed");
    }

    private void assertRefused(String fault) {
        SecretsConfigurationException refused = assertThrows(SecretsConfigurationException.class, this::open);
        assertTrue(String.valueOf(refused.getMessage()).contains(fault), refused.getMessage());
        assertFalse(String.valueOf(refused.getMessage()).contains("canary"), refused.getMessage());
        assertEquals(null, refused.getCause());
    }

    /** A folder as Kubernetes mounts a secret. */
    private static final class Mounted {
        private final Path mount;
        private int version;

        Mounted(Path mount) {
            this.mount = mount;
        }

        void show(String certificate, String privateKey) {
            try {
                Path fresh = Files.createDirectory(mount.resolve("..version" + version));
                Files.writeString(fresh.resolve("tls.crt"), certificate);
                Files.writeString(fresh.resolve("tls.key"), privateKey);
                Path link = Files.createSymbolicLink(mount.resolve("..data_tmp"), fresh.getFileName());
                Files.move(
                        link,
                        mount.resolve("..data"),
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
                if (version == 0) {
                    Files.createSymbolicLink(mount.resolve("tls.crt"), Path.of("..data", "tls.crt"));
                    Files.createSymbolicLink(mount.resolve("tls.key"), Path.of("..data", "tls.key"));
                } else {
                    remove(mount.resolve("..version" + (version - 1)));
                }
                version++;
            } catch (IOException failure) {
                throw new IllegalStateException(failure);
            }
        }

        private static void remove(Path old) throws IOException {
            try (Stream<Path> files = Files.list(old)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(old);
        }
    }
}
