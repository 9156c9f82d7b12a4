package dev.hardening.secrets.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.source.SourceState.Freshness;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("secrets:R1")
class KubernetesVolumeTest {
    private static final int SWITCHES = 10;

    @TempDir
    Path root;

    private final ManualScheduler scheduler = new ManualScheduler();
    private final Recorder recorder = new Recorder();

    private WatchedSource watch() {
        return WatchedSource.builder()
                .name("volume")
                .reader(SecretReader.directory(root))
                .scheduler(scheduler)
                .listener(recorder)
                .build();
    }

    private static Map<String, String> pair(int number) {
        return Map.of("USER", "user-" + number, "PASSWORD", "password-" + number);
    }

    private static String text(SourceSnapshot snapshot, String name) {
        return snapshot.find(name).map(Secret::reveal).orElseThrow();
    }

    @Test
    void watch_tenSwitches_seesEachOnceInOrderWithinOnePoll() {
        KubernetesVolume volume = new KubernetesVolume(root);
        Path before = volume.publish(pair(1));
        WatchedSource source = watch();

        for (int number = 2; number <= SWITCHES + 1; number++) {
            Path next = volume.publish(pair(number));
            KubernetesVolume.remove(before);
            before = next;
            scheduler.run();
            try (SourceSnapshot snapshot = source.snapshot()) {
                assertEquals("user-" + number, text(snapshot, "USER"));
                assertEquals("password-" + number, text(snapshot, "PASSWORD"));
            }
            scheduler.run();
        }

        assertEquals(
                LongStream.rangeClosed(2, SWITCHES + 1).boxed().toList(),
                recorder.changes().stream().map(SourceEvent.Changed::generation).toList());
        assertTrue(recorder.changes().stream().allMatch(event -> event.changed().equals(Set.of("USER", "PASSWORD"))));
        assertEquals(List.of(), source.state().findings());
    }

    @Test
    void read_switchesAndRemovalsMeanwhile_neverGivesAHalfReadPair() throws Exception {
        KubernetesVolume volume = new KubernetesVolume(root);
        Path first = volume.publish(pair(1));
        AtomicBoolean over = new AtomicBoolean();
        Thread kubelet = new Thread(() -> {
            Path before = first;
            for (int number = 2; !over.get(); number++) {
                Path next = volume.publish(pair(number));
                KubernetesVolume.remove(before);
                before = next;
            }
        });
        kubelet.start();

        SecretReader reader = SecretReader.directory(root);
        int whole = 0;
        for (int round = 0; round < 2_000; round++) {
            whole += wholePair(reader);
        }
        over.set(true);
        kubelet.join();

        assertTrue(whole > 0, "at least one reading got through");
    }

    /** One if the reading got through and both values belong together; five lost races in a row are a refusal. */
    private static int wholePair(SecretReader reader) {
        try (SecretReading reading = reader.read()) {
            String user = reading.find("USER").map(Secret::reveal).orElseThrow();
            String password = reading.find("PASSWORD").map(Secret::reveal).orElseThrow();
            assertEquals(user.replace("user", "password"), password);
            return 1;
        } catch (dev.hardening.secrets.SecretsUnavailableException always) {
            assertTrue(always.getMessage().contains("changed while it was read"), always::getMessage);
            return 0;
        }
    }

    @Test
    void watch_nameTakenOutOfTheSecret_isRemovedAtOnce() {
        KubernetesVolume volume = new KubernetesVolume(root);
        volume.publish(pair(1));
        WatchedSource source = watch();
        volume.publish(Map.of("USER", "user-1"));

        scheduler.run();

        assertEquals(Set.of("PASSWORD"), recorder.changes().get(0).removed());
        assertTrue(source.find("PASSWORD").isEmpty());
    }

    @Test
    @Tag("secrets:A10")
    void watch_linkLostAndBack_keepsLastGoodAndRecovers() throws IOException {
        KubernetesVolume volume = new KubernetesVolume(root);
        Path folder = volume.publish(pair(1));
        WatchedSource source = watch();

        Files.delete(root.resolve("..data"));
        scheduler.run();
        assertEquals(Freshness.STALE, source.state().freshness());
        assertTrue(source.find("USER").isPresent());
        Files.createSymbolicLink(root.resolve("..data"), folder.getFileName());
        scheduler.run();

        assertEquals(Freshness.FRESH, source.state().freshness());
        assertEquals(1, source.state().generation());
    }

    @Test
    void read_versionOutsideTheFolder_isRefused(@TempDir Path elsewhere) throws IOException {
        Files.writeString(elsewhere.resolve("USER"), "stolen");
        Files.createSymbolicLink(root.resolve("..data"), elsewhere);

        var refused = assertThrows(
                SecretsConfigurationException.class,
                () -> SecretReader.directory(root).read());

        assertFalse(refused.getMessage().contains("stolen"));
    }

    @Test
    void read_fileOfTheVersionLinkedOutside_isNotFollowed(@TempDir Path elsewhere) throws IOException {
        Path folder = new KubernetesVolume(root).publish(pair(1));
        Files.createSymbolicLink(folder.resolve("OUT"), Files.writeString(elsewhere.resolve("x"), "stolen"));

        try (SecretReading reading = SecretReader.directory(root).read()) {
            assertEquals(Set.of("USER", "PASSWORD"), reading.names());
            assertEquals("link", reading.findings().get(0).rule());
        }
    }

    @Test
    void envFile_mountedByKubernetes_followsTheSwitch() {
        KubernetesVolume volume = new KubernetesVolume(root);
        volume.publish(Map.of(".env", "A=1\n"));
        SecretReader reader = SecretReader.envFile(root.resolve(".env"));
        assertEquals("1", reader.read().find("A").map(Secret::reveal).orElseThrow());

        volume.publish(Map.of(".env", "A=2\n"));

        assertEquals("2", reader.read().find("A").map(Secret::reveal).orElseThrow());
    }
}
