package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandCanaryTest {
    @TempDir
    Path home;

    @Test
    @Tag("secrets:W5")
    @Tag("secrets:S1")
    void secrets_everyVerb_areNeverSaid() throws Exception {
        Set<String> ran = EveryVerb.thoroughly(
                        home,
                        (environment, words) ->
                                new Cli(home).hurried().environment(environment).run(words.toArray(String[]::new)))
                .run();

        Set<String> verbs = new TreeSet<>(SecretsCommandTest.verbs());
        verbs.removeAll(Set.of("", "tls", "ring", "tls issue"));
        assertEquals(verbs, new TreeSet<>(ran));
    }
}
