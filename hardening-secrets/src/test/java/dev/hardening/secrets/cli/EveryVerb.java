package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.EnvFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A day at the command line with every verb, after which no part of any secret may stand in what was said. */
final class EveryVerb {
    /** What a person types and variables hold. */
    static final String TYPED = "canary-meadow-trumpet-violin-orchard";

    private static final int PART = 8;
    private static final Pattern ID = Pattern.compile("\"id\":\"([0-9a-f]{16})\"");
    private static final String PLANTED = "canary5Zq8Lw3Xr7Tn2Vb9";

    private final Path home;
    private final Runner runner;
    private final boolean brief;
    private final StringBuilder heard = new StringBuilder();
    private final Set<String> ran = new LinkedHashSet<>();

    /** Runs a command line in a folder, with these variables. */
    interface Runner {
        Cli.Said run(Map<String, String> environment, List<String> words) throws Exception;
    }

    private EveryVerb(Path home, Runner runner, boolean brief) {
        this.home = home;
        this.runner = runner;
        this.brief = brief;
    }

    /** Each verb in several ways. */
    static EveryVerb thoroughly(Path home, Runner runner) {
        return new EveryVerb(home, runner, false);
    }

    /** Each verb once. */
    static EveryVerb once(Path home, Runner runner) {
        return new EveryVerb(home, runner, true);
    }

    /** Runs all verbs, well and badly, and gives the names of those that ran. */
    Set<String> run() throws Exception {
        Files.createDirectory(home.resolve("rings"));
        Files.writeString(home.resolve("planted.txt"), "JWT_SECRET=" + PLANTED + PLANTED + "\n");
        envFiles();
        making();
        rings();
        expect(1, "scan", "planted.txt");
        also(1, "scan", "planted.txt", "--format", "sarif");
        also(0, "scan", "planted.txt", "--baseline", "known.json", "--update-baseline");
        expect(3, "guard");
        assertNothingHeard();
        return ran;
    }

    private void envFiles() throws Exception {
        expect(0, "init");
        also(0, "init", "--json");
        expect(0, "check");
        expect(0, "rotate", "JWT_SECRET");
        also(0, "rotate", "ENCRYPTION_KEY", "--json");
        also(1, "check", "--name", "JWT_SECRET", "--name", "JWT_SECRET_PREVIOUS", "--name", "NOT_THERE");
        also(2, "init", "--name", "X=" + TYPED);
    }

    private void making() throws Exception {
        also(0, "keygen", "--kind", "ed25519", "--format", "pem");
        expect(0, "keygen", "--format", "jwk", "--json");
        also(0, "keygen", "--format", "p12", "--passphrase-env", "PASS");
        also(2, "keygen", "--format", "p12", "--name", "other", "--passphrase-env", TYPED);
        expect(0, "passphrase", "--out", "made.pass");
        also(2, "passphrase", TYPED);
        expect(0, "tls dev-ca");
        expect(0, "tls leaf", "--name", "localhost");
    }

    private void rings() throws Exception {
        ring(0, "ring create");
        String first = id(ring(0, "ring list", "--json"));
        String second = id(ring(0, "ring add", "--json"));
        ring(1, "ring promote", second);
        ring(0, "ring promote", second, "--now");
        // Long enough for progress to be told, which is for terminals only.
        Files.writeString(home.resolve("plain.txt"), PLANTED.repeat(1 << 20));
        ring(0, "seal", "plain.txt");
        ring(0, "open", "plain.txt.sealed", "again.txt");
        Files.writeString(home.resolve("bad.sealed"), "HS1" + PLANTED.repeat(9));
        ring(1, "open", "bad.sealed");
        ring(1, "ring disable", first);
        ring(0, "ring disable", first, "--now");
        ring(0, "ring enable", first);
        ring(0, "ring disable", first, "--now");
        ring(0, "ring destroy", first);
        also(1, "rotate", "ENCRYPTION_KEY");
        expect(0, "rotate", "ENCRYPTION_KEY", "--replace-previous");
        ring(3, "ring list");
        ring(0, "ring rewrap", "--previous-key-env", "ENCRYPTION_KEY_PREVIOUS");
        also(0, "ring create", "--ring", "typed", "--folder", "rings", "--passphrase-env", "PASS");
        also(3, "ring list", "--ring", "typed", "--folder", "rings", "--key-env", "PASS");
    }

    private Cli.Said ring(int exit, String verb, String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--ring", "sealing", "--folder", "rings", "--key-env", "ENCRYPTION_KEY"));
        all.addAll(List.of("--env-file", ".env.production"));
        return expect(exit, verb, all.toArray(String[]::new));
    }

    private void also(int exit, String verb, String... words) throws Exception {
        if (!brief) {
            expect(exit, verb, words);
        }
    }

    private Cli.Said expect(int exit, String verb, String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of(verb.split(" ")));
        all.addAll(List.of(words));
        remember();
        Cli.Said said = runner.run(Map.of("PASS", TYPED), all);
        assertEquals(exit, said.exit(), () -> all + ": " + said.all());
        assertTrue(exit != 0 || said.err().isEmpty(), () -> all + ": " + said.err());
        heard.append(said.all()).append('\n');
        ran.add(verb);
        remember();
        return said;
    }

    private final Set<String> secrets = new LinkedHashSet<>(List.of(TYPED, PLANTED));

    /** Collects what the files hold now; a rotation replaces it. */
    private void remember() throws IOException {
        Path env = home.resolve(".env.production");
        if (Files.exists(env)) {
            EnvFile file = EnvFile.open(env);
            file.names()
                    .forEach(name -> secrets.add(file.find(name).orElseThrow().reveal()));
        }
        for (String name : List.of("made.pass", "key.pem", "server.key")) {
            if (Files.exists(home.resolve(name))) {
                Files.readAllLines(home.resolve(name), StandardCharsets.US_ASCII).stream()
                        .filter(line -> !line.startsWith("-----"))
                        .forEach(secrets::add);
            }
        }
        if (Files.exists(home.resolve("key.jwk"))) {
            Matcher secret = Pattern.compile("\"d\":\"([^\"]+)\"").matcher(Files.readString(home.resolve("key.jwk")));
            assertTrue(secret.find());
            secrets.add(secret.group(1));
        }
    }

    private void assertNothingHeard() {
        assertTrue(secrets.size() >= 11, () -> "only " + secrets.size() + " secrets were made");
        String all = heard.toString();
        for (String secret : secrets) {
            for (int from = 0; from + PART <= secret.length(); from++) {
                String part = secret.substring(from, from + PART);
                assertFalse(all.contains(part), () -> "a part of a secret was said:\n" + all);
            }
        }
    }

    private static String id(Cli.Said said) {
        Matcher id = ID.matcher(said.out());
        String last = "";
        while (id.find()) {
            last = id.group(1);
        }
        return last;
    }
}
