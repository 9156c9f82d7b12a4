package dev.hardening.secrets.scan;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Texts that hold a secret of each kind. They are put together when the test runs, so that no file of this repository
 * looks like a secret, and no value was ever issued by anybody.
 */
final class Samples {
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final String DIGITS = "0123456789";
    private static final String ALNUM = LETTERS + DIGITS;
    private static final String URL = ALNUM + "-_";
    private static final String HEX = "0123456789abcdef";
    private static final String UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private final Random random;

    /** A text and the secret in it. */
    record Sample(String text, String secret) {
        /** Of a long secret the first part is reported. */
        Sample cut(int length) {
            return new Sample(text, secret.substring(0, length));
        }
    }

    Samples(Random random) {
        this.random = random;
    }

    String random(String alphabet, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    /** Lower case, upper case and a digit are in it, as a rule may ask for all three. */
    String mixed(int length) {
        return "aZ7" + random(ALNUM, length - 3);
    }

    private String lines(int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(random(ALNUM + "+/", 64)).append('\n');
        }
        return text.toString().strip();
    }

    Map<String, List<Sample>> all() {
        Map<String, List<Sample>> all = new LinkedHashMap<>();
        keys(all);
        clouds(all);
        repositories(all);
        chats(all);
        services(all);
        labels(all);
        names(all);
        passwords(all);
        pairs(all);
        calls(all);
        return all;
    }

    private static Sample of(String before, String secret, String after) {
        return new Sample(before + secret + after, secret);
    }

    /** In the places where a token may stand. */
    private static List<Sample> token(String secret) {
        return List.of(
                of("", secret, ""),
                of("x = \"", secret, "\";"),
                of("curl -H 'X-Key: ", secret, "' https://h\n"),
                of("A=", secret, "\nB=1"),
                of("(", secret, ")"));
    }

    private Sample pem(String kind) {
        String body = lines(12);
        return of("# a key\n-----BEGIN" + " " + kind + "-----\n", body, "\n-----END" + " " + kind + "-----\n");
    }

    /** With the mark of a comment or a patch before each line. */
    private Sample marked(String mark) {
        String body = (lines(12) + "\n").replace("\n", "\n" + mark);
        return of(
                mark + "-----BEGIN PRIVATE " + "KEY-----\n" + mark,
                body.substring(0, body.length() - mark.length() - 1),
                "\n" + mark + "-----END PRIVATE " + "KEY-----\n");
    }

    private void keys(Map<String, List<Sample>> all) {
        String oneLine = lines(12).replace("\n", "\\n");
        String inXml = lines(12).replace("\n", "&#10;");
        all.put(
                "private-key",
                List.of(
                        pem("PRIVATE " + "KEY"),
                        pem("RSA PRIVATE " + "KEY"),
                        pem("EC PRIVATE " + "KEY"),
                        pem("DSA PRIVATE " + "KEY"),
                        pem("OPENSSH PRIVATE " + "KEY"),
                        of("{\"private_key\": \"-----BEGIN PRIVATE " + "KEY-----\\n", oneLine, "\\n-----END"),
                        of("<key pem='-----BEGIN PRIVATE " + "KEY-----&#10;", inXml, "&#10;-----END PRIVATE"),
                        marked("#"),
                        marked("# "),
                        marked(" * "),
                        marked("// "),
                        marked("-- "),
                        marked("; "),
                        marked("-"),
                        marked("+"),
                        marked("> ")));
        otherKeys(all);
    }

    private void otherKeys(Map<String, List<Sample>> all) {
        all.put("private-key-encrypted", List.of(pem("ENCRYPTED PRIVATE " + "KEY")));
        all.put(
                "private-key-pgp",
                List.of(
                        of("-----BEGIN PGP PRIVATE " + "KEY BLOCK-----\n", "Version: 1\n\n" + lines(9), "\n-----END"),
                        of(
                                "-----BEGIN PGP PRIVATE " + "KEY BLOCK-----\n",
                                "Comment: GPGTools - https://gpgtools.org\n\n" + lines(9),
                                "\n-----END PGP")));
        String salt = random("0123456789ABCDEF", 32);
        all.put(
                "private-key-legacy",
                List.of(
                        of("Proc-Type: 4," + "ENCRYPTED\nDEK-Info: AES-128-CBC,", salt, "\n\n"),
                        of("# Proc-Type: 4," + "ENCRYPTED\n# DEK-Info: AES-128-CBC,", salt, "\n\n"),
                        of("\"Proc-Type: 4," + "ENCRYPTED\\nDEK-Info: AES-128-CBC,", salt, "\\n")));
        all.put("private-key-putty", List.of(of("Private-" + "Lines: 14\n", lines(8), "\nPrivate-MAC: 00")));
        all.put("private-key-jwk", List.of(of("{\"kty\":\"OKP\",\"" + "d\": \"", mixed(43), "\"}")));
        all.put("age-key", token("AGE-SECRET-" + "KEY-1" + random(UPPER, 58)));
    }

    private void clouds(Map<String, List<Sample>> all) {
        all.put("aws-access-key", token("AK" + "IA" + random(UPPER, 16)));
        String secret = mixed(40);
        all.put(
                "aws-secret-key",
                List.of(
                        of("aws_secret_access_key = ", secret, "\n"),
                        of("<secretAccessKey>", secret, "</secretAccessKey>"),
                        of("\"SecretAccessKey\": \"", secret, "\",")));
        all.put("google-api-key", token("AI" + "za" + random(URL, 35)));
        all.put("google-oauth-secret", token("GOC" + "SPX-" + random(URL, 28)));
        all.put("google-oauth-token", token("ya" + "29." + random(URL, 120)));
        all.put("azure-storage-key", List.of(of("AccountName=a;Account" + "Key=", mixed(86) + "==", ";E=1")));
        all.put("azure-shared-key", List.of(of("Endpoint=sb://a;SharedAccess" + "Key=", mixed(43) + "=", "")));
        all.put("azure-client-secret", token(random(ALNUM, 3) + "8" + "Q~" + random(ALNUM, 34)));
        all.put("digitalocean-token", token("dop_" + "v1_" + random(HEX, 64)));
        all.put("heroku-key", token("HR" + "KU-" + random(URL, 60)));
        all.put("vault-token", token("hv" + "s." + random(URL, 90)));
        all.put("terraform-token", token(random(ALNUM, 14) + ".atlas" + "v1." + random(ALNUM, 67)));
        all.put("databricks-token", token("da" + "pi" + random(HEX, 32)));
    }

    private void repositories(Map<String, List<Sample>> all) {
        all.put("github-token", token("gh" + "p_" + random(ALNUM, 36)));
        all.put("github-fine-token", token("github_" + "pat_" + random(ALNUM, 22) + "_" + random(ALNUM, 59)));
        all.put("gitlab-token", token("glp" + "at-" + random(ALNUM, 20)));
        all.put("bitbucket-password", token("AT" + "BB" + random(ALNUM, 32)));
        all.put("atlassian-token", token("ATA" + "TT3" + random(ALNUM, 180)));
        all.put("npm-token", token("np" + "m_" + random(ALNUM, 36)));
        all.put(
                "npmrc-password",
                List.of(
                        of("//registry.example/:_auth" + "Token=", mixed(36), "\n"),
                        of("_au" + "th = ", mixed(40), "\n")));
        all.put("pypi-token", token("pypi-" + "AgE" + random(URL, 150)));
        all.put("docker-token", token("dckr_" + "pat_" + random(URL, 27)));
        all.put("docker-swarm-token", token("SWM" + "TKN-1-" + random(HEX, 50) + "-" + random(HEX, 25)));
        all.put("docker-registry-password", List.of(of("{\"auths\":{\"r\":{\"au" + "th\": \"", mixed(40), "\"}}}")));
    }

    private void chats(Map<String, List<Sample>> all) {
        all.put("slack-token", token("xo" + "xb-" + random(DIGITS, 12) + "-" + random(ALNUM, 24)));
        all.put(
                "slack-webhook",
                List.of(of(
                        "https://hooks.slack.com/" + "services/",
                        "T" + random(UPPER, 8) + "/B" + random(UPPER, 8) + "/" + random(ALNUM, 24),
                        "\"")));
        all.put(
                "discord-webhook",
                List.of(of("https://discord.com/api/" + "webhooks/", random(DIGITS, 18) + "/" + random(URL, 68), " ")));
        all.put(
                "discord-token",
                List.of(of("DISCORD_TOKEN=", mixed(24) + "." + random(ALNUM, 6) + "." + random(URL, 38), "\n")));
        all.put("telegram-token", token(random(DIGITS, 10) + ":" + "AA" + random(URL, 33)));
    }

    private void services(Map<String, List<Sample>> all) {
        all.put("stripe-key", token("sk_" + "live_" + random(ALNUM, 24)));
        all.put("stripe-webhook", token("whs" + "ec_" + random(ALNUM, 40)));
        all.put("sendgrid-key", token("S" + "G." + random(ALNUM, 22) + "." + random(ALNUM, 43)));
        all.put("twilio-token", List.of(of("TWILIO_AUTH=", random(HEX, 32), "\n")));
        all.put("mailgun-key", token("ke" + "y-" + random(HEX, 32)));
        all.put("ai-key", token("s" + "k-" + mixed(48)));
        all.put("hugging-face-token", token("h" + "f_" + random(LETTERS, 34)));
        all.put("shopify-token", token("shp" + "at_" + random(HEX, 32)));
        all.put("new-relic-key", token("NR" + "AK-" + random(UPPER, 27)));
        all.put("grafana-token", token("gl" + "sa_" + random(ALNUM, 32) + "_" + random(HEX, 8)));
        all.put("postman-key", token("PM" + "AK-" + random(HEX, 24) + "-" + random(HEX, 34)));
        all.put("linear-key", token("lin_" + "api_" + random(ALNUM, 40)));
        all.put("square-token", token("sq0" + "atp-" + random(ALNUM, 22)));
        String part = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"alg\":\"HS256\"}".getBytes(StandardCharsets.US_ASCII));
        all.put("jwt", token(part + "." + part + "." + random(URL, 43)));
    }

    private void labels(Map<String, List<Sample>> all) {
        String password = mixed(12);
        all.put(
                "url-password",
                List.of(
                        of("DB=postgresql:/" + "/", "lms:" + password + "@db.example:5432", "/lms"),
                        of("jdbc:mysql:/" + "/", "lms:p@" + password + "@db", "/lms"),
                        of("amqp:/" + "/", "lms:a/" + password + "#b@db", "/lms"),
                        of("redis:/" + "/", ":x/" + password + "@db", ":6379"),
                        of("git clone https:/" + "/", "bot:" + password + "@git.example", "/x.git")));
        all.put("netrc-password", List.of(of("machine h\n  login me\n  pass" + "word ", password, "\n")));
        all.put("pgpass-password", List.of(of("db.example:" + "5432:lms:app:", password, "\n")));
        all.put(
                "authorization",
                List.of(of("-H 'Authorization: Bear" + "er ", mixed(40), "'"), of("Bas" + "ic ", mixed(32), "\"")));
        all.put("authorization-plain", List.of(of("Author" + "ization: ", mixed(40), "'")));
    }

    private void names(Map<String, List<Sample>> all) {
        all.put(
                "service-secret",
                List.of(
                        of("JWT_" + "SECRET=", mixed(12), "\n"),
                        of("export SESSION_" + "SECRET='", mixed(64), "'"),
                        of("JWT_REFRESH_" + "SECRET=", mixed(12), "\n"),
                        of("  ENCRYPTION_" + "KEY: \"", random(HEX, 64), "\""),
                        of("JWT_" + "SECRET='", "aZ,7k;" + mixed(12), "'")));
        all.put(
                "generic-secret",
                List.of(
                        of("client_sec" + "ret = '", mixed(32), "'"),
                        of("REFRESH_TO" + "KEN=", mixed(32), "\n"),
                        of("MINIO_SEC" + "RET_KEY=", mixed(32), "\n"),
                        of("PRODUCTION_ENV_TO" + "KEN=", mixed(32), "\n"),
                        of("MAXMIND_LICENSE" + "_KEY=", mixed(16), "\n"),
                        of("API_TO" + "KEN=", mixed(900), "\n").cut(300),
                        of("API_TO" + "KEN=\"", "a," + mixed(14) + ";" + mixed(4), "\"\n"),
                        of("x.api" + "Key: ", random(HEX, 32) + "7f3a", "\n"),
                        of("{\"to" + "ken\":\"", mixed(24), "\"}")));
    }

    private void passwords(Map<String, List<Sample>> all) {
        all.put(
                "password-below",
                List.of(
                        of("db:\n  pass" + "word:\n    ", mixed(12), "\n"),
                        of("pass" + "word: >\n  \"", "a b;" + mixed(9), "\"")));
        all.put(
                "password-option",
                List.of(
                        of("mysql --pass" + "word ", mixed(12), " lms"),
                        of("keytool -store" + "pass ", mixed(9), "\n"),
                        of("mysql --pass" + "word '", "a," + mixed(9), "' lms")));
        all.put(
                "password",
                List.of(
                        of("spring.datasource.pass" + "word=", mixed(9), "\n"),
                        of("\"pass" + "word\": \"", "hunter!" + random(DIGITS, 2), "\","),
                        of("<pass" + "word>", mixed(9), "</password>"),
                        of("DB_PASS" + "WORD: ", mixed(10), "\r\n"),
                        of("ADMIN_PASS" + "WORD=", mixed(10), "\n"),
                        of("LEARNING_DB_PASS" + "WORD=", mixed(10), "\n"),
                        of("TYPEORM_PASS" + "WORD=", mixed(10), "\n"),
                        of("spring.cache.redis.pass" + "word=", mixed(10), "\n"),
                        of("pass" + "word" + " ".repeat(20) + "=" + " ".repeat(40), mixed(10), "\n"),
                        of("PASS" + "WORD=", mixed(300), "\n").cut(256),
                        of("pass" + "word=changeme&api_pass" + "word=", mixed(12), "\n"),
                        of("pass" + "word=changeme|pass" + "word=", mixed(12), "\n"),
                        of("pass" + "word=", mixed(12), "&next=https://example.org"),
                        of("String pwd" + " = \"", mixed(8), "\";"),
                        of("DB_PASS" + "WORD=\"", "ab," + mixed(8), "\"\n"),
                        of("pass" + "word: '", "Tr7;xW" + mixed(8), "' # new"),
                        of("{\"pass" + "word\": \"", "a1 " + mixed(8) + "<>", "\", \"user\": \"x\"}"),
                        of("pass" + "word = \"", "a\\\"," + mixed(8), "\";"),
                        of("{\\\"pass" + "word\\\": \\\"", mixed(9), ",x\\\"}")));
    }

    private void pairs(Map<String, List<Sample>> all) {
        all.put(
                "password-pair",
                List.of(
                        of("env:\n  - name: DB_PASS" + "WORD\n    value: ", mixed(9), "\n"),
                        of("- name: \"DB_PASS" + "WORD\"\r\n  value: \"", "a, " + mixed(9), "\"\r\n"),
                        of("{\"name\": \"DB_PASS" + "WORD\", \"value\": \"", mixed(9), "\"}"),
                        of("{\\\"name\\\":\\\"DB_PASS" + "WORD\\\",\\\"value\\\":\\\"", mixed(9), "\\\"}"),
                        of("<property name=\"pass" + "word\" value=\"", mixed(9), "\"/>"),
                        of("<property name=\"pass" + "word\">\n  <value>", mixed(9), "</value>"),
                        of("<name>db.pass" + "word</name>\n  <value>", mixed(9), "</value>"),
                        of("<add key=\"Pass" + "word\" value=\"", mixed(9), "\" />")));
        all.put(
                "generic-pair",
                List.of(
                        of("- name: MY_API_TO" + "KEN\n  value: ", mixed(32), "\n"),
                        of("<property name='clientSec" + "ret' value='", mixed(24), "'/>")));
        all.put(
                "environment-line",
                List.of(
                        of("FROM x\nENV DB_PASS" + "WORD ", mixed(9), "\nRUN y"),
                        of("ENV DB_PASS" + "WORD \"", "a b;" + mixed(9), "\"\n"),
                        of("setenv MINIO_SEC" + "RET_KEY ", mixed(32), "\n"),
                        of("ENV JWT_" + "SECRET ", mixed(12), "\n")));
    }

    private void calls(Map<String, List<Sample>> all) {
        all.put(
                "password-call",
                List.of(
                        of("source.setPass" + "word(\"", "hunter" + random(DIGITS, 3), "\");"),
                        of("db.withPass" + "word( '", "a,b c" + mixed(8), "' )"),
                        of("$db->setPass" + "wd('", mixed(8), "');")));
        all.put(
                "password-argument",
                List.of(
                        of("map.put(\"pass" + "word\",\"", "4" + mixed(9), "\");"),
                        of("os.environ.get('DB_PASS" + "WORD', '", "hunter!" + random(DIGITS, 2), "')")));
        all.put("generic-call", List.of(of("client.setApi" + "Key(\"", mixed(24), "\")")));
        all.put("generic-argument", List.of(of("put(\"client_sec" + "ret\", \"", mixed(24), "\")")));
        all.put(
                "password-sql",
                List.of(
                        of("CREATE USER lms WITH PASS" + "WORD '", "hunter" + random(DIGITS, 3), "';"),
                        of("create user 'lms'@'%' identified" + " by '", "a,b;" + mixed(6), "';")));
    }
}
