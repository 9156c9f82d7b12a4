package dev.hardening.secrets.scan;

/** Rules for private keys. */
final class KeyRules {
    /**
     * Lines of base64 with what is before and between them: quotes and commas, marks of comments, the signs of a patch,
     * and escaped ends of lines.
     */
    private static final String PEM_BODY = "[\\s]{0,4}([A-Za-z0-9+/=\\s\\\\\"',#*>|;&%-]{40,6000-})";

    private static final String[] PEM = {
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----",
        "-----BEGIN DSA PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----"
    };

    private KeyRules() {}

    static void add(RuleList rules) {
        keys(rules);
        otherKeys(rules);
    }

    private static void keys(RuleList rules) {
        rules.behind("private-key", "A private key in PEM", PEM_BODY, Plausibility::key, PEM);
        rules.behind(
                "private-key-encrypted",
                "A private key in PEM that only a passphrase protects",
                PEM_BODY,
                Plausibility::key,
                "-----BEGIN ENCRYPTED PRIVATE KEY-----");
        rules.behind(
                "private-key-pgp",
                "An OpenPGP private key",
                "[\\s]{0,4}([A-Za-z0-9+/=\\s\\\\:.()\"',#*>|;&%<@_-]{80,6000-})",
                Plausibility::armoredKey,
                "-----BEGIN PGP PRIVATE KEY BLOCK-----");
        rules.behind(
                "private-key-legacy",
                "A private key in PEM, encrypted in the way of old OpenSSL",
                "[\\s\\\\nr#*>+-]{1,8}DEK-Info: [A-Z0-9-]{3,20},([A-F0-9]{16,64})",
                Plausibility::token,
                "Proc-Type: 4,ENCRYPTED");
    }

    private static void otherKeys(RuleList rules) {
        rules.behind(
                "private-key-putty",
                "A private key of PuTTY",
                "[0-9]{1,3}[\\s]{1,2}([A-Za-z0-9+/=\\s]{20,6000})",
                Plausibility::key,
                "Private-Lines: ");
        rules.behind(
                "private-key-jwk",
                "The private part of a JSON web key",
                "[\\s]{0,4}:[\\s]{0,4}\"([A-Za-z0-9_-]{43,2048})\"",
                Plausibility::mixedToken,
                "\"d\"");
        rules.token(
                "age-key",
                "A private key of age",
                "AGE-SECRET-KEY-1[A-Z0-9]{58}",
                Plausibility::random,
                "AGE-SECRET-KEY-1");
    }
}
