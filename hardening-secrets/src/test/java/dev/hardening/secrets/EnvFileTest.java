package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.EnvFile.Change;
import dev.hardening.secrets.EnvFile.Change.Kind;
import dev.hardening.secrets.EnvFile.Finding;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnvFileTest {
    @TempDir
    Path folder;

    private Path path() {
        return folder.resolve(".env.development");
    }

    private static EnvFile fourSecrets(EnvFile file) {
        return file.ensure("JWT_SECRET", SecretSpec.token64())
                .ensure("JWT_REFRESH_SECRET", SecretSpec.token64())
                .ensure("SESSION_SECRET", SecretSpec.token64())
                .ensure("ENCRYPTION_KEY", SecretSpec.hex256());
    }

    @Test
    @Tag("secrets:W1")
    @Tag("secrets:G4")
    void save_noFile_makesFourDistinctSecretsForTheOwnerOnly() throws IOException {
        List<String> added = names(fourSecrets(EnvFile.open(path())).save());

        assertEquals(List.of("JWT_SECRET", "JWT_REFRESH_SECRET", "SESSION_SECRET", "ENCRYPTION_KEY"), added);
        EnvFile again = EnvFile.open(path());
        Set<String> values = added.stream()
                .map(name -> again.find(name).orElseThrow().reveal())
                .collect(Collectors.toSet());
        assertEquals(4, values.size());
        values.forEach(value -> assertEquals(64, value.length()));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path())));
        assertEquals(List.of(), EnvFile.lint(path()));
    }

    @Test
    @Tag("secrets:W4")
    void save_again_changesNoByte() throws IOException {
        fourSecrets(EnvFile.open(path())).save();
        byte[] before = Files.readAllBytes(path());
        var written = Files.getLastModifiedTime(path());

        assertEquals(List.of(), fourSecrets(EnvFile.open(path())).save());

        assertEquals(new String(before, StandardCharsets.UTF_8), Files.readString(path()));
        assertEquals(written, Files.getLastModifiedTime(path()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "# comment\n\nA=1\n  # indented comment\nB='two words'\n",
                "A=1\r\n# windows\r\nB=2\r\n",
                "A=1\nB=2",
                "\n\n\n",
                "A=1\r\nB=2\n",
                "# only a comment"
            })
    @Tag("secrets:W4")
    void save_existingText_isAPrefixOfTheNewOne(String text) throws IOException {
        write(text);

        EnvFile.open(path()).ensure("NEW", SecretSpec.hex256()).save();

        String after = Files.readString(path());
        String end = text.contains("\r\n") ? "\r\n" : "\n";
        String separator = text.endsWith("\n") ? "" : end;
        assertTrue(after.startsWith(text + separator + "NEW="), after);
        assertTrue(after.endsWith(end));
        assertEquals(text.length() + separator.length() + 4 + 64 + end.length(), after.length());
    }

    @ParameterizedTest
    @CsvSource({"A=,A=%", "A=\"\",A=\"%\"", "A='',A='%'"})
    @Tag("secrets:W4")
    void save_emptyValue_isFilledInPlace(String line, String filled) throws IOException {
        write("X=1\n" + line + "\n# end\n");

        assertEquals(
                List.of(new Change("A", Kind.ADDED)),
                EnvFile.open(path()).ensure("A", SecretSpec.hex256()).save());

        String value = EnvFile.open(path()).find("A").orElseThrow().reveal();
        assertEquals("X=1\n" + filled.replace("%", value) + "\n# end\n", Files.readString(path()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "KEY=\"-----BEGIN PRIVATE KEY-----\n%=\"\n-----END PRIVATE KEY-----\"\n",
                "KEY='first\n%=='\n",
                "KEY=\"first\n %=x\n%=y\"\n",
                "KEY=-----BEGIN PRIVATE KEY-----\n%==\n%=$\n",
                "KEY=first\n%='open\n",
                "KEY=first\n%=\u0001\n",
                "export %=a b\n%=\"a`\"\n"
            })
    @Tag("secrets:E3")
    @Tag("secrets:W3")
    void open_lineThatMayBePartOfASecret_isNotQuoted(String text) throws IOException {
        String canary = "MIIEcanary7Qz0T1x";
        write(text.replace("%", canary));

        String refused = assertThrows(SecretsConfigurationException.class, () -> EnvFile.open(path()))
                .toString();

        assertFalse(refused.contains(canary), "quoted");
        assertTrue(EnvFile.lint(path()).stream()
                .noneMatch(finding -> finding.toString().contains(canary)));
    }

    @ParameterizedTest
    @CsvSource({
        "# C:%,BACKSLASH,comment-continued",
        "#%,BACKSLASH,comment-continued",
        "# a%B=1,RETURN,control-character"
    })
    @Tag("secrets:W3")
    void lint_commentThatSomeReadOn_isAFault(String comment, String end, String rule) throws IOException {
        write(comment.replace("%", end.equals("RETURN") ? "\r" : "\\") + "\nA=1\n");

        List<Finding> findings = EnvFile.lint(path());

        assertEquals(List.of(rule), findings.stream().map(Finding::rule).toList());
        assertTrue(findings.get(0).fault());
    }

    @Test
    @Tag("secrets:W4")
    void save_severalPlacesAndNewNames_areAllServed() throws IOException {
        write("B=\nA=\nKEEP=me");

        EnvFile file = EnvFile.open(path());
        List.of("A", "B", "C", "KEEP").forEach(name -> file.ensure(name, SecretSpec.hex256()));

        assertEquals(List.of("A", "B", "C"), names(file.save()));
        assertTrue(Files.readString(path()).matches("B=[0-9a-f]{64}\nA=[0-9a-f]{64}\nKEEP=me\nC=[0-9a-f]{64}\n"));
        assertEquals("me", file.find("KEEP").orElseThrow().reveal());
        assertEquals(64, file.find("A").orElseThrow().length());
    }

    @Test
    @Tag("secrets:W4")
    void preview_missingNames_areNamedAndNothingIsWritten() throws IOException {
        write("SESSION_SECRET=x\n");

        List<String> names = names(fourSecrets(EnvFile.open(path())).preview());

        assertEquals(List.of("JWT_SECRET", "JWT_REFRESH_SECRET", "ENCRYPTION_KEY"), names);
        assertEquals("SESSION_SECRET=x\n", Files.readString(path()));
    }

    @Test
    @Tag("secrets:W4")
    void save_runsAtTheSameTime_agreeOnOneValue() throws InterruptedException, ExecutionException {
        List<EnvFile> files = Stream.generate(() -> fourSecrets(EnvFile.open(path())))
                .limit(8)
                .toList();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        int added = 0;
        try {
            List<Callable<List<Change>>> saves = files.stream()
                    .<Callable<List<Change>>>map(file -> file::save)
                    .toList();
            for (Future<List<Change>> save : threads.invokeAll(saves)) {
                added += save.get().size();
            }
        } finally {
            threads.shutdownNow();
        }

        assertEquals(4, added);
        assertEquals(
                1,
                files.stream()
                        .map(file -> file.find("JWT_SECRET").orElseThrow().reveal())
                        .distinct()
                        .count());
    }

    @Test
    void save_writeFails_findsNothingThatIsNotOnDisk() throws IOException {
        Path file = folder.resolve(".env");
        EnvFile env = EnvFile.open(file).ensure("TOKEN", SecretSpec.token64());
        Path inTheWay = Files.createDirectories(folder.resolve(".env.tmp/full"));

        assertThrows(SecretsUnavailableException.class, env::save);
        assertTrue(env.find("TOKEN").isEmpty());

        Files.delete(inTheWay);
        assertEquals(List.of("TOKEN"), names(env.save()));
        assertTrue(env.find("TOKEN").isPresent());
    }

    @Test
    void save_fileBrokenMeanwhile_isRefusedAndLeftAlone() throws IOException {
        EnvFile file = fourSecrets(EnvFile.open(path()));
        write("not an assignment\n");

        assertThrows(SecretsConfigurationException.class, file::save);

        assertEquals("not an assignment\n", Files.readString(path()));
    }

    @Test
    void ensure_nameThatIsNone_isRefused() {
        EnvFile file = EnvFile.open(path());

        assertThrows(IllegalArgumentException.class, () -> file.ensure("A B", SecretSpec.hex256()));
        assertThrows(IllegalArgumentException.class, () -> file.ensure("1A", SecretSpec.hex256()));
        assertThrows(IllegalArgumentException.class, () -> file.ensure("", SecretSpec.hex256()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "A=1|''",
                "A=a.b:c/d@e%f+g,h^i-j_k=l|''",
                "A=schlüssel|''",
                "export A=1|export",
                " A=1|indent",
                "A='two words'|quoted",
                "A=\"two words # no comment\"|quoted",
                "A='$literal'|quoted",
                "A=x&y|shell-operator"
            })
    @Tag("secrets:G2")
    void lint_lineThatAllParsersAgreeOn_isAtMostAWarning(String line, String rule) throws IOException {
        write(line + "\n");

        List<Finding> findings = EnvFile.lint(path());

        assertEquals(rule, findings.stream().map(Finding::rule).collect(Collectors.joining()));
        assertTrue(findings.stream().noneMatch(Finding::fault));
        assertTrue(EnvFile.open(path()).find("A").isPresent());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            quoteCharacter = '~',
            value = {
                "A=$HOME|ambiguous-value",
                "A=a\\nb|ambiguous-value",
                "A=`id`|ambiguous-value",
                "A=value # comment|ambiguous-value",
                "A=https://host/#fragment|ambiguous-value",
                "A=two words|ambiguous-value",
                "A=it's|ambiguous-value",
                "A=say\"no\"|ambiguous-value",
                "A=\"$HOME\"|ambiguous-value",
                "A=\"a\\nb\"|ambiguous-value",
                "A=\"open|quote",
                "A='closed' twice|quote",
                "A='one'two'|quote",
                "A='|quote",
                "A =1|name",
                "1A=1|name",
                "A-B=1|name",
                "=1|name",
                "no assignment|no-assignment",
                "A=1\u0007|control-character",
                "A='1\u001b2'|control-character"
            })
    @Tag("secrets:G2")
    void lint_lineThatDialectsReadDifferently_isAFaultThatRefusesTheFile(String line, String rule) throws IOException {
        write("X=1\n" + line + "\n");

        List<Finding> faults =
                EnvFile.lint(path()).stream().filter(Finding::fault).toList();

        assertEquals(List.of(rule), faults.stream().map(Finding::rule).toList());
        assertEquals(2, faults.get(0).line());
        assertThrows(SecretsConfigurationException.class, () -> EnvFile.open(path()));
    }

    @Test
    void lint_wholeFileFaults_areFound() throws IOException {
        write("\ufeffA=1\n");
        assertEquals(List.of("byte-order-mark", "name"), rules());

        write("A=1\nB=2\nA=3\n");
        assertEquals(List.of("duplicate-name"), rules());

        Files.write(path(), new byte[] {'A', '=', (byte) 0xff, '\n'});
        assertEquals(List.of("encoding"), rules());

        write("A=1\rB=2\n");
        assertEquals(List.of("control-character"), rules());
    }

    @Test
    void lint_noFile_findsNothing() {
        assertEquals(List.of(), EnvFile.lint(path()));
        assertFalse(Files.exists(path()));
    }

    private static List<String> names(List<Change> changes) {
        return changes.stream()
                .filter(change -> change.kind() == Kind.ADDED)
                .map(Change::name)
                .toList();
    }

    private List<String> rules() {
        return EnvFile.lint(path()).stream().map(Finding::rule).toList();
    }

    private void write(String text) throws IOException {
        Files.writeString(path(), text);
        Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    @Tag("secrets:S3")
    void close_file_refusesEveryUseAndLeavesTheFileAlone() throws IOException {
        EnvFile env = EnvFile.open(path()).ensure("A", SecretSpec.token64());
        env.save();
        String written = Files.readString(path());
        Secret copy = env.find("A").orElseThrow();

        env.close();
        env.close();

        assertThrows(IllegalStateException.class, () -> env.find("A"));
        assertThrows(IllegalStateException.class, env::names);
        assertThrows(IllegalStateException.class, env::preview);
        assertThrows(IllegalStateException.class, env::save);
        assertEquals(written, Files.readString(path()));
        assertTrue(written.contains(copy.reveal()));
    }
}
