package dev.hardening.examples.lms.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.examples.lms.api.Rings;
import dev.hardening.examples.lms.config.MasterSecrets;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.jdbc.JdbcRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.KeyState;
import dev.hardening.secrets.ring.RingEvent;
import dev.hardening.secrets.ring.RingKey;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import dev.hardening.testing.TestPostgres;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rotations by the clock, on one database with several processes. */
@Tag("database")
class InstallationRingsTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated(
            "dev/hardening/secrets/db/V1__key_rings.sql",
            "dev/hardening/examples/lms/db/V1__school.sql",
            "dev/hardening/examples/lms/db/V2__first_keys.sql");

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration KNOWN = Duration.ofSeconds(90);
    private static final Secret WRAPS = secret("encryption");
    private static final Secret OLD = secret("refresh");
    private static final Secret NEW = secret("another");

    private final FakeClock clock = FakeClock.create();
    private final List<RingEvent> events = new CopyOnWriteArrayList<>();

    @BeforeEach
    void noRings() {
        POSTGRES.execute("DELETE FROM hardening_secrets.key_rings; DELETE FROM lms.first_keys");
    }

    @ParameterizedTest
    @CsvSource({"signing, 360", "refresh, 90", "sealing, 90"})
    @Tag("secrets:E5")
    void nextKey_onceAllHaveHadTheTimeToLearnIt_isPromoted(String name, long seconds) {
        InstallationRings rings = process(OLD, Optional.empty());
        KeyRing ring = ring(rings, name);
        String first = ring.active().id();
        String next = rings.rotate(name).key();

        assertEquals(0, rings.promoteKnown());
        clock.advance(Duration.ofSeconds(seconds).minus(SECOND));
        assertEquals(0, rings.promoteKnown(), "a second too early");
        assertEquals(first, ring.active().id());
        clock.advance(SECOND);

        assertEquals(1, rings.promoteKnown());
        assertEquals(next, ring.active().id());
        assertEquals(Optional.of(KeyState.RETIRING), state(ring, first));
        assertEquals(0, rings.promoteKnown(), "nothing is left to do");
    }

    @Test
    void nextKey_madeByTheCommandLine_isPromotedToo() {
        InstallationRings rings = process(OLD, Optional.empty());
        String next = KeyRing.builder()
                .name("sealing")
                .kind(KeyKind.AES_256)
                .store(new JdbcRingStore(POSTGRES.dataSource()))
                .keyEncryptionKey(WRAPS)
                .clock(clock)
                .build()
                .add()
                .id();
        rings.sealing().refresh();
        clock.advance(KNOWN);

        assertEquals(1, rings.promoteKnown());
        assertEquals(next, rings.sealing().active().id());
    }

    @Test
    void nextKey_knownToSeveralProcesses_isPromotedOnce() throws Exception {
        List<InstallationRings> processes = processes(4);
        String next = processes.get(0).rotate("signing").key();
        processes.forEach(process -> process.signing().refresh());
        clock.advance(Duration.ofMinutes(6));

        atOnce(processes, InstallationRings::promoteKnown);

        for (InstallationRings process : processes) {
            process.signing().refresh();
            assertEquals(next, process.signing().active().id());
        }
        assertEquals(1, told(RingEvent.Kind.PROMOTED));
    }

    @Test
    @Tag("secrets:E5")
    void rotate_bySeveralAdministratorsAtOnce_makesOneKey() throws Exception {
        for (int round = 0; round < 10; round++) {
            noRings();
            events.clear();
            List<InstallationRings> processes = processes(4);

            List<Rings.Next> answers = atOnce(processes, process -> process.rotate("refresh"));

            assertEquals(1, answers.stream().map(Rings.Next::key).distinct().count(), answers::toString);
            assertEquals(1, answers.stream().filter(Rings.Next::added).count(), answers::toString);
            assertEquals(1, told(RingEvent.Kind.ADDED));
            processes.get(0).refresh().refresh();
            assertEquals(2, processes.get(0).refresh().published().size());
        }
    }

    @Test
    void rotate_aRingThatIsFull_isRefused() {
        InstallationRings rings = process(OLD, Optional.empty());
        for (int keys = 1; keys < 64; keys++) {
            rings.sealing().unsafePromoteNow(rings.rotate("sealing").key());
        }

        assertThrows(IllegalStateException.class, () -> rings.rotate("sealing"));
    }

    @Test
    void rotate_aRingThatIsNone_isRefused() {
        InstallationRings rings = process(OLD, Optional.empty());

        assertEquals(Set.of("signing", "refresh", "sealing"), rings.names());
        assertThrows(IllegalArgumentException.class, () -> rings.rotate("nothing"));
    }

    @Test
    @Tag("secrets:E5")
    void keys_ofARingThatCannotBeRead_goOnForAQuarterOfAnHour() {
        FakeTicker ticker = FakeTicker.create();
        InstallationRings rings = InstallationRings.open(
                POSTGRES.dataSource(), secrets(OLD, Optional.empty()), clock, ring -> ring.ticker(ticker));
        String first = rings.signing().active().id();
        POSTGRES.execute("ALTER TABLE hardening_secrets.key_rings RENAME TO away");
        try {
            ticker.advance(Duration.ofMinutes(15));
            assertEquals(first, rings.signing().active().id());
            ticker.advance(SECOND);

            assertThrows(
                    SecretsUnavailableException.class, () -> rings.signing().active());
            assertThrows(
                    SecretsUnavailableException.class, () -> rings.refresh().find(first));
            assertThrows(
                    SecretsUnavailableException.class, () -> rings.sealing().active());
        } finally {
            POSTGRES.execute("ALTER TABLE hardening_secrets.away RENAME TO key_rings");
        }
        ticker.advance(Duration.ofSeconds(10));
        assertEquals(first, rings.signing().active().id(), "well again by itself");
    }

    @Test
    void followSecret_whileItIsTheSame_changesNothing() {
        process(OLD, Optional.empty());

        InstallationRings restarted = process(OLD, Optional.empty());

        assertEquals(0, restarted.followSecret());
        assertEquals(1, restarted.refresh().published().size());
    }

    @Test
    @Tag("secrets:E5")
    void followSecret_afterAnExchange_disablesTheKeyOfTheOldOne() {
        InstallationRings before = process(OLD, Optional.empty());
        before.followSecret();
        String first = before.refresh().active().id();

        InstallationRings after = process(NEW, Optional.empty());
        assertEquals(1, after.followSecret());
        assertEquals(0, after.followSecret(), "one key is enough");
        assertEquals(first, after.refresh().active().id(), "the others do not know the next one yet");
        clock.advance(KNOWN);
        assertEquals(1, after.promoteKnown());
        assertNotEquals(first, after.refresh().active().id());
        clock.advance(KNOWN.minus(SECOND));
        assertEquals(0, after.followSecret(), "others may still use it");
        assertTrue(after.refresh().find(first).isPresent());
        clock.advance(SECOND);

        assertEquals(1, after.followSecret());
        assertEquals(Optional.empty(), after.refresh().find(first));
        assertEquals(0, after.followSecret());
        assertEquals(0, process(NEW, Optional.empty()).followSecret(), "the next start finds nothing to do");
    }

    @Test
    @Tag("secrets:E5")
    void followSecret_whileThePreviousOneIsSet_acceptsItsKey() {
        String first = process(OLD, Optional.empty()).refresh().active().id();

        InstallationRings after = process(NEW, Optional.of(OLD));
        after.followSecret();
        clock.advance(KNOWN);
        after.promoteKnown();
        clock.advance(Duration.ofDays(30));
        assertEquals(0, after.followSecret());
        assertTrue(after.refresh().find(first).isPresent());
    }

    /** A secret that was the previous one of something else keeps nothing. */
    @Test
    @Tag("secrets:E5")
    void followSecret_withAPreviousOneOfAnotherKey_disablesTheKeyOfTheOldOne() {
        InstallationRings before = process(OLD, Optional.empty());
        before.followSecret();
        String first = before.refresh().active().id();

        InstallationRings after = process(NEW, Optional.of(secret("third")));
        after.followSecret();
        clock.advance(KNOWN);
        after.promoteKnown();
        clock.advance(KNOWN);

        assertEquals(1, after.followSecret());
        assertTrue(after.refresh().find(first).isEmpty());
    }

    /** The second: an installation that was updated and had its secret exchanged in one step. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void followSecret_onceThePreviousOneIsForgotten_disablesItsKey(boolean remembered) {
        InstallationRings before = process(OLD, Optional.empty());
        if (remembered) {
            before.followSecret();
        }
        InstallationRings during = process(NEW, Optional.of(OLD));
        during.followSecret();
        clock.advance(KNOWN);
        during.promoteKnown();
        clock.advance(Duration.ofDays(30));

        InstallationRings after = process(NEW, Optional.empty());

        assertEquals(1, after.followSecret());
        assertEquals(1, after.refresh().published().size());
    }

    @Test
    void followSecret_whereTheFirstKeyIsOutAlready_changesNothing() {
        InstallationRings before = process(OLD, Optional.empty());
        before.followSecret();
        String first = before.refresh().active().id();
        before.refresh().unsafePromoteNow(before.rotate("refresh").key());
        before.refresh().unsafeDisableNow(first);
        events.clear();

        assertEquals(0, process(NEW, Optional.empty()).followSecret());
        assertEquals(0, process(OLD, Optional.empty()).followSecret());
        assertEquals(List.of(), events);
    }

    @Test
    void followSecret_inProcessesThatChangeOverOneByOne_makesOneKeyAndTakesNothingBack() throws Exception {
        List<InstallationRings> processes = new ArrayList<>(processes(2));
        processes.forEach(InstallationRings::followSecret);
        String first = processes.get(0).refresh().active().id();
        processes.add(process(NEW, Optional.empty()));
        processes.add(process(NEW, Optional.empty()));

        for (int minute = 0; minute < 10; minute++) {
            atOnce(processes, process -> process.promoteKnown() + process.followSecret());
            clock.advance(Duration.ofMinutes(1));
        }

        assertEquals(1, told(RingEvent.Kind.ADDED));
        assertEquals(1, told(RingEvent.Kind.PROMOTED));
        assertEquals(1, told(RingEvent.Kind.DISABLED));
        for (InstallationRings process : processes) {
            process.refresh().refresh();
            assertEquals(Optional.empty(), process.refresh().find(first));
            assertEquals(1, process.refresh().published().size());
        }
    }

    private List<InstallationRings> processes(int count) {
        List<InstallationRings> processes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            processes.add(process(OLD, Optional.empty()));
        }
        return processes;
    }

    private InstallationRings process(Secret refresh, Optional<Secret> previous) {
        return InstallationRings.open(
                POSTGRES.dataSource(), secrets(refresh, previous), events::add, clock, new SecureRandom());
    }

    private static MasterSecrets secrets(Secret refresh, Optional<Secret> previous) {
        return new MasterSecrets(
                WRAPS,
                Optional.empty(),
                secret("jwt"),
                Optional.empty(),
                refresh,
                previous,
                new MasterSecrets.Session(secret("session"), Optional.empty(), Optional.empty()));
    }

    /** How many keys it happened to, told by whichever process. */
    private long told(RingEvent.Kind kind) {
        return events.stream()
                .filter(event -> event.kind() == kind)
                .map(RingEvent::keyId)
                .distinct()
                .count();
    }

    private static KeyRing ring(InstallationRings rings, String name) {
        return switch (name) {
            case "signing" -> rings.signing();
            case "refresh" -> rings.refresh();
            default -> rings.sealing();
        };
    }

    private static Optional<KeyState> state(KeyRing ring, String id) {
        return ring.find(id).map(RingKey::state);
    }

    private static Secret secret(String use) {
        return Secret.of("secrets of this test alone").derive(use, 32);
    }

    private static <T> List<T> atOnce(List<InstallationRings> processes, Work<T> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(processes.size());
        try {
            CyclicBarrier start = new CyclicBarrier(processes.size());
            List<Callable<T>> calls = processes.stream()
                    .<Callable<T>>map(process -> () -> {
                        start.await(10, TimeUnit.SECONDS);
                        return work.on(process);
                    })
                    .toList();
            List<T> done = new ArrayList<>();
            for (Future<T> answer : threads.invokeAll(calls)) {
                done.add(answer.get());
            }
            return done;
        } finally {
            threads.shutdownNow();
        }
    }

    /** What each process does. */
    private interface Work<T> {
        T on(InstallationRings process);
    }
}
