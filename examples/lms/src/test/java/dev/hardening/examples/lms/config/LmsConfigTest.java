package dev.hardening.examples.lms.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.examples.lms.StartRefusedException;
import dev.hardening.secrets.Schema;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretGenerator;
import dev.hardening.secrets.SecretSource;
import dev.hardening.secrets.SecretSpec;
import java.net.URI;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LmsConfigTest {
    private static final Map<String, String> SECRETS = secrets();

    private static final Map<String, String> PRODUCTION = Map.of(
            "LMS_PUBLIC_URL", "https://lms.example.org/",
            "LMS_TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8",
            "LMS_DATABASE_URL", "jdbc:postgresql://db/lms",
            "LMS_SMTP_URL", "smtp://user:pass@mail.example.org:587");

    private final Map<String, String> variables = new TreeMap<>(SECRETS);

    @Test
    void development_withSecretsAlone_hasTheDocumentedDefaults() {
        LmsConfig config = read(Schema.Profile.DEVELOPMENT);

        assertEquals(new LmsConfig.Listen("127.0.0.1", 8080), config.network().http());
        assertEquals(new LmsConfig.Listen("127.0.0.1", 8081), config.network().management());
        assertEquals("urn:hardening:lms", config.issuer());
        assertEquals(Optional.empty(), config.network().publicUrl());
        assertEquals(List.of(), config.network().trustedProxies());
        assertTrue(config.database().isEmpty() && config.smtp().isEmpty());
    }

    @Test
    void production_withAllGiven_starts() {
        variables.putAll(PRODUCTION);

        LmsConfig config = read(Schema.Profile.PRODUCTION);

        assertEquals(
                Optional.of(URI.create("https://lms.example.org")),
                config.network().publicUrl());
        assertEquals(List.of("10.0.0.0/8", "fd00::/8"), config.network().trustedProxies());
    }

    @Test
    void production_withNothing_namesEveryFaultAtOnce() {
        variables.clear();

        String faults = String.join("\n", faults(Schema.Profile.PRODUCTION));

        for (String name : List.of(
                "ENCRYPTION_KEY",
                "JWT_SECRET",
                "JWT_REFRESH_SECRET",
                "SESSION_SECRET",
                "LMS_PUBLIC_URL",
                "LMS_TLS_CERT",
                "LMS_DATABASE_URL",
                "LMS_SMTP_URL")) {
            assertTrue(faults.contains(name), name + " in:\n" + faults);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "LMS_PUBLIC_URL, http://lms.example.org",
        "LMS_TRUSTED_PROXIES, ''",
        "LMS_DATABASE_URL, ''",
        "LMS_SMTP_URL, ''",
        "JWT_SECRET, ''",
        "JWT_SECRET, changeme-changeme-changeme-changeme-0123456789",
        "JWT_SECRET, short1234567890",
        "JWT_SECRET, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    })
    void production_withOneThingUnsafe_isRefusedForThatAlone(String name, String value) {
        variables.putAll(PRODUCTION);
        variables.put(name, value);

        List<String> faults = faults(Schema.Profile.PRODUCTION);
        assertTrue(faults.stream().allMatch(fault -> fault.contains(name)), faults::toString);
    }

    @Test
    void sessionSecret_nextOneGiven_isReadAndMayNotBeThePresentOne() {
        String next = variables.get("SESSION_SECRET").replace('a', 'b') + "next";
        variables.put("SESSION_SECRET_NEXT", next);

        assertTrue(read(Schema.Profile.DEVELOPMENT)
                .secrets()
                .nextSession()
                .orElseThrow()
                .matches(Secret.of(next)));

        variables.putAll(PRODUCTION);
        variables.put("SESSION_SECRET_NEXT", variables.get("SESSION_SECRET"));
        assertTrue(String.join("\n", faults(Schema.Profile.PRODUCTION)).contains("is the same"));
    }

    @Test
    void production_withOneSecretForTwoUses_isRefused() {
        variables.putAll(PRODUCTION);
        variables.put("SESSION_SECRET", variables.get("JWT_SECRET"));

        assertTrue(String.join("\n", faults(Schema.Profile.PRODUCTION)).contains("SESSION_SECRET is the same"));
    }

    @ParameterizedTest
    @CsvSource({
        "LMS_PORT, 65536",
        "LMS_PORT, -1",
        "LMS_MANAGEMENT_PORT, http",
        "LMS_PUBLIC_URL, ftp://lms.example.org",
        "LMS_PUBLIC_URL, https://user@lms.example.org",
        "LMS_PUBLIC_URL, https://lms.example.org/#x",
        "LMS_TRUSTED_PROXIES, '10.0.0.0/33'",
        "LMS_TRUSTED_PROXIES, 'proxy.example.org'",
        "LMS_TLS_CERT, /cert.pem",
        "LMS_DATABASE_URL, jdbc:mysql://db/lms",
        "LMS_DATABASE_PASSWORD, lonely",
        "LMS_TRUSTED_PROXIES, '300.1.1.1/8'",
        "LMS_TRUSTED_PROXIES, '0.0.0.0/0'",
        "LMS_ISSUER, my lms",
        "LMS_ISSUER, relative",
        "LMS_DATABASE_URL, jdbc:postgresql://db:5432?password=x",
        "LMS_DATABASE_URL, jdbc:postgresql://db:70000/lms",
        "LMS_DATABASE_URL, jdbc:postgresql://db:port/lms",
        "LMS_SMTP_URL, mail.example.org",
        "LMS_SMTP_URL, smtp://mail_relay:587",
        "LMS_SMTP_URL, smtp://u:pass#word@mail.example.org:587",
        "LMS_REDIS_URL, redis://127.0.0.1"
    })
    void variable_thatCannotBeMeant_isAFaultThatNamesIt(String name, String value) {
        variables.put(name, value);

        List<String> faults = faults(Schema.Profile.DEVELOPMENT);

        assertEquals(1, faults.size());
        assertTrue(faults.get(0).contains(name), faults.get(0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://db/lms",
                "jdbc:postgresql://db:5432/lms?ssl=true",
                "jdbc:postgresql://[::1]:5432/lms",
                "jdbc:postgresql://a:1,b:65535/lms?targetServerType=primary"
            })
    void databaseUrl_ofAUsualForm_isTaken(String url) {
        variables.put("LMS_DATABASE_URL", url);

        assertEquals(
                url,
                read(Schema.Profile.DEVELOPMENT).database().orElseThrow().url().reveal());
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1:80",
        "::1, [::1]:80",
        "[::1], [::1]:80",
        "::, localhost:80",
        "0.0.0.0, localhost:80"
    })
    void authority_ofAnyHost_mayStandInAUrl(String host, String authority) {
        assertEquals(authority, new LmsConfig.Listen(host, 0).authority(80));
    }

    @Test
    void faults_ofSecretValues_holdNoPartOfThem() {
        variables.put("LMS_SMTP_URL", "http://u:hunter2@mail");
        variables.put("LMS_DATABASE_URL", "jdbc:mysql://db/lms?password=hunter2");

        assertFalse(String.join("\n", faults(Schema.Profile.DEVELOPMENT)).contains("hunter2"));
    }

    @Test
    void config_printed_holdsNoSecret() {
        variables.putAll(PRODUCTION);
        variables.put("LMS_DATABASE_PASSWORD", "hunter2-Zk8Lm2Np4Rt");

        String printed = read(Schema.Profile.PRODUCTION).toString();

        assertFalse(printed.contains("hunter2") || printed.contains("pass@"), printed);
    }

    private static Map<String, String> secrets() {
        SecretGenerator generator = SecretGenerator.create(new SecureRandom());
        return MasterSecrets.NAMES.stream()
                .collect(Collectors.toMap(
                        name -> name,
                        name -> generator.next(SecretSpec.token64()).reveal()));
    }

    private List<String> faults(Schema.Profile profile) {
        return assertThrows(StartRefusedException.class, () -> read(profile)).faults();
    }

    private LmsConfig read(Schema.Profile profile) {
        return LmsConfig.read(profile, SecretSource.of(variables));
    }
}
