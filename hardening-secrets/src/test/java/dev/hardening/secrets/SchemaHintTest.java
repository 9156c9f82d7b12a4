package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Schema.Profile;
import dev.hardening.secrets.SchemaReport.Finding;
import dev.hardening.secrets.SchemaReport.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every finding says what to do, and what it says helps. */
@Tag("secrets:V1")
class SchemaHintTest {
    private static final String GOOD = "k3J9vQ2mX7pL4tR8wB6nZ1cD5hF0gS2aY9eU3iO7x5Q";
    private static final Pattern DRAWN = Pattern.compile("openssl rand -hex ([0-9]+)");

    /** One value or more for each rule that a schema has of itself, with the rule that the value breaks. */
    private static final Map<String, String> BREACHES = new TreeMap<>(Map.ofEntries(
            Map.entry("missing", ""),
            Map.entry("placeholder", "change-me-in-production"),
            Map.entry("published", "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7"),
            Map.entry("weak", "k3J9vQ2mX7pL"),
            Map.entry("pattern", "ab".repeat(64)),
            Map.entry("reused", GOOD),
            Map.entry("derived", "Zauberei-" + GOOD),
            Map.entry("expired", new StringBuilder(GOOD).reverse().toString()),
            Map.entry("whitespace", GOOD.substring(1) + "7 "),
            Map.entry("sealed", "SFMx" + GOOD + new StringBuilder(GOOD).reverse() + "q7Zt5Rw2LkPmXv9Jc3YhB")));

    static List<String> kinds() {
        return List.of("port", "number", "uri", "duration", "choice", "flag", "path", "text");
    }

    private static Setting setting(String kind) {
        return switch (kind) {
            case "port" -> Setting.port("V");
            case "number" -> Setting.number("V", 0, 9);
            case "uri" -> Setting.uri("V", "https");
            case "duration" -> Setting.duration("V", Duration.ZERO, Duration.ofDays(1));
            case "choice" -> Setting.choice("V", TimeUnit.class);
            case "flag" -> Setting.flag("V");
            case "path" -> Setting.path("V");
            default -> Setting.text("V");
        };
    }

    private static SchemaReport check(Setting setting, String value) {
        return Schema.builder().add(setting).build().check(SecretSource.of(Map.of(setting.name(), value)));
    }

    /** A secret for each breach, and what is broken by addresses alone. */
    private static SchemaReport everyRule() {
        Schema.Builder schema = Schema.builder()
                .secret("KEPT")
                .notDerivedFrom("zauberei")
                .add(Setting.uri("URL", "http", "https").expectHttps())
                .port("PORT", 1);
        Map<String, String> values = new TreeMap<>(Map.of("KEPT", GOOD, "URL", "http://h", "PORT", "x"));
        BREACHES.forEach((rule, value) -> {
            schema.secret(rule.toUpperCase(Locale.ROOT));
            values.put(rule.toUpperCase(Locale.ROOT), value);
        });
        values.put("EXPIRED_EXPIRES", "2001-01-01");
        return schema.build().check(SecretSource.of(values));
    }

    @Test
    void check_everyRuleThatIsBuiltIn_hasAHintOfItsOwnInOneSentence() {
        SchemaReport report = everyRule();

        Set<String> broken =
                report.findings().stream().map(Finding::rule).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                Arrays.stream(SchemaRule.values()).map(SchemaRule::id).collect(Collectors.toCollection(TreeSet::new)),
                broken);
        for (Finding finding : report.findings()) {
            assertFalse(finding.hint().startsWith("Give "), finding::toString);
            assertTrue(finding.hint().length() < 160 && !finding.hint().contains(". "), finding::toString);
            assertTrue(report.toString().contains(finding.message() + " (" + finding.rule() + "). " + finding.hint()));
        }
    }

    @Test
    void check_everyRuleThatIsBuiltIn_givesAHintWithoutAnyPartOfTheValue() {
        String report = everyRule().toString().replace("hardening-secrets", "");

        BREACHES.values().forEach(value -> CanaryTest.assertNothingOf(value, report));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void check_malformedOrMissingValue_saysWhatToWrite(String kind) {
        Finding malformed = check(setting(kind), "\0").findings().get(0);
        Finding missing = check(setting(kind), "").findings().get(0);

        assertEquals("format", malformed.rule());
        assertTrue(malformed.hint().startsWith("Write ") || malformed.hint().startsWith("Begin "), malformed.hint());
        assertTrue(missing.hint().startsWith("Set V, which must be "), missing.hint());
    }

    @Test
    void check_malformedDayOfExpiry_namesTheVariableOfTheDay() {
        SchemaReport report =
                Schema.builder().secret("A").build().check(SecretSource.of(Map.of("A", GOOD, "A_EXPIRES", "soon")));

        assertEquals("Write A_EXPIRES as 2027-01-31", report.findings().get(0).hint());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "change-me", "k3J9vQ2mX7pL", "0000000000000000000000"})
    void hint_ofTheAuthor_winsOverThoseOfTheRules(String value) {
        SchemaReport report = check(Setting.secret("A").hint("Ask the registry office for it"), value);

        assertFalse(report.findings().isEmpty());
        report.findings().forEach(finding -> assertEquals("Ask the registry office for it", finding.hint()));
    }

    @Test
    void hint_blank_isNone() {
        assertTrue(check(Setting.secret("A").hint(" "), "").toString().contains("hardening-secrets init"));
        assertThrows(IllegalArgumentException.class, () -> new Finding("A", "x", Severity.FAULT, "A is x", " "));
    }

    @Test
    void hint_ruleOfAnAuthorWhoGaveNone_isThereAllTheSame() {
        SchemaReport report = check(Setting.text("A").require("mine", "is not mine", text -> false), "x");

        assertEquals(
                "A is not mine (mine). Give A a value that keeps this rule",
                report.findings().get(0).toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 128, 129, 256, 257, 4096})
    void hint_secretDrawnAsItSays_keepsEveryRule(int bits) {
        Setting setting = Setting.secret("A").minBits(bits);
        for (String value : List.of("", "change-me")) {
            Matcher drawn =
                    DRAWN.matcher(check(setting, value).findings().get(0).hint());
            assertTrue(drawn.find());
            byte[] made = new byte[Integer.parseInt(drawn.group(1))];
            new SeededSecureRandom("hints").nextBytes(made);

            assertEquals(
                    List.of(), check(setting, HexFormat.of().formatHex(made)).findings());
        }
    }

    /** Rotating it would make {@code A_PREVIOUS_PREVIOUS}, which is refused. */
    @ParameterizedTest
    @CsvSource({"change-me,Remove A_PREVIOUS", "0000000000000000000000,Remove A_PREVIOUS"})
    void hint_earlierValueThatIsNoGood_isToRemoveIt(String value, String expected) {
        Setting previous = Setting.secret("A_PREVIOUS").optional();

        check(previous, value)
                .findings()
                .forEach(finding -> assertTrue(finding.hint().startsWith(expected), finding::hint));
    }

    @Test
    void check_bothProfiles_giveTheSameHints() {
        Schema.Builder schema = Schema.builder().secret("A").secret("B");
        SecretSource source = SecretSource.of(Map.of("A", "change-me", "B", "change-me"));

        List<String> development =
                hints(schema.profile(Profile.DEVELOPMENT).build().check(source));

        assertEquals(hints(schema.profile(Profile.PRODUCTION).build().check(source)), development);
    }

    /** The guide has each rule with what it weighs. */
    @ParameterizedTest
    @EnumSource
    void guide_rule_standsThereWithItsWeight(SchemaRule rule) throws IOException {
        String guide = Files.readString(Path.of("..", "docs", "secrets.md"));
        Pattern row = Pattern.compile(
                "\\| [^|\\n]*`" + rule.id() + "`[^|\\n]* \\|.*\\| " + SchemaRule.weightOf(rule.id()) + " \\|");

        assertTrue(row.matcher(guide).find(), rule::id);
    }

    private static List<String> hints(SchemaReport report) {
        return report.findings().stream().map(Finding::hint).toList();
    }
}
