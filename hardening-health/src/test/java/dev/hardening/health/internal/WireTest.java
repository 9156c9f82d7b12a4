package dev.hardening.health.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.health.CheckResult;
import dev.hardening.health.HealthAnswer;
import dev.hardening.health.Impact;
import dev.hardening.health.Probe;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WireTest {
    private static final String DRAFT = "application/health+json";

    private final EngineKit kit = new EngineKit();

    @AfterEach
    void close() {
        kit.close();
    }

    private Engine mixed() {
        return kit.gates("migrations")
                .liveness("deadlock", deadline -> CheckResult.ok())
                .critical("db", deadline -> CheckResult.fail("canary").with("canary", "canary"), 1, 1)
                .check("mail", Impact.DEGRADES, deadline -> CheckResult.fail("canary"))
                .check("news", Impact.INFO, deadline -> {
                    throw new IllegalStateException("canary");
                })
                .start();
    }

    @ParameterizedTest
    @EnumSource(Probe.class)
    void microProfile_everyProbe_fitsTheSchemaAndIsAConjunction(Probe probe) {
        Engine engine = mixed();

        assertMicroProfile(engine.answer(probe, ""));
        engine.open("migrations");
        assertMicroProfile(engine.answer(probe, ""));
        engine.drain();
        assertMicroProfile(engine.answer(probe, ""));
        kit.ticker.advance(Duration.ofHours(1));
        assertMicroProfile(engine.answer(probe, ""));
    }

    /** The rules of health-check-schema.json of MicroProfile Health 4.0, and of its section on the overall status. */
    @SuppressWarnings("unchecked") // the shape is what is asserted
    private static void assertMicroProfile(HealthAnswer answer) {
        Map<String, Object> root = (Map<String, Object>) Json.read(answer);
        assertEquals(Set.of("status", "checks"), root.keySet());
        boolean allUp = true;
        for (Map<String, Object> check : (List<Map<String, Object>>) root.get("checks")) {
            assertTrue(Set.of("name", "status", "data").containsAll(check.keySet()));
            assertTrue(check.get("name") instanceof String);
            assertTrue(Set.of("UP", "DOWN").contains(check.get("status")));
            assertTrue(Map.of("degraded", true).equals(check.getOrDefault("data", Map.of("degraded", true))));
            allUp &= check.get("status").equals("UP");
        }
        assertEquals(allUp ? "UP" : "DOWN", root.get("status"));
        assertEquals(allUp ? 200 : 503, answer.status());
        assertEquals("application/json", answer.contentType());
    }

    @Test
    void healthJson_always_tellsPassWarnAndFail() {
        Engine engine = mixed();

        HealthAnswer answer = engine.answer(Probe.HEALTH, DRAFT);

        assertEquals(
                Map.of(
                        "status",
                        "fail",
                        "checks",
                        Map.of(
                                "deadlock", List.of(Map.of("status", "pass")),
                                "migrations", List.of(Map.of("status", "fail")),
                                "db", List.of(Map.of("status", "fail")),
                                "mail", List.of(Map.of("status", "warn")),
                                "news", List.of(Map.of("status", "warn")))),
                Json.read(answer));
        assertEquals(503, answer.status());
        assertEquals(DRAFT, answer.contentType());
    }

    @Test
    void healthJson_degraded_isWarnAndTwoHundred() {
        Engine engine = kit.check("mail", Impact.DEGRADES, deadline -> CheckResult.fail("x"))
                .start();

        HealthAnswer answer = engine.answer(Probe.READY, DRAFT);

        assertEquals(200, answer.status());
        assertEquals("warn", ((Map<?, ?>) Json.read(answer)).get("status"));
    }

    @ParameterizedTest
    @EnumSource(Probe.class)
    @Tag("health:F21")
    @Tag("health:F22")
    void publicAnswer_inEitherFormat_holdsNoDetail(Probe probe) {
        Engine engine = mixed();

        for (String accept : List.of("", DRAFT)) {
            String text = Json.read(engine.answer(probe, accept)).toString();
            assertFalse(text.contains("canary"), text);
            assertFalse(text.contains("Exception"), text);
        }
    }

    @Test
    @Tag("health:F7")
    void thousandChecks_oneDown_isFiveHundredAndThreeWithAllOfThem() {
        for (int i = 0; i < 1_000; i++) {
            kit.check("check-number-" + i, Impact.DEGRADES, deadline -> CheckResult.ok());
        }
        Engine engine =
                kit.critical("db", deadline -> CheckResult.fail("x"), 1, 1).start();
        kit.advance(Duration.ofSeconds(1));

        HealthAnswer answer = engine.answer(Probe.READY, "");

        assertEquals(503, answer.status());
        assertTrue(answer.length() > 32_768);
        assertMicroProfile(answer);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | MICROPROFILE",
                "*/* | MICROPROFILE",
                "application/json | MICROPROFILE",
                "text/html | MICROPROFILE",
                "application/health+json | HEALTH_JSON",
                "Application/Health+JSON; q=0.5 | HEALTH_JSON",
                "application/health+json;q=0 | MICROPROFILE",
                "application/health+json;q=0.5, application/json;q=0.9 | MICROPROFILE",
                "application/health+json;q=x | MICROPROFILE",
                "application/health+json;q=NaN | MICROPROFILE",
                "text/plain, application/health+json, application/json | HEALTH_JSON",
                "x-application/health+jsonx | MICROPROFILE",
            })
    void accepted_byHeader_choosesTheFormat(String accept, Wire expected) {
        assertEquals(expected, Wire.accepted(accept));
    }

    @Test
    void accepted_hugeHeader_isNotParsed() {
        assertEquals(Wire.MICROPROFILE, Wire.accepted("application/health+json," + ",".repeat(100_000)));
    }
}
