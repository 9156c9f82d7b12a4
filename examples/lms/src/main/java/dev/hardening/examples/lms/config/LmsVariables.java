package dev.hardening.examples.lms.config;

import dev.hardening.examples.lms.database.DatabaseAddress;
import dev.hardening.examples.lms.mail.SmtpMailer;
import dev.hardening.ratelimit.RateLimitConfigurationException;
import dev.hardening.ratelimit.TrustedProxies;
import dev.hardening.secrets.Schema;
import dev.hardening.secrets.SecretSource;
import dev.hardening.secrets.Setting;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The variables of the service: what each must look like, and what they must be together. */
final class LmsVariables {
    private static final Pattern POSTGRES = Pattern.compile("jdbc:postgresql://([^/?\\s]+)/[^/?\\s]+(?:\\?[^\\s]*)?");
    private static final Pattern HOST_AND_PORT =
            Pattern.compile("(?:[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::([0-9]{1,5}))?");
    private static final int LONGEST_ISSUER = 512;

    private LmsVariables() {}

    /** All variables; no secret among them may be made of one of the words. */
    static Schema schema(Schema.Profile profile, String... words) {
        Schema.Builder schema = Schema.builder().profile(profile).notDerivedFrom(words);
        addMasterSecrets(schema);
        return schema.add(Setting.text("LMS_HOST").orElse("127.0.0.1"))
                .port("LMS_PORT", 8080)
                .add(Setting.text("LMS_MANAGEMENT_HOST").orElse("127.0.0.1"))
                .port("LMS_MANAGEMENT_PORT", 8081)
                .add(Setting.uri("LMS_PUBLIC_URL", "http", "https")
                        .requireInProduction()
                        .expectHttps()
                        .require("base", "must hold no user, query or fragment", LmsVariables::isBase))
                .add(Setting.text("LMS_ISSUER")
                        .orElse("urn:hardening:lms")
                        .require("uri", "must be an absolute URI", LmsVariables::isIssuer))
                .add(Setting.path("LMS_TLS_CERT").optional())
                .add(Setting.path("LMS_TLS_KEY").optional())
                .add(Setting.text("LMS_TRUSTED_PROXIES")
                        .optional()
                        .require(
                                "cidr",
                                "must be a list like 10.0.0.0/8, fd00::/8, and not everybody",
                                LmsVariables::areRanges))
                .add(Setting.text("LMS_DATABASE_URL")
                        .requireInProduction()
                        .hint("Production does not run on the embedded database.")
                        .require("jdbc", "must read jdbc:postgresql://host:port/database", LmsVariables::isPostgres))
                .add(Setting.text("LMS_DATABASE_USER").optional())
                .add(Setting.secret("LMS_DATABASE_PASSWORD").optional().minBits(AddressPasswords.BITS))
                .add(Setting.text("LMS_SMTP_URL")
                        .requireInProduction()
                        .hint("Production does not write mails into a folder.")
                        .require("smtp", "must read smtp://user:password@host:port", SmtpMailer::accepts)
                        .expect("password", "names a user without a password", LmsVariables::hasItsPassword))
                .add(redis())
                .build();
    }

    private static Setting redis() {
        return Setting.text(AddressPasswords.REDIS)
                .optional()
                .require(
                        "redis",
                        "must read redis://user:password@host:port/0 or rediss://..., without a query",
                        url -> RedisAddress.of(url).isPresent())
                .expect("password", "names a user without a password", LmsVariables::hasRedisPassword);
    }

    private static void addMasterSecrets(Schema.Builder schema) {
        for (String name : MasterSecrets.NAMES) {
            schema.add(Setting.secret(name).hint("Set it, or put it into LMS_SECRETS_FOLDER or LMS_ENV_FILE."));
        }
        MasterSecrets.OTHERS.forEach(name -> schema.add(Setting.secret(name).optional()));
    }

    /** What no variable can be asked alone. */
    static List<String> acrossVariables(Schema.Profile profile, SecretSource source) {
        List<String> faults = new ArrayList<>();
        boolean certificate = source.find("LMS_TLS_CERT").isPresent();
        if (certificate != source.find("LMS_TLS_KEY").isPresent()) {
            faults.add("LMS_TLS_CERT and LMS_TLS_KEY must be set together");
        }
        if (source.find("LMS_DATABASE_URL").isEmpty()
                && source.find("LMS_DATABASE_PASSWORD").isPresent()) {
            faults.add("LMS_DATABASE_PASSWORD needs LMS_DATABASE_URL");
        }
        if (profile == Schema.Profile.PRODUCTION && AddressPasswords.of(source).databaseAsksForNothing()) {
            faults.add("LMS_DATABASE_PASSWORD is not set, and LMS_DATABASE_URL is of another machine and names no other"
                    + " proof, such as sslcert");
        }
        if (profile == Schema.Profile.PRODUCTION && AddressPasswords.of(source).redisAsksForNothing()) {
            faults.add("LMS_REDIS_URL is of another machine and holds no password");
        }
        boolean plain = !certificate && source.find("LMS_TRUSTED_PROXIES").isEmpty();
        if (plain && profile == Schema.Profile.PRODUCTION) {
            faults.add("production needs TLS: set LMS_TLS_CERT and LMS_TLS_KEY,"
                    + " or LMS_TRUSTED_PROXIES to the proxies that end it");
        }
        return faults;
    }

    /** What no variable can be told alone, and stops nothing. */
    static List<String> warnings(SecretSource source) {
        return AddressPasswords.of(source).redisPasswordIsSentInTheClear()
                ? List.of("LMS_REDIS_URL is of another machine and not rediss://: its password crosses the network"
                        + " for all to read")
                : List.of();
    }

    static List<String> list(String text) {
        return Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    }

    private static boolean areRanges(String text) {
        try {
            return !TrustedProxies.of(list(text).toArray(String[]::new)).isEmpty();
        } catch (RateLimitConfigurationException faulty) {
            return false;
        }
    }

    /** Strict, since the driver quotes an address that it cannot read, password and all. */
    static boolean isPostgres(String text) {
        Matcher address = POSTGRES.matcher(text);
        return address.matches()
                && Arrays.stream(address.group(1).split(",", -1))
                        .map(HOST_AND_PORT::matcher)
                        .allMatch(host -> host.matches() && (host.group(1) == null || isPort(host.group(1))))
                && DatabaseAddress.of(text).isPresent();
    }

    private static boolean isPort(String digits) {
        return Integer.parseInt(digits) >= 1 && Integer.parseInt(digits) <= 65_535;
    }

    /** A relay that knows this machine by its address needs neither user nor password. */
    private static boolean hasItsPassword(String text) {
        return SmtpMailer.login(text).map(login -> login.password().isPresent()).orElse(true);
    }

    private static boolean hasRedisPassword(String text) {
        return RedisAddress.of(text).map(RedisAddress::isComplete).orElse(true);
    }

    /** Absolute, and of a length that a token can hold. */
    private static boolean isIssuer(String text) {
        try {
            return new URI(text).isAbsolute() && text.length() <= LONGEST_ISSUER;
        } catch (URISyntaxException malformed) {
            return false;
        }
    }

    private static boolean isBase(String text) {
        URI uri = URI.create(text);
        return uri.getRawUserInfo() == null && uri.getRawQuery() == null && uri.getRawFragment() == null;
    }
}
