package dev.hardening.secrets.source;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("secrets:R1")
class MountTableTest {
    private static final List<String> FIXTURE = List.of(
            "712 690 0:57 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/a:/b",
            "713 712 0:60 / /proc rw,nosuid - proc proc rw",
            "720 712 0:81 / /etc/secrets ro,relatime - tmpfs tmpfs rw,size=8k",
            "721 712 0:82 /..2026_11_22_09_00_00.123/tls.key /app/tls.key ro,relatime - tmpfs tmpfs rw",
            "722 712 0:83 /..2026_11_22_09_00_00.123/certs /app/certs ro shared:4 master:2 - tmpfs tmpfs rw",
            "723 712 8:1 /home/x/with\\040space\\134back /run/secrets/with\\040space ro - ext4 /dev/sda1 rw",
            "724 712 8:1 /d /run/secrets/dollar\\044\\303\\274 ro - ext4 /dev/sda1 rw",
            "725 712 8:1 /etc/..data.d/sub /run/plain ro - ext4 /dev/sda1 rw",
            "",
            "not a line of it",
            "726 712 8:1 /x pipe:[1] ro - nsfs nsfs rw");

    @Test
    void parse_kubernetesAndDockerMounts_areTold() {
        MountTable mounts = MountTable.parse(FIXTURE);

        assertTrue(mounts.isMountPoint(Path.of("/app/tls.key")));
        assertTrue(mounts.isMountPoint(Path.of("/etc/secrets")));
        assertFalse(mounts.isMountPoint(Path.of("/etc/secrets/tls.key")));
        assertFalse(mounts.isMountPoint(Path.of("/app")));
        assertTrue(mounts.showsOneVersion(Path.of("/app/certs")));
        assertFalse(mounts.showsOneVersion(Path.of("/etc/secrets")));
        assertFalse(mounts.showsOneVersion(Path.of("/run/plain")));
        assertFalse(mounts.showsOneVersion(Path.of("/none")));
    }

    @Test
    void parse_escapes_areBytesOfThePath() {
        MountTable mounts = MountTable.parse(FIXTURE);

        assertTrue(mounts.isMountPoint(Path.of("/run/secrets/with space")));
        assertTrue(mounts.isMountPoint(Path.of("/run/secrets/dollar$ü")));
    }

    /** As a NUL anywhere, so is every character beyond ASCII where the locale is C. */
    @Test
    void parse_nameThatIsNoPathHere_isPassedOver() {
        MountTable mounts = MountTable.parse(List.of(
                "1 0 8:1 / /before ro - ext4 /dev/sda1 rw",
                "2 0 8:1 / /un\\000speakable ro - ext4 /dev/sda1 rw",
                "3 0 8:1 / /after ro - ext4 /dev/sda1 rw"));

        assertTrue(mounts.isMountPoint(Path.of("/before")));
        assertTrue(mounts.isMountPoint(Path.of("/after")));
    }

    @Test
    void read_thisProcess_knowsItsRoot() {
        Assumptions.assumeTrue(
                Files.exists(MountTable.OF_THIS_PROCESS), "SKIPPED: no /proc/self/mountinfo on this system");

        assertTrue(MountTable.read(MountTable.OF_THIS_PROCESS).isMountPoint(Path.of("/")));
    }

    @Test
    void read_noSuchFile_knowsNoMounts(@org.junit.jupiter.api.io.TempDir Path folder) throws Exception {
        assertFalse(MountTable.read(folder.resolve("none")).isMountPoint(Path.of("/")));
        Path odd = Files.write(folder.resolve("odd"), "\u00ff\u00fe".getBytes(StandardCharsets.ISO_8859_1));
        assertFalse(MountTable.read(odd).isMountPoint(Path.of("/")));
    }
}
