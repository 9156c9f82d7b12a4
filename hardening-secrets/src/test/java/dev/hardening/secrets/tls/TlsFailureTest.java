package dev.hardening.secrets.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.certificate.DevelopmentAuthority;
import dev.hardening.secrets.certificate.IssuedCertificate;
import dev.hardening.secrets.certificate.Pkcs12;
import dev.hardening.testing.FakeClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is damaged, hangs, or throws ends neither the watching nor what is served. */
class TlsFailureTest {
    @TempDir
    private Path folder;

    private final FakeClock clock = FakeClock.create();
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

    private TlsReloader.Builder builder() {
        return TlsReloader.builder()
                .pem(chain, key)
                .pollInterval(Duration.ofHours(1))
                .clock(clock);
    }

    @Test
    @Tag("secrets:A8")
    @Tag("secrets:A10")
    void certificates_cutOffAnywhereButBetweenTwo_areRefused() throws Exception {
        byte[] whole = Files.readAllBytes(chain);
        String text = new String(whole, StandardCharsets.US_ASCII);
        String end = "-----END CERTIFICATE-----";
        int first = text.indexOf(end) + end.length();

        assertEquals(2, Pem.certificates("file", whole).size());
        for (int length = 0; length < text.length() - 1; length++) {
            byte[] cut = text.substring(0, length).getBytes(StandardCharsets.US_ASCII);
            if (length == first || length == first + 1) {
                assertEquals(1, Pem.certificates("file", cut).size());
            } else {
                assertThrows(UnusableException.class, () -> Pem.certificates("file", cut), "cut at " + length);
            }
        }
    }

    @Test
    @Tag("secrets:A10")
    void certificates_withAForeignByteInOne_areRefused() throws Exception {
        String text = Files.readString(chain);
        int from = text.lastIndexOf("-----BEGIN");
        int to = text.lastIndexOf("-----END") + "-----END CERTIFICATE-----".length();

        for (int at = from; at < to; at++) {
            byte[] damaged = (text.substring(0, at) + '!' + text.substring(at + 1)).getBytes(StandardCharsets.US_ASCII);
            assertThrows(UnusableException.class, () -> Pem.certificates("file", damaged), "at " + at);
        }
    }

    @Test
    void certificates_withWordsBetween_areRead() throws Exception {
        String text = "# one ----- two\n=====\n\n"
                + Files.readString(chain).replace("-----\n-----B", "-----\r\nroot:\n-----B");

        assertEquals(
                2,
                Pem.certificates("file", text.getBytes(StandardCharsets.US_ASCII))
                        .size());
    }

    @Test
    void certificates_overAThousand_areRefusedAndNotCutShort() throws Exception {
        String one = authority.certificatePem();

        assertEquals(
                1000,
                Pem.certificates("file", one.repeat(1000).getBytes(StandardCharsets.US_ASCII))
                        .size());
        byte[] more = one.repeat(1001).getBytes(StandardCharsets.US_ASCII);
        assertThrows(UnusableException.class, () -> Pem.certificates("file", more));
        byte[] foreign = (one + one.replace("CERTIFICATE", "TRUSTED CERTIFICATE")).getBytes(StandardCharsets.US_ASCII);
        assertThrows(UnusableException.class, () -> Pem.certificates("file", foreign));
    }

    @Test
    void certificate_signedByItselfThatStandsTwice_isRefused() throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        Pkcs12 own = Pkcs12.builder()
                .pair(pair.getPrivate(), pair.getPublic())
                .name("own")
                .clock(clock)
                .build();
        Identity one = Identity.of(pair.getPrivate(), List.of(own.certificate()), clock.instant());

        one.keyManager();
        assertThrows(
                UnusableException.class,
                () -> Identity.of(pair.getPrivate(), List.of(own.certificate(), own.certificate()), clock.instant()));
    }

    @Test
    void build_schedulerThatWasShutDown_isAFault() {
        ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1);
        scheduler.shutdownNow();

        SecretsConfigurationException refused = assertThrows(
                SecretsConfigurationException.class,
                () -> builder().scheduler(scheduler).build());

        assertTrue(String.valueOf(refused.getMessage()).contains("scheduler"), refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("secrets:R1")
    void listener_thatThrowsAnError_endsNoWatching(boolean renewed) throws IOException {
        List<Runnable> tasks = new ArrayList<>();
        ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1) {
            @Override
            public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long first, long delay, TimeUnit unit) {
                tasks.add(task);
                return super.scheduleWithFixedDelay(() -> {}, 1, 1, TimeUnit.DAYS);
            }
        };
        TlsListener listener = new TlsListener() {
            @Override
            public void onRenewed(TlsStatus status) {
                throw new StackOverflowError("thrown by a test");
            }

            @Override
            public void onFailed(TlsStatus status) {
                throw new NoClassDefFoundError("thrown by a test");
            }
        };
        try (TlsReloader tls = builder().scheduler(scheduler).listener(listener).build()) {
            String before = tls.status().fingerprint();
            if (renewed) {
                issued().write(chain, key);
            } else {
                Files.delete(key);
            }

            tasks.get(0).run();

            assertEquals(renewed, !tls.status().fingerprint().equals(before));
            assertEquals(renewed, tls.status().failure().isEmpty());
        } finally {
            scheduler.shutdownNow();
        }
    }

    @Test
    @Tag("secrets:A2")
    void reload_pipeInPlaceOfAFile_isAFailureAndNotWaitedFor() throws Exception {
        try (TlsReloader tls = builder().build()) {
            Files.delete(chain);
            assumeTrue(
                    new ProcessBuilder("mkfifo", chain.toString()).start().waitFor() == 0,
                    "mkfifo is not installed: a pipe is not tested");

            TlsStatus status = assertTimeoutPreemptively(Duration.ofSeconds(20), tls::reload);

            assertTrue(status.failure().orElseThrow().reason().contains("not a regular file"), status.toString());
        }
    }

    @Test
    void close_whileAReadingHangs_waitsForNothingAndThePasswordIsWipedAfterwards() throws Exception {
        Secret password = Secret.of("a-passphrase-for-tests-only");
        Path store = folder.resolve("tls.p12");
        issued().pkcs12().write(store, password);
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        HangingClock hanging = new HangingClock(clock, reached, free);
        TlsReloader tls = TlsReloader.builder()
                .pkcs12(store, password)
                .pollInterval(Duration.ofHours(1))
                .clock(hanging)
                .build();
        hanging.hang();
        issued().pkcs12().write(store, password);
        Thread reading = new Thread(tls::reload);
        reading.start();
        assertTrue(reached.await(20, TimeUnit.SECONDS));
        try {
            assertTimeoutPreemptively(Duration.ofSeconds(20), tls::close);
            assertTrue(reading.isAlive());
        } finally {
            free.countDown();
            reading.join(20_000);
        }
        assertFalse(reading.isAlive());
        assertTrue(tls.status().failure().isEmpty(), "the reading under way kept its password");
        assertEquals(tls.status(), tls.reload());
    }
}
