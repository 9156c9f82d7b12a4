package dev.hardening.secrets.ring;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
@Tag("secrets:W2")
@Tag("secrets:E5")
class FileRingStoreCrashTest {
    @TempDir
    Path folder;

    @TempDir
    Path scratch;

    @Test
    void kill_atAnyMoment_leavesTheOldOrTheNewRing() throws IOException {
        RingStoreCrash.killRepeatedly(new FileRingStore(folder), folder.toString(), scratch, 5);
    }

    @Test
    @Tag("long")
    void kill_manyTimes_leavesTheOldOrTheNewRing() throws IOException {
        RingStoreCrash.killRepeatedly(new FileRingStore(folder), folder.toString(), scratch, 100);
    }
}
