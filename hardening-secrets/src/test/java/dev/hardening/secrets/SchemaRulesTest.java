package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.hardening.secrets.Schema.Profile;
import dev.hardening.secrets.SchemaReport.Finding;
import dev.hardening.testing.SeededRandom;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaRulesTest {
    private static final String GOOD = "k3J9vQ2mX7pL4tR8wB6nZ1cD5hF0gS2aY9eU3iO7x5Q";
    private static final String OTHER = "W1bT8xK4zR0qN7mJ5vH2yL9cF6gD3sP1aE8uI4oB0kZ";

    private static List<String> rules(SchemaReport report) {
        return report.findings().stream().map(Finding::rule).toList();
    }

    private static SchemaReport check(Schema.Builder schema, Map<String, String> values) {
        return schema.build().check(SecretSource.of(values));
    }

    @ParameterizedTest
    @Tag("secrets:V2")
    @CsvSource({
        "https://campus.university.example/x,campus-university-example-9Zq8tw3KpL0aB7vXnM2rT5yUiOq1wEd",
        "https://campus.university.example/x,9Zq8tw3KpL0aB7vXnM2rT5yUiOq1wEd-University-7",
        "https://registrar:x@db.example/x,Registrar9Zq8tw3KpL0aB7vXnM2rT5yUiOq1wEd7",
        "jdbc:postgresql://campusdb.internal/lms,campusdb-9Zq8tw3KpL0aB7vXnM2rT5yUiOq1wEd7",
        "https://other.test/,Hogwarts-9Zq8tw3KpL0aB7vXnM2rT5yUiOq1wEd7"
    })
    void check_secretMadeOfAHostOrUserOrNamedWord_isDerived(String uri, String secret) {
        SchemaReport report = check(
                Schema.builder()
                        .add(Setting.secret("S").minBits(128))
                        .uri("U", "https", "jdbc")
                        .notDerivedFrom("hogwarts"),
                Map.of("S", secret, "U", uri));

        assertEquals(List.of("derived"), rules(report));
    }

    /** The shape alone: whether it opens is of no interest where nothing would open it. */
    @Test
    @Tag("secrets:E8")
    void check_sealedTextInAnEnvFile_isAFindingAndStopsProductionOnly(@TempDir Path home) throws IOException {
        String sealed =
                "SFMx" + "k3J9vQ2mX7pL4tR8wB6nZ1cD5hF0gS2aY9e_U3iO7x5Q-W1bT8xK4zR0qN7mJ5vH2yL9cF6gD3sP1aE8uI4oB0kZ"
                        + "q7Zt5Rw2LkPmXv9Jc3YhB";
        Path file = home.resolve(".env");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, "ENCRYPTION_KEY=" + GOOD + "\nDB_PASSWORD=" + sealed + "\nNOTE=" + sealed + "\n");
        Schema.Builder schema =
                Schema.builder().secret("ENCRYPTION_KEY").secret("DB_PASSWORD").text("NOTE");

        SchemaReport report = schema.profile(Profile.DEVELOPMENT).build().check(SecretSource.envFile(file));
        SchemaReport production = schema.profile(Profile.PRODUCTION).build().check(SecretSource.envFile(file));

        assertEquals(List.of("sealed", "sealed"), rules(report));
        assertEquals(
                List.of("DB_PASSWORD", "NOTE"),
                report.findings().stream().map(Finding::setting).toList());
        assertEquals(List.of(), report.faults());
        assertEquals(2, production.faults().size());
        assertFalse(report.toString().contains("k3J9"));
    }

    @ParameterizedTest
    @Tag("secrets:E8")
    @ValueSource(ints = {110, 111})
    void check_lengthAroundTheShortestSealedText_isSealedFromItOn(int length) {
        String value = ("SFMx" + GOOD + OTHER + "q7Zt5Rw2LkPmXv9Jc3YhBn8").substring(0, length);

        SchemaReport report = check(Schema.builder().secret("S"), Map.of("S", value));

        assertEquals(length == 111 ? List.of("sealed") : List.of(), rules(report));
    }

    @Test
    @Tag("secrets:V2")
    void check_secretThatHoldsNothingOfTheHost_isNotDerived() {
        SchemaReport report = check(
                Schema.builder().secret("S").uri("U", "https").uri("MAIL", "mailto"),
                Map.of("S", GOOD, "U", "https://lms.university.example", "MAIL", "mailto:root@university.example"));

        assertEquals(List.of(), report.findings());
    }

    @ParameterizedTest
    @Tag("secrets:V2")
    @CsvSource({"2027-01-30,''", "2027-01-31,expired", "2027-02-01,expired"})
    void check_dayOfExpiry_countsFromItsStart(String today, String expected) {
        Clock clock = Clock.fixed(Instant.parse(today + "T00:00:00Z"), ZoneOffset.UTC);

        SchemaReport report =
                check(Schema.builder().clock(clock).secret("S"), Map.of("S", GOOD, "S_EXPIRES", "2027-01-31"));

        assertEquals(expected, String.join(" ", rules(report)));
    }

    @ParameterizedTest
    @Tag("secrets:V1")
    @ValueSource(strings = {"2027-13-01", "soon", "2027-01-31T00:00:00Z"})
    void check_malformedDayOfExpiry_isAFaultEverywhereAndNotQuoted(String day) {
        SchemaReport report =
                check(Schema.builder().profile(Profile.DEVELOPMENT).secret("S"), Map.of("S", GOOD, "S_EXPIRES", day));

        assertEquals(
                List.of("format"), report.faults().stream().map(Finding::rule).toList());
        assertFalse(report.toString().contains(day));
    }

    @Test
    @Tag("secrets:V2")
    void check_previousIsTheSameSecret_isReused() {
        Schema.Builder schema = Schema.builder().secret("S");

        assertEquals(List.of("reused"), rules(check(schema, Map.of("S", GOOD, "S_PREVIOUS", GOOD))));
        assertEquals(List.of(), rules(check(schema, Map.of("S", GOOD, "S_PREVIOUS", OTHER))));
    }

    @Test
    @Tag("secrets:V2")
    void check_previousInTheSchemaItself_isReportedOnce() {
        Schema.Builder schema =
                Schema.builder().secret("S").add(Setting.secret("S_PREVIOUS").optional());

        SchemaReport report = check(schema, Map.of("S", GOOD, "S_PREVIOUS", GOOD));

        assertEquals(
                List.of("S_PREVIOUS"),
                report.findings().stream().map(Finding::setting).toList());
    }

    @ParameterizedTest
    @Tag("secrets:A1")
    @ValueSource(
            strings = {
                "change-me-in-production",
                "your-256-bit-secret",
                "0000000000000000000000000000000000000000000000000000000000000000",
                "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970",
                "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
            })
    void check_defaultOrPublishedSecret_stopsProductionAndIsNotQuoted(String value) {
        SchemaReport report = check(Schema.builder().secret("JWT_SECRET"), Map.of("JWT_SECRET", value));

        assertFalse(report.faults().isEmpty());
        // The program that the hints name has "secret" in its name, as some of the values have.
        CanaryTest.assertNothingOf(value, report.toString().replace("hardening-secrets", ""));
    }

    @Test
    @Tag("secrets:V3")
    void score_findings_areWeighedByTheirRules() {
        Schema.Builder schema = Schema.builder()
                .profile(Profile.DEVELOPMENT)
                .add(Setting.secret("A").minBits(40))
                .text("B")
                .add(Setting.text("C").expect("mine", "is not mine", text -> false));

        assertEquals(100, check(Schema.builder().secret("A"), Map.of("A", GOOD)).score());
        assertEquals(90, check(schema, Map.of("A", GOOD, "B", "b", "C", "c")).score());
        assertEquals(70, check(schema, Map.of("A", GOOD, "C", "c")).score());
        assertEquals(65, check(schema, Map.of("A", GOOD + " ", "C", "c")).score());
        assertTrue(check(schema, Map.of("A", GOOD + " ", "C", "c")).toString().endsWith("score 65 of 100\n"));
    }

    @Test
    @Tag("secrets:V3")
    void score_sameValuesInBothProfiles_isTheSame() {
        Map<String, String> values = Map.of("A", "change-me", "B", "change-me");

        assertEquals(
                check(Schema.builder().secret("A").secret("B"), values).score(),
                check(Schema.builder().profile(Profile.DEVELOPMENT).secret("A").secret("B"), values)
                        .score());
    }

    @Test
    @Tag("secrets:V3")
    void score_oneMoreFinding_neverRaisesIt() {
        Random random = SeededRandom.of("SchemaRulesTest.score");
        List<String> texts = List.of(GOOD, OTHER, "change-me", "", " " + GOOD, "aaaa", GOOD + "\n", "x".repeat(99));
        for (int round = 0; round < 300; round++) {
            Schema.Builder schema = Schema.builder();
            Map<String, String> values = new HashMap<>();
            int score = 100;
            int findings = 0;
            for (int at = 0; at < 8; at++) {
                schema.secret("S" + at);
                values.put("S" + at, texts.get(random.nextInt(texts.size())));
                SchemaReport report = check(schema, values);
                assertTrue(report.score() <= score && report.score() >= 0);
                assertTrue(report.findings().size() == findings || report.score() < score || score == 0);
                score = report.score();
                findings = report.findings().size();
            }
        }
    }

    @ParameterizedTest
    @Tag("secrets:V1")
    @ValueSource(strings = {"DEVELOPMENT", "PRODUCTION"})
    void check_twice_givesTheSameReport(Profile profile) {
        Schema schema = Schema.builder()
                .profile(profile)
                .secret("A")
                .secret("B")
                .port("P", 1)
                .uri("U", "https")
                .build();
        SecretSource source = SecretSource.of(Map.of("A", "change-me", "B", "change-me", "P", "x"));

        assertEquals(schema.check(source).findings(), schema.check(source).findings());
    }

    @Test
    @Tag("secrets:A8")
    void check_addressWithPassword_isNeverInAReport() {
        String password = "Xk83-canary-of-a-password";
        Map<String, String> values = Map.of("U", "jdbc:postgresql://u:" + password + "@h", "S", password);

        SchemaReport report = check(
                Schema.builder()
                        .secret("S")
                        .add(Setting.uri("U", "jdbc").require("no", "is not allowed", text -> false)),
                values);

        assertTrue(rules(report).contains("no"));
        CanaryTest.assertNothingOf(password, report.toString());
        CanaryTest.assertNothingOf(password, report.findings().toString());
    }

    /** Keeps what it gave away, to see what became of it. */
    private static final class Lender implements SecretSource {
        private final Map<String, String> values;
        private final Map<String, Secret> lent = new HashMap<>();

        Lender(Map<String, String> values) {
            this.values = values;
        }

        @Override
        public Optional<Secret> find(String name) {
            return Optional.ofNullable(values.get(name)).map(value -> {
                Secret copy = Secret.of(value);
                assertNull(lent.put(name, copy), name);
                return copy;
            });
        }

        /** The names of what was not closed. */
        Set<String> open() {
            return lent.entrySet().stream()
                    .filter(each -> isOpen(each.getValue()))
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
        }

        private static boolean isOpen(Secret secret) {
            try {
                return !secret.use(bytes -> bytes.length == 0);
            } catch (IllegalStateException closed) {
                return false;
            }
        }
    }

    @Test
    @Tag("secrets:S3")
    void check_noFault_closesAllButTheSecretsOfTheSchema() {
        Map<String, String> values = Map.of(
                "S", GOOD, "S_PREVIOUS", OTHER, "S_EXPIRES", "9999-01-01", "U", "jdbc:postgresql://h/d", "P", "1");
        Lender lender = new Lender(values);

        Settings settings = Schema.builder()
                .secret("S")
                .uri("U", "jdbc")
                .port("P", 1)
                .build()
                .check(lender)
                .orThrow();

        assertEquals(values.keySet(), lender.lent.keySet());
        assertEquals(Set.of("S"), lender.open());
        assertEquals(GOOD, settings.secret("S").reveal());
    }

    @Test
    @Tag("secrets:S3")
    void check_fault_closesEverything() {
        Lender lender = new Lender(Map.of("S", GOOD, "S_EXPIRES", "soon", "P", "80800"));

        SchemaReport report = Schema.builder().secret("S").port("P", 1).build().check(lender);

        assertEquals(2, report.faults().size());
        assertEquals(Set.of(), lender.open());
    }

    @Test
    @Tag("secrets:S3")
    void check_sourceFailsHalfway_closesWhatItGave() {
        Lender lender = new Lender(Map.of("S", GOOD, "T", OTHER));
        SecretSource broken = name -> {
            if (name.equals("P")) {
                throw new SecretsUnavailableException("gone");
            }
            return lender.find(name);
        };

        Schema schema = Schema.builder().secret("S").secret("T").port("P", 1).build();

        assertThrows(SecretsUnavailableException.class, () -> schema.check(broken));
        assertEquals(Set.of(), lender.open());
    }

    @ParameterizedTest
    @Tag("secrets:A13")
    @ValueSource(strings = {"a", "ab", "<", "your", "${", "{{", "%a", "1q2w3e4", "0", "YWFh"})
    void broken_oneMegabyte_isJudgedByItsStartAlone(String unit) {
        String start = unit.repeat(PlaceholderGrammar.EXAMINED).substring(0, PlaceholderGrammar.EXAMINED);
        Map<String, String> expected = SecretRules.broken("S", Secret.of(start), 256);

        for (String tail : List.of(unit, GOOD, "change-me", "${S}", "SFMx")) {
            String text = start + tail.repeat((1 << 20) / tail.length());
            assertEquals(expected, SecretRules.broken("S", Secret.of(text), 256), tail);
        }

        assertTrue(expected.containsKey("pattern"));
    }

    /** Work is counted in bytes allocated: a megabyte more may cost the copy of it that is lent, and nothing else. */
    @ParameterizedTest
    @Tag("secrets:A13")
    @ValueSource(strings = {"a", "<", "your", "${", "1q2w3e4", "YWFh"})
    void broken_oneMegabyte_allocatesForItsStartAndOneCopy(String unit) {
        int length = 1 << 20;
        Secret start = Secret.of(unit.repeat(PlaceholderGrammar.EXAMINED).substring(0, PlaceholderGrammar.EXAMINED));
        Secret whole = Secret.of(unit.repeat(length).substring(0, length));
        allocated(start);
        allocated(whole);

        long more = allocated(whole) - allocated(start);

        assertTrue(more < length + (64 << 10), () -> more + " bytes more");
    }

    private static long allocated(Secret secret) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        Map<String, String> broken = SecretRules.broken("S", secret, 256);
        long after = threads.getCurrentThreadAllocatedBytes();
        assertTrue(broken.containsKey("pattern"));
        return after - before;
    }
}
