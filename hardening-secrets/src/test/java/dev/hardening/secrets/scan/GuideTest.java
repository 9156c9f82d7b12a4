package dev.hardening.secrets.scan;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.SeededRandom;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** The block of docs/secrets/scan.md is a region of this file, so it compiles and runs. */
@ResourceLock(Resources.SYSTEM_ERR)
class GuideTest {
    @TempDir
    private Path folder;

    @Test
    void guide_withASecretInTheTree_tellsWhereItIs() throws IOException {
        Samples samples = new Samples(SeededRandom.of("scan.GuideTest"));
        Files.writeString(
                folder.resolve("App.java"),
                samples.all().get("github-token").get(0).text());

        String said = guided();

        assertTrue(said.contains("App.java:"), said);
    }

    @Test
    void guide_withoutOne_saysNothing() {
        assertTrue(guided().isEmpty());
        assertFalse(Files.exists(folder.resolve("baseline.json")));
    }

    private String guided() {
        Path file = folder.resolve("baseline.json");
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream before = System.err;
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            // region scan-a-tree
            Baseline baseline = Baseline.read(file).orElseGet(() -> Baseline.create(new SecureRandom()));
            ScanReport report =
                    RepositoryScanner.builder().baseline(baseline).build().scan(folder);
            if (!report.passed()) {
                System.err.print(report.toText());
            }
            // endregion
        } finally {
            System.setErr(before);
        }
        return said.toString(StandardCharsets.UTF_8);
    }
}
