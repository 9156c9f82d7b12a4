package dev.hardening.secrets.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.keypair.KeyPairKind;
import dev.hardening.secrets.keypair.KeyPairMaker;
import dev.hardening.secrets.keypair.MadeKeyPair;
import dev.hardening.secrets.scan.Samples.Sample;
import dev.hardening.secrets.scan.TextScanner.Hit;
import dev.hardening.testing.SeededRandom;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:A14")
class RuleBookTest {
    private static final Map<String, List<Sample>> SAMPLES = new Samples(SeededRandom.of("RuleBookTest")).all();

    static Set<String> ids() {
        return RuleBook.rules().stream().map(Rule::id).collect(Collectors.toSet());
    }

    static List<Hit> hits(String text) {
        try {
            return new TextScanner(TextScanner.newWindow(), 1000)
                    .scan(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))
                    .hits();
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Test
    void rules_each_hasSamplesAndAnIdOfItsOwn() {
        assertEquals(ids(), SAMPLES.keySet());
        assertEquals(RuleBook.rules().size(), ids().size());
        assertTrue(ids().size() >= 40);
    }

    @ParameterizedTest
    @MethodSource("ids")
    void rule_itsSamples_areFoundOnceAndWhole(String id) {
        for (Sample sample : SAMPLES.getOrDefault(id, List.of())) {
            List<Hit> hits = hits(sample.text());

            assertEquals(
                    List.of(id),
                    hits.stream().map(hit -> TextScanner.rule(hit.rule()).id()).toList(),
                    sample.text());
            assertTrue(hits.get(0).candidate().secret().contains(sample.secret()), sample.text());
            assertTrue(hits.get(0).span().from() <= sample.text().indexOf(sample.secret()), sample.text());
        }
    }

    @ParameterizedTest
    @MethodSource("ids")
    void rule_tokenCutShort_isNotFound(String id) {
        Rule rule = RuleBook.rules().stream()
                .filter(it -> it.id().equals(id))
                .findFirst()
                .orElseThrow();
        for (Sample sample : SAMPLES.getOrDefault(id, List.of())) {
            String head = sample.text().substring(0, sample.text().indexOf(sample.secret()) + 2);

            assertEquals(List.of(), hits(head), id);
        }
        assertTrue(rule.shape().longest() <= TextScanner.LONGEST_MATCH);
    }

    @ParameterizedTest
    @EnumSource(KeyPairKind.class)
    void rules_keysOfEveryKind_areFound(KeyPairKind kind) throws Exception {
        MadeKeyPair pair = KeyPairMaker.create(new SecureRandom()).next(kind);

        assertKey("private-key", pair.privatePem().reveal());
        assertKey("private-key", "x: \"" + pair.privatePem().reveal().replace("\n", "\\n") + "\"");
        assertKey("private-key-jwk", pair.privateJwk().reveal());
    }

    @ParameterizedTest
    @ValueSource(ints = {3072, 4096})
    void rules_largeKeysInOtherWrappings_areFound(int bits) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        byte[] key = generator.generateKeyPair().getPrivate().getEncoded();
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key) + "\n";

        assertKey("private-key", "-----BEGIN RSA PRIVATE " + "KEY-----\n" + body + "-----END");
        assertKey("private-key-encrypted", "-----BEGIN ENCRYPTED PRIVATE " + "KEY-----\n" + body + "-----END");
        assertKey(
                "private-key-pgp", "-----BEGIN PGP PRIVATE " + "KEY BLOCK-----\n\n" + body + body + "=aB3d\n-----END");
        assertKey("private-key-putty", "Private-" + "Lines: 36\n" + body + "Private-MAC: 0");
        assertKey("private-key", "-----BEGIN OPENSSH PRIVATE " + "KEY-----\n" + body.repeat(4));
    }

    @Test
    void rule_keyInAComment_endsBeforeItsLastLine() {
        Sample sample = SAMPLES.get("private-key").stream()
                .filter(it -> it.text().startsWith("# -"))
                .findFirst()
                .orElseThrow();

        String secret = hits(sample.text() + sample.secret()).get(0).candidate().secret();

        assertEquals("# " + sample.secret() + "\n# ", secret);
    }

    private static void assertKey(String rule, String text) {
        assertEquals(
                List.of(rule),
                hits(text).stream()
                        .map(hit -> TextScanner.rule(hit.rule()).id())
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password = change-me",
                "password: ${DB_PASSWORD}",
                "PASSWORD=$DB_PASSWORD",
                "password=<your password>",
                "password = System.getenv(\"DB_PASSWORD\")",
                "String password = request.getParameter(\"password\");",
                "password: string;",
                "renew(stored, password)), password::close);",
                "password = null",
                "password=true",
                "this.password = password;",
                "user.setPassword(encoder.encode(raw));",
                "password_reset_timeout=259200",
                "passwordFile=/run/secrets/db-7f3a",
                "PASSWORD_MIN_LENGTH=12",
                "passwordHash=$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
                "token_url=https://sso.example/oauth2/token1",
                "secretName: database-credentials-2",
                "secret: ENC(2048:tUf83Ex0oSbDGa8vaU1hGqesODG9J4)",
                "mock_token=\"iqxKSd3RAqHELc7Hj8zqd0iBNNn9ckEMhO5loRP\"",
                "tokens = tokenizer.encode(text, max_length=512)",
                "https://user:password@host/",
                "https://user:${PASSWORD}@host/",
                "https://<user>:<password>@host/",
                "http://localhost:8080/a@b",
                "git@github.com:owner/name.git",
                "^.*?://[^:]+:(.*?)@.*?$",
                "Authorization: Bearer <token>",
                "Authorization: Bearer YOUR_ACCESS_TOKEN_GOES_HERE",
                "use bearer authentication-with-tokens-everywhere",
                "JWT_SECRET=your-256-bit-secret",
                "JWT_SECRET=",
                "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
                "\"-----BEGIN PRIVATE KEY-----\";\n    private static final String END = \"-----END PRIVATE KEY-----\";",
                "// -----BEGIN PRIVATE KEY-----\n// the lines of the key are expected here, 64 signs each\n// -----END",
                "-----BEGIN PRIVATE KEY-----\" + key + \"-----END PRIVATE KEY-----\", PrivateKeyOfTheSigner1, other",
                "(\"-----BEGIN PGP PRIVATE KEY BLOCK-----\"));\n        assertThatTheSha256OfThisKeyIsTheSame(block, 1);",
                "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0vx7agoebGcQSuuPiLJX",
                "AKIAIOSFODNN7EXAMPLE",
                "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "sk-your-api-key-goes-here-your-api-key-goes-here",
                "task-management-and-scheduling-service-for-everybody",
                "commit: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
                "sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "\"integrity\": \"sha512-dGhpcyBpcyBub3QgYSBzZWNyZXQgYXQgYWxsLCBqdXN0IGEgaGFzaA==\"",
                "{\"auths\":{\"r\":{\"auth\":\"\"}}}",
                "machine h login me password ${PASSWORD}",
                "JWT_SECRET_TTL=3600seconds",
                "SESSION_SECRET_FILE=C:/run/secrets/session-7f3a",
                "secretKeyRef: database-credentials-2",
                "public_key=aZ7kQ3mX9pL4tR8wB6nC1cD5hF0gS2vY",
                "nextPageToken=aZ7kQ3mX9pL4tR8wB6nC1cD5hF0gS2vY",
                "http://localhost:8080/Path1/x@b",
                "https://cdn.example/npm/Pkg:a/B1c2D3@2.0",
                "git+ssh://git@host.example:Team1/Repo2.git#v1@x",
                "password:\n  type: string2Value\n",
                "password:\n  minLength1: 12\n",
                "PASSWORD=\nOTHER_VALUE=aZ7kQ3mX9\n",
                "mysql --password --host=db7.Example.org",
                "the password is aZ7kQ3mX9",
                "password = \"Must be at least 8 characters!\"",
                "'password': 'min. 8 Zeichen, 1 Zahl'",
                "\"update u set password='\" + user1 + \"', name='x'\"",
                "\"passwordSigns\": \"lower,upper,digit1\"",
                "password=\"\", user=\"aZ7kQ3 mX9pL4\"",
                "password: \"{0}, {1} and {2}\"",
                "tokens: \"Between 16 and 300 signs, as in abc-1\"",
                "SESSION_SECRET=\"set it, or the start 1s refused\"",
                "password=\"${PASSWORD}, 1 Zk9$q\"",
                "mysql --password \"see page 12, please\"",
                "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef: aZ7kQ3mX9pL4tR8w\n",
                "- name: DB_PASSWORD\n  value: ${DB_PASSWORD}\n- name: x\n  value: aZ7kQ3mX9\n",
                "- name: DB_PASSWORD\n  value: \"\"\n",
                "<input type=\"password\" value=\"Enter 8 signs, please\"/>",
                "<property name=\"passwordEncoder\" value=\"bcrypt-12x\"/>",
                "<property name=\"password\" value=\"#{settings['db1']}\"/>",
                "<property name=\"token\" value=\"org.example.Token2Provider\"/>",
                "config.getPassword(\"db-main-01\")",
                "password.startsWith(\"abc-12\")",
                "setPasswordFile(\"run/db-01\")",
                "user.setPassword(\"changeme1\")",
                "field.setPasswordLabel(\"8 signs, 1 digit\")",
                "getToken(\"aZ7kQ3mX9pL4tR8wB6n\")",
                "Secret.fromName(\"ProdStackDb3F2A1Bc9\")",
                "List.of(\"user\", \"password\", \"address1\", \"phone2\")",
                "map.put(\"password\", \"Argon2id\")",
                "log(\"password\", \"at least 8, at most 64!\")",
                "digest(\"token\", \"SHA-512/256\", \"PBKDF2-HMAC-SHA-256\")",
                "the password 'change me 1' must be replaced",
                "alter user lms password 'your-password-1'",
                "['x_lucid_key', 'x_krb5_rfc1964_keydata']",
                "if (!passphrase.use(PassphraseKeyEncryptionKey::isUtf8)) {",
                "ENV PASSWORD_FILE /run/secrets/db-7f3a",
                "ENV DB_PASSWORD ${DB_PASSWORD}",
                "ENV JAVA_VERSION jdk-17.0.9",
                "an env PASSWORD variable is read first",
                "a password aZ7kQ3mX9 in prose"
            })
    void rules_placeholderOrCode_isNotFound(String text) {
        assertEquals(
                List.of(),
                hits(text).stream()
                        .map(hit -> TextScanner.rule(hit.rule()).id())
                        .toList());
    }
}
