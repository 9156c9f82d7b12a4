package dev.hardening.health.checks;

import dev.hardening.health.CheckResult;
import dev.hardening.health.Deadline;
import dev.hardening.health.HealthCheck;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** Compares the usable bytes of a file store with two bounds; opens no file, so a full disk does not disturb it. */
final class DiskCheck implements HealthCheck {
    private static final int WARN_PART = 10;

    private final Path folder;
    private final long warnBelow;
    private final long failBelow;

    DiskCheck(Path folder, long warnBelow, long failBelow) {
        this.folder = folder;
        this.warnBelow = warnBelow;
        this.failBelow = failBelow;
    }

    @Override
    public CheckResult run(Deadline deadline) throws IOException {
        FileStore store = Files.getFileStore(folder);
        return judge(store.getUsableSpace(), store.getTotalSpace());
    }

    CheckResult judge(long usable, long total) {
        CheckResult result = CheckResult.ok();
        if (usable < failBelow) {
            result = CheckResult.fail("disk");
        } else if (usable < warnBelow || usable < total / WARN_PART) {
            result = CheckResult.warn("disk");
        }
        return result.with("usableBytes", usable).with("totalBytes", total);
    }
}
