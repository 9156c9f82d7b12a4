package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Schema.Profile;
import dev.hardening.secrets.SchemaReport.Finding;
import dev.hardening.secrets.SchemaReport.Severity;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SchemaTest {
    private static final String GOOD = SecretGenerator.create(new SecureRandom())
            .next(SecretSpec.token64())
            .reveal();
    private static final String OTHER =
            SecretGenerator.create(new SecureRandom()).next(SecretSpec.hex256()).reveal();

    enum Mode {
        ALL,
        READ_ONLY
    }

    private static Schema service(Profile profile) {
        return Schema.builder()
                .profile(profile)
                .secret("JWT_SECRET")
                .secret("SESSION_SECRET")
                .port("PORT", 8080)
                .uri("DATABASE_URL", "jdbc")
                .add(Setting.uri("PUBLIC_URL", "http", "https").expectHttps())
                .build();
    }

    @Test
    void find_optionalValuesThatAreAbsent_areEmptyInEveryType() {
        Settings settings = Schema.builder()
                .add(Setting.number("N", 0, 10).optional())
                .add(Setting.port("P").optional())
                .add(Setting.duration("D", Duration.ofSeconds(1), Duration.ofHours(1))
                        .optional())
                .add(Setting.flag("F").optional())
                .add(Setting.choice("C", TimeUnit.class).optional())
                .build()
                .check(SecretSource.of(Map.of()))
                .orThrow();

        assertEquals(OptionalLong.empty(), settings.findNumber("N"));
        assertEquals(OptionalInt.empty(), settings.findPort("P"));
        assertEquals(Optional.empty(), settings.findDuration("D"));
        assertEquals(Optional.empty(), settings.findFlag("F"));
        assertEquals(Optional.empty(), settings.findChoice("C", TimeUnit.class));
        assertThrows(IllegalArgumentException.class, () -> settings.findNumber("P"));
    }

    @ParameterizedTest
    @CsvSource({
        "9223372036854775807, true",
        "-9223372036854775808, true",
        "9223372036854775808, false",
        "-9223372036854775809, false",
        "0000000000000000001, true",
        "99999999999999999999, false"
    })
    void check_numberOfNineteenDigits_isReadToTheLastOfALong(String text, boolean fits) {
        Schema schema = Schema.builder()
                .add(Setting.number("N", Long.MIN_VALUE, Long.MAX_VALUE))
                .build();

        assertEquals(
                fits, schema.check(SecretSource.of(Map.of("N", text))).faults().isEmpty());
    }

    @Test
    void check_everyKindOfValue_isGivenInItsType() {
        Map<String, String> values = Map.of(
                "S",
                GOOD,
                "T",
                "text",
                "P",
                "0",
                "U",
                "https://lms.example/a",
                "N",
                "-5",
                "D",
                "15m",
                "C",
                "read-only",
                "F",
                "true",
                "PATH",
                "/tmp/../tmp/x");

        Settings settings = everyKind().check(SecretSource.of(values)).orThrow();

        assertEquals(GOOD, settings.secret("S").reveal());
        assertEquals("text", settings.text("T"));
        assertEquals(0, settings.port("P"));
        assertEquals(URI.create("https://lms.example/a"), settings.uri("U"));
        assertEquals(-5, settings.number("N"));
        assertEquals(Duration.ofMinutes(15), settings.duration("D"));
        assertEquals(OptionalLong.of(-5), settings.findNumber("N"));
        assertEquals(Optional.of(Duration.ofMinutes(15)), settings.findDuration("D"));
        assertEquals(Mode.READ_ONLY, settings.choice("C", Mode.class));
        assertTrue(settings.flag("F"));
        assertEquals(Path.of("/tmp/x"), settings.path("PATH"));
    }

    private static Schema everyKind() {
        return Schema.builder()
                .secret("S")
                .text("T")
                .port("P", 8080)
                .uri("U", "https")
                .add(Setting.number("N", -5, 5))
                .add(Setting.duration("D", Duration.ofSeconds(1), Duration.ofHours(1)))
                .add(Setting.choice("C", Mode.class))
                .add(Setting.flag("F"))
                .add(Setting.path("PATH"))
                .build();
    }

    @Test
    @Tag("secrets:V1")
    void check_severalFaults_areAllReportedInTheOrderOfTheSchema() {
        SchemaReport report = service(Profile.PRODUCTION)
                .check(SecretSource.of(
                        Map.of("SESSION_SECRET", "change-me", "PORT", "80800", "PUBLIC_URL", "http://lms.example")));

        assertEquals(
                List.of(
                        "JWT_SECRET missing",
                        "SESSION_SECRET placeholder",
                        "SESSION_SECRET weak",
                        "PORT format",
                        "DATABASE_URL missing",
                        "PUBLIC_URL https"),
                report.findings().stream()
                        .map(finding -> finding.setting() + " " + finding.rule())
                        .toList());
        assertEquals(report.findings(), report.faults());
    }

    @Test
    void orThrow_faults_namesEachWithItsRule() {
        SchemaReport report = service(Profile.PRODUCTION).check(SecretSource.of(Map.of()));

        var refused = assertThrows(SecretsConfigurationException.class, report::orThrow);

        assertEquals(
                "JWT_SECRET is not set (missing). Make one: hardening-secrets init --name JWT_SECRET,"
                        + " or openssl rand -hex 32",
                refused.faults().get(0));
        assertEquals(4, refused.faults().size());
    }

    @Test
    @Tag("secrets:V1")
    void check_weakSecretInDevelopment_warnsAndStarts() {
        SchemaReport report = service(Profile.DEVELOPMENT)
                .check(SecretSource.of(Map.of(
                        "JWT_SECRET",
                        "change-me",
                        "SESSION_SECRET",
                        "change-me",
                        "DATABASE_URL",
                        "jdbc:postgresql://h/d",
                        "PUBLIC_URL",
                        "http://localhost:8080")));

        assertEquals(List.of(), report.faults());
        assertEquals(
                List.of("placeholder", "weak", "placeholder", "weak", "reused", "https"),
                report.warnings().stream().map(Finding::rule).toList());
        assertEquals("change-me", report.orThrow().secret("JWT_SECRET").reveal());
    }

    @Test
    @Tag("secrets:G4")
    void check_twoVariablesWithOneSecret_isAFaultThatNamesBoth() {
        SchemaReport report = Schema.builder()
                .secret("JWT_SECRET")
                .secret("JWT_REFRESH_SECRET")
                .build()
                .check(SecretSource.of(Map.of("JWT_SECRET", GOOD, "JWT_REFRESH_SECRET", GOOD)));

        assertEquals(
                List.of(new Finding(
                        "JWT_REFRESH_SECRET",
                        "reused",
                        Severity.FAULT,
                        "JWT_REFRESH_SECRET is the same secret as JWT_SECRET",
                        "Put a generated one in its place: hardening-secrets rotate JWT_REFRESH_SECRET,"
                                + " or openssl rand -hex 32")),
                report.findings());
    }

    @Test
    void builder_profileNotCalled_isProduction() {
        SchemaReport report = Schema.builder().secret("A").build().check(SecretSource.of(Map.of("A", "change-me")));

        assertFalse(report.faults().isEmpty());
    }

    @ParameterizedTest
    @CsvSource({
        "PORT,-1",
        "PORT,65536",
        "PORT,8080x",
        "PORT,'8080 '",
        "NUMBER,11",
        "NUMBER,1e3",
        "URI,lms.example",
        "URI,ftp://lms.example",
        "URI,https:",
        "URI,https://",
        "URI,'https://a b'",
        "DURATION,15",
        "DURATION,0s",
        "DURATION,2h",
        "DURATION,P1Y",
        "CHOICE,READ_ONLY",
        "CHOICE,other",
        "FLAG,yes",
        "FLAG,TRUE",
        "TEXT,'two\nlines'",
        "PATH,'nul\0'"
    })
    void check_malformedValue_isAFaultEverywhere(String name, String value) {
        SchemaReport report = Schema.builder()
                .profile(Profile.DEVELOPMENT)
                .add(Setting.port("PORT").optional())
                .add(Setting.number("NUMBER", 0, 10).optional())
                .add(Setting.uri("URI", "https").optional())
                .add(Setting.duration("DURATION", Duration.ofSeconds(1), Duration.ofHours(1))
                        .optional())
                .add(Setting.choice("CHOICE", Mode.class).optional())
                .add(Setting.flag("FLAG").optional())
                .add(Setting.text("TEXT").optional())
                .add(Setting.path("PATH").optional())
                .build()
                .check(SecretSource.of(Map.of(name, value)));

        assertEquals(
                List.of("format"), report.faults().stream().map(Finding::rule).toList());
        assertEquals(name, report.faults().get(0).setting());
    }

    @ParameterizedTest
    @CsvSource({"250ms,PT0.25S", "30s,PT30S", "15m,PT15M", "8h,PT8H", "2d,PT48H", "PT1M30S,PT1M30S"})
    void check_duration_readsUnitsAndIso(String text, Duration expected) {
        Settings settings = Schema.builder()
                .add(Setting.duration("D", Duration.ZERO, Duration.ofDays(2)))
                .build()
                .check(SecretSource.of(Map.of("D", text)))
                .orThrow();

        assertEquals(expected, settings.duration("D"));
    }

    @Test
    void check_absentOptional_isEmptyAndNamedWhenDemanded() {
        Settings settings = Schema.builder()
                .add(Setting.secret("S").optional())
                .add(Setting.text("T").optional())
                .add(Setting.uri("U", "https").optional())
                .add(Setting.path("P").optional())
                .build()
                .check(SecretSource.of(Map.of()))
                .orThrow();

        assertEquals(Optional.empty(), settings.findSecret("S"));
        assertEquals(Optional.empty(), settings.findText("T"));
        assertEquals(Optional.empty(), settings.findUri("U"));
        assertEquals(Optional.empty(), settings.findPath("P"));
        assertFalse(settings.has("T"));
        assertThrows(IllegalStateException.class, () -> settings.text("T"));
    }

    @Test
    void settings_unknownNameOrOtherType_isAMistakeOfTheProgram() {
        Settings settings = Schema.builder()
                .add(Setting.text("T").orElse("x"))
                .build()
                .check(SecretSource.of(Map.of()))
                .orThrow();

        assertThrows(IllegalArgumentException.class, () -> settings.text("OTHER"));
        assertThrows(IllegalArgumentException.class, () -> settings.port("T"));
        assertTrue(settings.has("T"));
        assertEquals("Settings[T]", settings.toString());
    }

    @ParameterizedTest
    @CsvSource({"DEVELOPMENT,0", "PRODUCTION,1"})
    void requireInProduction_absent_isAFaultThereOnly(Profile profile, int faults) {
        Schema schema = Schema.builder()
                .profile(profile)
                .add(Setting.uri("SMTP_URL", "smtp").requireInProduction())
                .build();

        assertEquals(faults, schema.check(SecretSource.of(Map.of())).faults().size());
    }

    @Test
    void require_ownRule_isAFaultEverywhereAndCarriesTheHint() {
        Schema schema = Schema.builder()
                .profile(Profile.DEVELOPMENT)
                .add(Setting.text("HOSTS")
                        .require("no-star", "must not be a star", text -> !text.equals("*"))
                        .hint("Name each host"))
                .build();

        SchemaReport report = schema.check(SecretSource.of(Map.of("HOSTS", "*")));

        assertEquals("FAULT HOSTS must not be a star (no-star). Name each host\nscore 90 of 100\n", report.toString());
    }

    @Test
    void minBits_lowered_letsAShorterSecretPass() {
        Schema schema =
                Schema.builder().add(Setting.secret("DB_PASSWORD").minBits(64)).build();

        assertEquals(
                List.of(),
                schema.check(SecretSource.of(Map.of("DB_PASSWORD", OTHER.substring(0, 16))))
                        .findings());
        assertEquals(
                List.of("weak"),
                schema.check(SecretSource.of(Map.of("DB_PASSWORD", OTHER.substring(0, 15)))).findings().stream()
                        .map(Finding::rule)
                        .toList());
    }

    @Test
    void build_nameTwiceOrBadDefault_reportsBoth() {
        Schema.Builder builder =
                Schema.builder().text("A").port("A", 1).add(Setting.port("B").orElse("x"));

        assertEquals(
                List.of("A is in the schema twice", "the default of B must be a port, 0 to 65535"),
                assertThrows(SecretsConfigurationException.class, builder::build)
                        .faults());
    }

    static List<Setting> contradictions() {
        return List.of(
                Setting.text("V").requireInProduction().orElse("x"),
                Setting.text("V").orElse("x").requireInProduction(),
                Setting.text("V").requireInProduction().optional(),
                Setting.text("V").optional().requireInProduction(),
                Setting.secret("V").optional().requireInProduction(),
                Setting.text("V").optional().requireInProduction().optional());
    }

    /** Either would be a default in production that nobody asked for, or a demand that nobody made. */
    @ParameterizedTest
    @MethodSource("contradictions")
    @Tag("secrets:V1")
    void build_requiredInProductionAndAbsentThere_isRefusedInEveryProfile(Setting setting) {
        for (Profile profile : Profile.values()) {
            Schema.Builder builder = Schema.builder().profile(profile).add(setting);

            List<String> faults = assertThrows(SecretsConfigurationException.class, builder::build)
                    .faults();

            assertEquals(1, faults.size(), faults::toString);
            assertTrue(faults.get(0).matches("V cannot .* required in production; say one of them"), faults.get(0));
        }
    }

    @Test
    @Tag("secrets:V1")
    void build_severalContradictions_areToldWithAllOtherFaults() {
        Schema.Builder builder = Schema.builder()
                .add(Setting.port("A").optional().requireInProduction().orElse("x"))
                .add(Setting.text("B").orElse("x").requireInProduction())
                .text("C")
                .text("C");

        assertEquals(
                List.of(
                        "A cannot be optional and required in production; say one of them",
                        "A cannot have a default and be required in production; say one of them",
                        "the default of A must be a port, 0 to 65535",
                        "B cannot have a default and be required in production; say one of them",
                        "C is in the schema twice"),
                assertThrows(SecretsConfigurationException.class, builder::build)
                        .faults());
    }

    @Test
    void build_presenceSaidTwiceOrOptionalWithADefault_isNoContradiction() {
        Settings settings = Schema.builder()
                .profile(Profile.DEVELOPMENT)
                .add(Setting.text("A").requireInProduction().requireInProduction())
                .add(Setting.text("B").optional().optional())
                .add(Setting.text("C").optional().orElse("x"))
                .build()
                .check(SecretSource.of(Map.of()))
                .orThrow();

        assertEquals(Optional.empty(), settings.findText("A"));
        assertEquals("x", settings.text("C"));
    }

    @Test
    void setting_wrongUse_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> Setting.text("not a name"));
        assertThrows(IllegalStateException.class, () -> Setting.secret("S").orElse("default"));
        assertThrows(IllegalStateException.class, () -> Setting.secret("S").expect("x", "y", text -> true));
        assertThrows(IllegalStateException.class, () -> Setting.text("T").minBits(128));
        assertThrows(IllegalArgumentException.class, () -> Setting.secret("S").minBits(39));
        assertThrows(IllegalArgumentException.class, () -> Setting.number("N", 2, 1));
        assertThrows(IllegalArgumentException.class, () -> Setting.uri("U"));
        assertThrows(
                IllegalArgumentException.class,
                () -> Setting.duration("D", Duration.ofSeconds(2), Duration.ofSeconds(1)));
    }
}
