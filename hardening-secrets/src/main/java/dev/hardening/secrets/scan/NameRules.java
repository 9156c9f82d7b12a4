package dev.hardening.secrets.scan;

/** Rules for places where passwords stand, and for values beside a name that says they are secret. */
final class NameRules {
    static final String[] PASSWORDS = {
        "password", "passwd", "passwort", "pwd", "passphrase", "_pass", "requirepass", "storepass", "keypass"
    };
    static final String[] SERVICES = {"JWT_SECRET", "JWT_REFRESH_SECRET", "SESSION_SECRET", "ENCRYPTION_KEY"};
    static final String[] OTHERS = {"secret", "token", "apikey", "accesskey", "_key", "-key", "credential"};

    /** Between quotes all up to the next one, otherwise what no syntax ends. */
    static final String PASSWORD = "[^\"'`,;<>\\\\]{6,256\"}";
    /** The same for a value that must be random. */
    static final String RANDOM = "[^\"'`,;<>\\\\&]{16,300\"}";

    private NameRules() {}

    static void add(RuleList rules) {
        labels(rules);
        names(rules);
        elsewhere(rules);
        anything(rules);
    }

    private static void labels(RuleList rules) {
        rules.behind(
                "url-password", "A password in an address", "([^?\"'`<>\\\\]{4,300})", Addresses::holdPassword, "://");
        rules.behind(
                "netrc-password",
                "A password in .netrc",
                "[^]{1,128}[\\s]{1,8}login[\\s]{1,8}[^]{1,128}[\\s]{1,8}password[\\s]{1,8}([^]{4,128})",
                Plausibility::passwordAlone,
                "machine ");
        rules.behind(
                "pgpass-password",
                "A password in .pgpass",
                "[A-Za-z0-9_*-]{1,63}:[A-Za-z0-9_-]{1,63}:([^@/]{4,128})",
                Plausibility::passwordAlone,
                ":5432:",
                ":*:");
        rules.behind(
                "authorization",
                "An authorization header",
                "([A-Za-z0-9+/=_.~-]{20,2000})",
                Plausibility::bearer,
                "bearer ",
                "basic ");
        rules.behind(
                "authorization-plain",
                "An authorization header",
                "[\"'\\\\]{0,2}" + RuleList.GAP + "[:=,]" + RuleList.GAP
                        + "[\"'\\\\]{0,2}([A-Za-z0-9+/=_.~-]{24,2000})",
                Plausibility::bearer,
                "authorization");
    }

    private static void names(RuleList rules) {
        rules.named(
                "service-secret",
                "A secret of this family of programs",
                "[^\"'`,;<>\\\\&]{8,300\"}",
                Plausibility::service,
                SERVICES);
        rules.named("password", "A password beside its name", PASSWORD, Plausibility::password, PASSWORDS);
    }

    private static void anything(RuleList rules) {
        rules.named(
                "generic-secret",
                "A random value beside a name that says it is secret",
                RANDOM,
                Plausibility::generic,
                OTHERS);
    }

    /** What YAML and JSON put below the name, and what a shell puts behind an option. */
    private static void elsewhere(RuleList rules) {
        rules.likely(
                "password-below",
                "A password below its name",
                "[A-Za-z0-9_.-]{0,40}[\"']{0,1}[ ]{0,4}:[ ]{0,4}[|>]{0,1}[-]{0,1}[ ]{0,4}[\r]{0,1}[\n]{1,2}[ ]{1,40}"
                        + "[\"']{0,1}(" + PASSWORD + ")",
                Plausibility::below,
                PASSWORDS);
        rules.likely(
                "password-option",
                "A password behind an option",
                " {1,4}[\"']{0,1}(" + PASSWORD + ")",
                Plausibility::option,
                PASSWORDS);
    }
}
