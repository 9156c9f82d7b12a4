package dev.hardening.examples.lms.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.examples.lms.StartRefusedException;
import dev.hardening.secrets.Schema;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretSource;
import java.net.URI;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LmsConfigTest {
    private static final Map<String, String> SECRETS = secrets();

    private static final Map<String, String> PRODUCTION = Map.of(
            "LMS_PUBLIC_URL", "https://lms.example.org/",
            "LMS_TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8",
            "LMS_DATABASE_URL", "jdbc:postgresql://db/lms",
            "LMS_DATABASE_USER", "owner-of-lms",
            "LMS_DATABASE_PASSWORD", "Zk8Lm2Np4Rt7Vw3X",
            "LMS_SMTP_URL", "smtp://user:Qd5+Yb9%2FHn6Jc1Gf@mail.example.org:587");

    private static final int PART = 4;

    private final Map<String, String> variables = new TreeMap<>(SECRETS);

    @Test
    void development_withSecretsAlone_hasTheDocumentedDefaults() {
        LmsConfig config = read(Schema.Profile.DEVELOPMENT);

        assertEquals(new LmsConfig.Listen("127.0.0.1", 8080), config.network().http());
        assertEquals(new LmsConfig.Listen("127.0.0.1", 8081), config.network().management());
        assertEquals("urn:hardening:lms", config.issuer());
        assertEquals(Optional.empty(), config.network().publicUrl());
        assertEquals(List.of(), config.network().trustedProxies());
        assertTrue(config.database().isEmpty()
                && config.smtp().isEmpty()
                && config.redis().isEmpty());
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
        "ENCRYPTION_KEY, ''",
        "JWT_SECRET, ''",
        "JWT_REFRESH_SECRET, ''",
        "SESSION_SECRET, ''"
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
                .session()
                .next()
                .orElseThrow()
                .matches(Secret.of(next)));

        variables.putAll(PRODUCTION);
        variables.put("SESSION_SECRET_NEXT", variables.get("SESSION_SECRET"));
        assertTrue(String.join("\n", faults(Schema.Profile.PRODUCTION)).contains("is the same"));
    }

    /** Each of the secrets, present and previous, in each way in which one is none. */
    static Stream<Arguments> unsafeSecrets() {
        List<String> unsafe = List.of(
                "changeme-changeme-changeme-changeme-0123456789",
                "Xq7zKw2m",
                "8".repeat(64),
                "404e635266556a586e327235" + "7538782f413f4428472b4b6250645367566b5970");
        return MasterSecrets.NAMES.stream()
                .flatMap(name -> Stream.of(name, MasterSecrets.previous(name)))
                .flatMap(name -> unsafe.stream().map(value -> Arguments.of(name, value)));
    }

    @ParameterizedTest
    @MethodSource("unsafeSecrets")
    @Tag("secrets:V2")
    void production_withAnUnsafeSecret_isRefusedForItWithoutAnyPartOfIt(String name, String value) {
        variables.putAll(PRODUCTION);
        variables.put(name, value);

        assertNamedAlone(name, value);
    }

    @ParameterizedTest
    @CsvSource({
        "LMS_DATABASE_PASSWORD, lms",
        "LMS_DATABASE_PASSWORD, Owner-of-LMS",
        "LMS_DATABASE_URL, jdbc:postgresql://db/lms?user=lms&password=lms",
        "LMS_DATABASE_URL, jdbc:postgresql://db/lms?password=changeme%31",
        "LMS_DATABASE_URL, jdbc:postgresql://db/lms?user=school-main&password=school-main",
        "LMS_DATABASE_URL, jdbc:postgresql://db/lms?password=Zk8Lm2Np4Rt7Vw3X&password=zzzzzzzzzzzz",
        "LMS_DATABASE_URL, jdbc:postgresql://localhost/lms?password=lms",
        "LMS_SMTP_URL, smtp://user:lmsmail@mail.example.org:587",
        "LMS_SMTP_URL, smtps://user:%63hangeme@mail.example.org",
        "LMS_SMTP_URL, smtp://postmaster:Postmaster1@mail.example.org",
        "LMS_REDIS_URL, rediss://:foobared@redis.example.org:6380/1",
        "LMS_REDIS_URL, redis://:%63hangeme@127.0.0.1",
        "LMS_REDIS_URL, redis://school-limits:School-Limits1@localhost",
    })
    void production_withAWeakPassword_isRefusedForItWithoutAnyPartOfIt(String name, String value) {
        variables.putAll(PRODUCTION);
        variables.put(name, value);

        String password = value.replaceAll(".*password=", "").replaceAll(".*://[^:]*:|@.*", "");
        assertNamedAlone(name, password);
    }

    @Test
    void development_withAWeakPasswordInAnAddress_starts() {
        variables.put("LMS_DATABASE_URL", "jdbc:postgresql://db/lms?user=lms&password=lms");
        variables.put("LMS_SMTP_URL", "smtp://user:pass@mail.example.org:587");
        variables.put("LMS_REDIS_URL", "redis://:pass@redis.example.org");

        assertTrue(read(Schema.Profile.DEVELOPMENT).database().isPresent());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://db/lms",
                "jdbc:postgresql://db/lms?user=lms&password=",
                "jdbc:postgresql://localhost,db/lms",
                "jdbc:postgresql://127.db.example.org/lms",
                "jdbc:postgresql://localhost/lms?PGHOST=db",
                "jdbc:postgresql://db/lms?sslfactory=org.postgresql.ssl.NonValidatingFactory",
                "jdbc:postgresql://db/lms?gssUseDefaultCreds=false&useSpnego=false"
            })
    void production_onAnotherMachineWithoutAnyProof_isRefused(String url) {
        variables.putAll(PRODUCTION);
        variables.remove("LMS_DATABASE_PASSWORD");
        variables.put("LMS_DATABASE_URL", url);

        List<String> faults = faults(Schema.Profile.PRODUCTION);

        assertEquals(1, faults.size(), faults::toString);
        assertTrue(faults.get(0).startsWith("LMS_DATABASE_PASSWORD is not set"), faults::toString);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://localhost/lms",
                "jdbc:postgresql://127.0.0.1:5433,[::1]/lms",
                "jdbc:postgresql://db/lms?sslmode=verify-full&sslcert=/run/lms.pem&sslkey=/run/lms.pk8",
                "jdbc:postgresql://db/lms?kerberosServerName=postgres",
                "jdbc:postgresql://db/lms?user=lms&password=Zk8Lm2Np4Rt7Vw3X"
            })
    void production_whereTheDatabaseKnowsTheServiceOtherwise_needsNoPassword(String url) {
        variables.putAll(PRODUCTION);
        variables.remove("LMS_DATABASE_PASSWORD");
        variables.put("LMS_DATABASE_URL", url);

        assertEquals(
                url,
                read(Schema.Profile.PRODUCTION).database().orElseThrow().url().reveal());
    }

    @ParameterizedTest
    @CsvSource({
        "smtp://mail.example.org, true",
        "smtp://user@mail.example.org, false",
        "smtp://user:@mail.example.org, false"
    })
    void production_withAMailServer_wantsAPasswordWhereItNamesAUser(String url, boolean starts) {
        variables.putAll(PRODUCTION);
        variables.put("LMS_SMTP_URL", url);

        if (starts) {
            assertTrue(read(Schema.Profile.PRODUCTION).smtp().isPresent());
        } else {
            assertTrue(faults(Schema.Profile.PRODUCTION).get(0).startsWith("LMS_SMTP_URL names a user without"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "SESSION_SECRET, %s, JWT_SECRET",
        "JWT_SECRET_PREVIOUS, %s, JWT_SECRET",
        "LMS_SMTP_URL, smtp://user:%s@mail.example.org, JWT_SECRET",
        "LMS_DATABASE_URL, jdbc:postgresql://db/lms?password=%s, SESSION_SECRET",
        "LMS_SMTP_URL, smtp://user:%s@mail.example.org, LMS_DATABASE_PASSWORD",
        "LMS_REDIS_URL, rediss://limits:%s@redis.example.org, LMS_DATABASE_PASSWORD"
    })
    void production_withOneSecretForTwoUses_isRefused(String name, String pattern, String other) {
        variables.putAll(PRODUCTION);
        String value = variables.get(other);
        variables.put(name, pattern.replace("%s", value));

        assertTrue(
                faults(Schema.Profile.PRODUCTION).stream()
                        .anyMatch(fault -> fault.startsWith(name + " is the same secret as " + other)),
                () -> faults(Schema.Profile.PRODUCTION).toString());
        assertNoPart(value, faults(Schema.Profile.PRODUCTION));
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
        "LMS_REDIS_URL, 127.0.0.1:6379",
        "LMS_REDIS_URL, http://127.0.0.1:6379",
        "LMS_REDIS_URL, redis-sentinel://127.0.0.1:26379",
        "LMS_REDIS_URL, redis://secret@127.0.0.1",
        "LMS_REDIS_URL, redis://127.0.0.1:70000",
        "LMS_REDIS_URL, redis://127.0.0.1:0",
        "LMS_REDIS_URL, redis://127.0.0.1:port",
        "LMS_REDIS_URL, redis://127.0.0.1/first",
        "LMS_REDIS_URL, redis://redis_1:6379",
        "LMS_REDIS_URL, rediss://127.0.0.1?verifyPeer=NONE",
        "LMS_REDIS_URL, redis://u:pass word@127.0.0.1",
        "LMS_REDIS_URL, redis://u:pass#word@127.0.0.1"
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
    @ValueSource(
            strings = {
                "redis://127.0.0.1",
                "redis://localhost:6379/0",
                "redis://[::1]:6379/15",
                "rediss://limits:Wq7%40Rt5Zk9Bn3Xv@redis.example.org:6380/",
                "rediss://:Wq7Rt5Zk9Bn3XvLm@redis.example.org"
            })
    void redisUrl_ofAUsualForm_isTakenInProductionToo(String url) {
        variables.putAll(PRODUCTION);
        variables.put("LMS_REDIS_URL", url);

        LmsConfig config = read(Schema.Profile.PRODUCTION);

        assertEquals(url, config.redis().orElseThrow().reveal());
        assertNoPart("Rt5Zk9Bn3Xv", List.of(config.toString()));
    }

    @ParameterizedTest
    @CsvSource({
        "redis://redis.example.org, LMS_REDIS_URL is of another machine and holds no password",
        "rediss://127.example.org:6380, LMS_REDIS_URL is of another machine and holds no password",
        "redis://limits:@localhost, LMS_REDIS_URL names a user without a password"
    })
    void production_onARedisThatAsksForNothing_isRefused(String url, String fault) {
        variables.putAll(PRODUCTION);
        variables.put("LMS_REDIS_URL", url);

        List<String> faults = faults(Schema.Profile.PRODUCTION);

        assertEquals(1, faults.size(), faults::toString);
        assertTrue(faults.get(0).startsWith(fault), faults::toString);
    }

    @ParameterizedTest
    @CsvSource({
        "redis://:Wq7Rt5Zk9Bn3XvLm@redis.example.org, 1",
        "rediss://:Wq7Rt5Zk9Bn3XvLm@redis.example.org, 0",
        "redis://:Wq7Rt5Zk9Bn3XvLm@127.0.0.1, 0",
        "redis://redis.example.org, 0"
    })
    void redisPassword_onItsWayThroughANetwork_isWarnedAboutWithoutTls(String url, int warnings) {
        variables.put("LMS_REDIS_URL", url);

        List<String> told = LmsVariables.warnings(SecretSource.of(variables));

        assertEquals(warnings, told.size());
        assertNoPart("Wq7Rt5Zk9Bn3XvLm", told);
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
        variables.put("LMS_REDIS_URL", "redis://:hunter2@redis:port");

        assertFalse(String.join("\n", faults(Schema.Profile.DEVELOPMENT)).contains("hunter2"));
    }

    @Test
    void config_printed_holdsNoSecret() {
        variables.putAll(PRODUCTION);

        String printed = read(Schema.Profile.PRODUCTION).toString();

        assertNoPart(PRODUCTION.get("LMS_DATABASE_PASSWORD"), List.of(printed));
        assertNoPart("Qd5+Yb9%2FHn6Jc1Gf", List.of(printed));
        SECRETS.values().forEach(secret -> assertNoPart(secret, List.of(printed)));
    }

    private void assertNamedAlone(String name, String value) {
        List<String> faults = faults(Schema.Profile.PRODUCTION);

        assertTrue(faults.stream().allMatch(fault -> fault.startsWith(name + " ")), faults::toString);
        assertNoPart(value, faults);
    }

    /** No four characters in a row: less cannot be told from the words around. */
    private static void assertNoPart(String value, List<String> told) {
        for (int at = 0; at + PART <= value.length(); at++) {
            String part = value.substring(at, at + PART);
            assertTrue(told.stream().noneMatch(text -> text.contains(part)), () -> part + " in " + told);
        }
    }

    /** The same in every run, so that no part of one is ever a word of a message by chance. */
    private static Map<String, String> secrets() {
        Secret values = Secret.of("the values of this test alone");
        return MasterSecrets.NAMES.stream()
                .collect(Collectors.toMap(
                        name -> name, name -> values.derive(name, 32).use(HexFormat.of()::formatHex)));
    }

    private List<String> faults(Schema.Profile profile) {
        return assertThrows(StartRefusedException.class, () -> read(profile)).faults();
    }

    private LmsConfig read(Schema.Profile profile) {
        return LmsConfig.read(profile, SecretSource.of(variables));
    }
}
