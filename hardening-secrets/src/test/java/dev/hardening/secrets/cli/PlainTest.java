package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing that a name holds reaches a terminal as an order or as a line of its own. */
class PlainTest {
    @TempDir
    Path home;

    @Test
    void of_anything_isOneLine() {
        assertEquals("a?b?c?d", Plain.of("a\nb\u009bc\u2028d"));
        assertEquals("a; b; c?d", Plain.line(" a\r\n  b\n\nc\u001bd "));
        assertEquals("a\nb?c\n", Plain.lines("a\nb\u2029c\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\u009b", "\u0085", "\u2028", "\u202e"})
    @Tag("secrets:A2")
    void names_withOrders_areShownHarmless(String order) throws Exception {
        String name = "a" + order + "sealed x into y";
        Files.createDirectory(home.resolve("rings"));
        new Cli(home).run("init");
        run("ring", "create", "--ring", "sealing");
        Files.writeString(home.resolve(name), "x");

        Cli.Said sealed = run("seal", name);
        Cli.Said missing = run("seal", "missing" + name);
        Cli.Said scanned = new Cli(home).run("scan", name);

        assertEquals(0, sealed.exit(), sealed.all());
        assertEquals(3, missing.exit(), missing.all());
        assertEquals(1, sealed.out().lines().count(), sealed.out());
        assertEquals(1, missing.err().lines().count(), missing.err());
        for (Cli.Said said : List.of(sealed, missing, scanned)) {
            assertFalse(said.all().replace("\n", "").contains(order), said.all());
        }
        assertTrue(sealed.out().contains("a?sealed x into y"), sealed.out());
    }

    private Cli.Said run(String... words) {
        return new Cli(home)
                .run(SealVerbsTest.with(
                        new String[] {
                            "--folder", "rings", "--key-env", "ENCRYPTION_KEY", "--env-file", ".env.production"
                        },
                        words));
    }
}
