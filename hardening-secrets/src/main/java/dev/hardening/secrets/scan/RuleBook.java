package dev.hardening.secrets.scan;

import dev.hardening.secrets.scan.Rule.Candidate;
import dev.hardening.secrets.scan.Rule.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The rules, the most specific first: where two match at one place, the first is reported. */
final class RuleBook {
    static final String KEY_STORE = "key-store";

    private static final String GAP = "[ \t]{0,4}";
    /** The rest of a name, quotes, an operator, quotes. */
    private static final String ASSIGNED =
            "[A-Za-z0-9_.-]{0,40}[\"'\\]\\\\]{0,3}" + GAP + "[:=>]{1,3}" + GAP + "[\"'`\\\\]{0,2}";

    private static final String PEM_BODY = "[\\s]{0,4}([A-Za-z0-9+/=\\s\\\\\"',]{40,2000})";
    private static final String[] PEM = {
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----",
        "-----BEGIN DSA PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----"
    };

    private final List<Rule> rules = new ArrayList<>();

    private RuleBook() {
        keys();
        otherKeys();
        clouds();
        otherClouds();
        operations();
        repositories();
        registries();
        chats();
        services();
        labels();
        names();
        anything();
    }

    static List<Rule> rules() {
        return List.copyOf(new RuleBook().rules);
    }

    private void keys() {
        behind("private-key", "A private key in PEM", PEM_BODY, Plausibility::key, PEM);
        behind(
                "private-key-encrypted",
                "A private key in PEM that only a passphrase protects",
                PEM_BODY,
                Plausibility::key,
                "-----BEGIN ENCRYPTED PRIVATE KEY-----");
        behind(
                "private-key-pgp",
                "An OpenPGP private key",
                "[\\s]{0,4}([A-Za-z0-9+/=\\s\\\\:.()]{80,4000})",
                Plausibility::key,
                "-----BEGIN PGP PRIVATE KEY BLOCK-----");
        behind(
                "private-key-legacy",
                "A private key in PEM, encrypted in the way of old OpenSSL",
                "[\\s]{1,4}DEK-Info: [A-Z0-9-]{3,20},([A-F0-9]{16,64})",
                Plausibility::token,
                "Proc-Type: 4,ENCRYPTED");
    }

    private void otherKeys() {
        behind(
                "private-key-putty",
                "A private key of PuTTY",
                "[0-9]{1,3}[\\s]{1,2}([A-Za-z0-9+/=\\s]{20,2000})",
                Plausibility::key,
                "Private-Lines: ");
        behind(
                "private-key-jwk",
                "The private part of a JSON web key",
                "[\\s]{0,4}:[\\s]{0,4}\"([A-Za-z0-9_-]{43,1024})\"",
                Plausibility::mixedToken,
                "\"d\"");
        rules.add(new Rule(
                "age-key",
                "A private key of age",
                Severity.HIGH,
                List.of("AGE-SECRET-KEY-1"),
                Start.TOKEN,
                0,
                Shape.of("AGE-SECRET-KEY-1[A-Z0-9]{58}"),
                Plausibility::random));
    }

    private void clouds() {
        token("aws-access-key", "The id of an AWS key", "A[KSBC][IC]A[A-Z2-7]{16}", 0, "AKIA", "ASIA", "ABIA", "ACCA");
        behind(
                "aws-secret-key",
                "An AWS secret key",
                ASSIGNED + "([A-Za-z0-9/+]{40})",
                Plausibility::mixedToken,
                "aws_secret",
                "awssecret",
                "secret_access_key",
                "secretaccesskey",
                "secret-access-key");
        token("google-api-key", "A Google API key", "AIza[A-Za-z0-9_-]{35}", 0, "AIza");
        token("google-oauth-secret", "A Google OAuth client secret", "GOCSPX-[A-Za-z0-9_-]{28}", 0, "GOCSPX-");
        token("google-oauth-token", "A Google OAuth access token", "ya29\\.[A-Za-z0-9_-]{40,1024}", 0, "ya29.");
    }

    private void otherClouds() {
        behind(
                "azure-storage-key",
                "The key of an Azure storage account",
                "([A-Za-z0-9+/]{86}==)",
                Plausibility::mixedToken,
                "AccountKey=");
        behind(
                "azure-shared-key",
                "A shared access key of Azure",
                "([A-Za-z0-9+/]{43}=)",
                Plausibility::mixedToken,
                "SharedAccessKey=");
        token(
                "azure-client-secret",
                "An Azure client secret",
                "[A-Za-z0-9_~.]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}",
                3,
                "7Q~",
                "8Q~");
        token(
                "digitalocean-token",
                "A DigitalOcean token",
                "do[opr]_v1_[a-f0-9]{64}",
                0,
                "dop_v1_",
                "doo_v1_",
                "dor_v1_");
        token("heroku-key", "A Heroku API key", "HRKU-[A-Za-z0-9_-]{36,80}", 0, "HRKU-");
    }

    private void operations() {
        token(
                "vault-token",
                "A token of HashiCorp Vault",
                "hv[sbr]\\.[A-Za-z0-9_-]{24,300}",
                0,
                "hvs.",
                "hvb.",
                "hvr.");
        token(
                "terraform-token",
                "A token of Terraform Cloud",
                "[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{60,80}",
                14,
                ".atlasv1.");
        token("databricks-token", "A Databricks token", "dapi[a-f0-9]{32}", 0, "dapi");
    }

    private void repositories() {
        token(
                "github-token",
                "A GitHub token",
                "gh[pousr]_[A-Za-z0-9]{36,251}",
                0,
                "ghp_",
                "gho_",
                "ghu_",
                "ghs_",
                "ghr_");
        token("github-fine-token", "A GitHub token", "github_pat_[A-Za-z0-9_]{60,120}", 0, "github_pat_");
        token(
                "gitlab-token",
                "A GitLab token",
                "gl[a-z]{2,5}-[A-Za-z0-9_.-]{20,80}",
                0,
                "glpat-",
                "gldt-",
                "glrt-",
                "glptt-",
                "glcbt-",
                "glsoat-",
                "glft-",
                "glagent-");
        token("bitbucket-password", "An app password of Bitbucket", "ATBB[A-Za-z0-9]{32}", 0, "ATBB");
        token("atlassian-token", "An Atlassian API token", "ATATT3[A-Za-z0-9_=-]{100,250}", 0, "ATATT3");
    }

    private void registries() {
        token("npm-token", "An npm token", "npm_[A-Za-z0-9]{36}", 0, "npm_");
        behind(
                "npmrc-password",
                "A password or token in .npmrc",
                "[ \t]{0,2}=[ \t]{0,2}[\"]{0,1}([A-Za-z0-9+/=_-]{16,300})",
                Plausibility::npmrc,
                "_authToken",
                "_auth",
                "_password");
        token("pypi-token", "A PyPI token", "pypi-AgE[A-Za-z0-9_-]{50,300}", 0, "pypi-AgE");
        token("docker-token", "A Docker Hub token", "dckr_pat_[A-Za-z0-9_-]{27,36}", 0, "dckr_pat_");
        token(
                "docker-swarm-token",
                "A token to join a Docker swarm",
                "SWMTKN-1-[a-z0-9]{50}-[a-z0-9]{25}",
                0,
                "SWMTKN-1-");
        behind(
                "docker-registry-password",
                "A registry password in the configuration of Docker",
                "[\\s]{0,4}:[\\s]{0,4}[\\\\]{0,1}\"([A-Za-z0-9+/=_-]{16,1024})[\\\\]{0,1}\"",
                Plausibility::token,
                "\"auth\"",
                "\\\"auth\\\"");
    }

    private void chats() {
        token(
                "slack-token",
                "A Slack token",
                "x[ao][xp][a-z]{1,2}-[A-Za-z0-9-]{20,250}",
                0,
                "xoxb-",
                "xoxa-",
                "xoxp-",
                "xoxe-",
                "xoxo-",
                "xoxr-",
                "xoxs-",
                "xapp-");
        behind(
                "slack-webhook",
                "The address of a Slack webhook",
                "([TBW][A-Z0-9]{6,12}/[BW][A-Z0-9]{6,12}/[A-Za-z0-9]{16,40})",
                Plausibility::token,
                "hooks.slack.com/services/",
                "hooks.slack.com/workflows/");
        behind(
                "discord-webhook",
                "The address of a Discord webhook",
                "([0-9]{17,20}/[A-Za-z0-9_-]{60,80})",
                Plausibility::token,
                "discord.com/api/webhooks/",
                "discordapp.com/api/webhooks/");
        behind(
                "discord-token",
                "The token of a Discord bot",
                ASSIGNED + "([A-Za-z0-9]{23,28}\\.[A-Za-z0-9_-]{6,7}\\.[A-Za-z0-9_-]{27,40})",
                Plausibility::mixedToken,
                "discord",
                "bot_token");
        token("telegram-token", "The token of a Telegram bot", "[0-9]{8,10}:AA[A-Za-z0-9_-]{32,33}", 10, ":AA");
    }

    private void services() {
        token(
                "stripe-key",
                "A Stripe key",
                "[rs]k_[a-z]{4}_[A-Za-z0-9]{20,250}",
                0,
                "sk_live_",
                "rk_live_",
                "sk_test_",
                "rk_test_");
        token("stripe-webhook", "The secret of a Stripe webhook", "whsec_[A-Za-z0-9+/=]{32,80}", 0, "whsec_");
        token("sendgrid-key", "A SendGrid key", "SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{40,48}", 0, "SG.");
        behind("twilio-token", "A Twilio token", ASSIGNED + "([a-f0-9]{32})", Plausibility::token, "twilio");
        token("mailgun-key", "A Mailgun key", "key-[a-f0-9]{32}", 0, "key-");
        mixedToken("ai-key", "A key of a model service", "sk-[A-Za-z0-9_-]{32,250}", "sk-");
        token("hugging-face-token", "A Hugging Face token", "hf_[A-Za-z0-9]{34,40}", 0, "hf_");
        token(
                "shopify-token",
                "A Shopify token",
                "shp[a-z]{2}_[a-fA-F0-9]{32}",
                0,
                "shpat_",
                "shpca_",
                "shppa_",
                "shpss_");
        token("new-relic-key", "A New Relic key", "NRAK-[A-Z0-9]{27}", 0, "NRAK-");
        token("grafana-token", "A Grafana token", "glsa_[A-Za-z0-9]{32}_[a-fA-F0-9]{8}", 0, "glsa_");
        token("postman-key", "A Postman key", "PMAK-[a-f0-9]{24}-[a-f0-9]{34}", 0, "PMAK-");
        token("linear-key", "A Linear key", "lin_api_[A-Za-z0-9]{40}", 0, "lin_api_");
        token("square-token", "A Square token", "sq0[a-z]{3}-[A-Za-z0-9_-]{22,43}", 0, "sq0atp-", "sq0csp-");
        token(
                "jwt",
                "A signed JSON web token",
                "eyJ[A-Za-z0-9_-]{10,2000}\\.eyJ[A-Za-z0-9_-]{10,4000}\\.[A-Za-z0-9_-]{20,1024}",
                0,
                "eyJ");
    }

    private void labels() {
        behind("url-password", "A password in an address", "([^/?#\"'`<>\\\\]{4,300})", Addresses::holdPassword, "://");
        behind(
                "netrc-password",
                "A password in .netrc",
                "[^]{1,128}[\\s]{1,8}login[\\s]{1,8}[^]{1,128}[\\s]{1,8}password[\\s]{1,8}([^]{4,128})",
                Plausibility::passwordAlone,
                "machine ");
        behind(
                "pgpass-password",
                "A password in .pgpass",
                "[A-Za-z0-9_*-]{1,63}:[A-Za-z0-9_-]{1,63}:([^@/]{4,128})",
                Plausibility::passwordAlone,
                ":5432:",
                ":*:");
        behind(
                "authorization",
                "An authorization header",
                "([A-Za-z0-9+/=_.~-]{20,2000})",
                Plausibility::bearer,
                "bearer ",
                "basic ");
        behind(
                "authorization-plain",
                "An authorization header",
                "[\"'\\\\]{0,2}" + GAP + "[:=,]" + GAP + "[\"'\\\\]{0,2}([A-Za-z0-9+/=_.~-]{24,2000})",
                Plausibility::bearer,
                "authorization");
    }

    private void names() {
        named(
                "service-secret",
                "A secret of this family of programs",
                "[^\"'`,;<>\\\\&]{8,300}",
                Plausibility::password,
                "JWT_SECRET",
                "JWT_REFRESH_SECRET",
                "SESSION_SECRET",
                "ENCRYPTION_KEY");
        named(
                "password",
                "A password beside its name",
                "[^\"'`,;<>\\\\]{6,256}",
                Plausibility::password,
                "password",
                "passwd",
                "passwort",
                "pwd",
                "passphrase",
                "_pass",
                "requirepass");
    }

    private void anything() {
        named(
                "generic-secret",
                "A random value beside a name that says it is secret",
                "[^\"'`,;<>\\\\&]{16,300}",
                Plausibility::generic,
                "secret",
                "token",
                "apikey",
                "accesskey",
                "_key",
                "-key",
                "credential");
    }

    private void token(String id, String description, String shape, int back, String... keywords) {
        Shape parsed = Shape.of(shape);
        rules.add(new Rule(
                id, description, Severity.HIGH, List.of(keywords), Start.TOKEN, back, parsed, Plausibility::token));
    }

    private void mixedToken(String id, String description, String shape, String keyword) {
        Shape parsed = Shape.of(shape);
        rules.add(new Rule(
                id, description, Severity.HIGH, List.of(keyword), Start.TOKEN, 0, parsed, Plausibility::mixedToken));
    }

    private void behind(
            String id, String description, String shape, Predicate<Candidate> plausible, String... keywords) {
        Shape parsed = Shape.of(shape);
        rules.add(new Rule(id, description, Severity.HIGH, List.of(keywords), Start.BEHIND, 0, parsed, plausible));
    }

    private void named(
            String id, String description, String value, Predicate<Candidate> plausible, String... keywords) {
        Shape parsed = Shape.of(ASSIGNED + "(" + value + ")");
        rules.add(new Rule(id, description, Severity.MEDIUM, List.of(keywords), Start.BEHIND, 0, parsed, plausible));
    }
}
