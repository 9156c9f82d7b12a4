package dev.hardening.secrets.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.health.CheckResult;
import dev.hardening.health.CheckResult.Outcome;
import dev.hardening.health.Deadline;
import dev.hardening.secrets.certificate.DevelopmentAuthority;
import dev.hardening.secrets.health.TlsChecks;
import dev.hardening.testing.FakeClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("secrets:R3")
class TlsChecksTest {
    private static final Duration SOON = Duration.ofDays(21);

    private static final Deadline NONE = new Deadline() {
        @Override
        public Duration remaining() {
            return Duration.ZERO;
        }

        @Override
        public void onExpire(AutoCloseable resource) {}

        @Override
        public void step(String step) {}
    };

    @TempDir
    private Path folder;

    private final FakeClock clock = FakeClock.create();
    private Path key;
    private TlsReloader tls;

    @BeforeEach
    void open() {
        key = folder.resolve("tls.key");
        DevelopmentAuthority.builder()
                .folder(folder)
                .domains("localhost")
                .clock(clock)
                .build()
                .leaf()
                .name("localhost")
                .issue()
                .write(folder.resolve("tls.crt"), key);
        tls = TlsReloader.builder()
                .pem(folder.resolve("tls.crt"), key)
                .clock(clock)
                .build();
    }

    @AfterEach
    void close() {
        tls.close();
    }

    private CheckResult run() throws Exception {
        return TlsChecks.expiry(tls, SOON, clock).run(NONE);
    }

    @Test
    void certificate_nearItsEnd_warnsAndFailsPastIt() throws Exception {
        Instant end = tls.status().notAfter();

        assertEquals(Outcome.OK, run().outcome());
        assertEquals(89L, run().data().get("daysLeft"));
        clock.set(end.minus(SOON).minusMillis(1));
        tls.reload();
        assertEquals(Outcome.OK, run().outcome());
        clock.set(end.minus(SOON));
        assertEquals(Outcome.WARN, run().outcome());
        clock.set(end);
        assertEquals(Outcome.WARN, run().outcome());
        clock.set(end.plusMillis(1));
        assertEquals(Outcome.FAIL, run().outcome());
        assertEquals("certificate expired", run().reason());
    }

    @Test
    void files_thatCannotBeUsed_warnWithTheTimeItBegan() throws Exception {
        Files.delete(key);
        tls.reload();

        CheckResult result = run();

        assertEquals(Outcome.WARN, result.outcome());
        assertEquals("certificate files cannot be used", result.reason());
        assertEquals(clock.instant().toString(), result.data().get("failingSince"));
    }

    @Test
    void files_thatAreNotReadAnyMore_warn() throws Exception {
        Instant late = tls.status().nextRead().plus(Duration.ofMinutes(5));

        clock.set(late);
        assertEquals(Outcome.OK, run().outcome());
        clock.set(late.plusMillis(1));
        assertEquals(Outcome.WARN, run().outcome());
        assertEquals("certificate files are not read any more", run().reason());
        tls.reload();
        assertEquals(Outcome.OK, run().outcome());
    }

    @Test
    void key_thatEverybodyMayRead_warns() throws Exception {
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        tls.reload();

        assertEquals(Outcome.WARN, run().outcome());
        assertTrue(run().reason().endsWith("may be read by everybody"));
        assertThrows(IllegalArgumentException.class, () -> TlsChecks.expiry(tls, Duration.ofDays(-1), clock));
    }
}
