package dev.hardening.secrets.scan;

/** Rules for tokens and keys of services, which have a form of their own. */
final class TokenRules {
    private TokenRules() {}

    static void add(RuleList rules) {
        clouds(rules);
        otherClouds(rules);
        operations(rules);
        repositories(rules);
        registries(rules);
        chats(rules);
        services(rules);
    }

    private static void clouds(RuleList rules) {
        rules.token(
                "aws-access-key",
                "The id of an AWS key",
                "A[KSBC][IC]A[A-Z2-7]{16}",
                0,
                "AKIA",
                "ASIA",
                "ABIA",
                "ACCA");
        rules.behind(
                "aws-secret-key",
                "An AWS secret key",
                RuleList.ASSIGNED + "([A-Za-z0-9/+]{40})",
                Plausibility::mixedToken,
                "aws_secret",
                "awssecret",
                "secret_access_key",
                "secretaccesskey",
                "secret-access-key");
        rules.token("google-api-key", "A Google API key", "AIza[A-Za-z0-9_-]{35}", 0, "AIza");
        rules.token("google-oauth-secret", "A Google OAuth client secret", "GOCSPX-[A-Za-z0-9_-]{28}", 0, "GOCSPX-");
        rules.token("google-oauth-token", "A Google OAuth access token", "ya29\\.[A-Za-z0-9_-]{40,1024}", 0, "ya29.");
    }

    private static void otherClouds(RuleList rules) {
        rules.behind(
                "azure-storage-key",
                "The key of an Azure storage account",
                "([A-Za-z0-9+/]{86}==)",
                Plausibility::mixedToken,
                "AccountKey=");
        rules.behind(
                "azure-shared-key",
                "A shared access key of Azure",
                "([A-Za-z0-9+/]{43}=)",
                Plausibility::mixedToken,
                "SharedAccessKey=");
        rules.token(
                "azure-client-secret",
                "An Azure client secret",
                "[A-Za-z0-9_~.]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}",
                3,
                "7Q~",
                "8Q~");
        rules.token(
                "digitalocean-token",
                "A DigitalOcean token",
                "do[opr]_v1_[a-f0-9]{64}",
                0,
                "dop_v1_",
                "doo_v1_",
                "dor_v1_");
        rules.token("heroku-key", "A Heroku API key", "HRKU-[A-Za-z0-9_-]{36,80}", 0, "HRKU-");
    }

    private static void operations(RuleList rules) {
        rules.token(
                "vault-token",
                "A token of HashiCorp Vault",
                "hv[sbr]\\.[A-Za-z0-9_-]{24,300}",
                0,
                "hvs.",
                "hvb.",
                "hvr.");
        rules.token(
                "terraform-token",
                "A token of Terraform Cloud",
                "[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{60,80}",
                14,
                ".atlasv1.");
        rules.token("databricks-token", "A Databricks token", "dapi[a-f0-9]{32}", 0, "dapi");
    }

    private static void repositories(RuleList rules) {
        rules.token(
                "github-token",
                "A GitHub token",
                "gh[pousr]_[A-Za-z0-9]{36,251}",
                0,
                "ghp_",
                "gho_",
                "ghu_",
                "ghs_",
                "ghr_");
        rules.token("github-fine-token", "A GitHub token", "github_pat_[A-Za-z0-9_]{60,120}", 0, "github_pat_");
        rules.token(
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
        rules.token("bitbucket-password", "An app password of Bitbucket", "ATBB[A-Za-z0-9]{32}", 0, "ATBB");
        rules.token("atlassian-token", "An Atlassian API token", "ATATT3[A-Za-z0-9_=-]{100,250}", 0, "ATATT3");
    }

    private static void registries(RuleList rules) {
        rules.token("npm-token", "An npm token", "npm_[A-Za-z0-9]{36}", 0, "npm_");
        rules.behind(
                "npmrc-password",
                "A password or token in .npmrc",
                "[ \t]{0,2}=[ \t]{0,2}[\"]{0,1}([A-Za-z0-9+/=_-]{16,300})",
                Plausibility::npmrc,
                "_authToken",
                "_auth",
                "_password");
        rules.token("pypi-token", "A PyPI token", "pypi-AgE[A-Za-z0-9_-]{50,300}", 0, "pypi-AgE");
        rules.token("docker-token", "A Docker Hub token", "dckr_pat_[A-Za-z0-9_-]{27,36}", 0, "dckr_pat_");
        rules.token(
                "docker-swarm-token",
                "A token to join a Docker swarm",
                "SWMTKN-1-[a-z0-9]{50}-[a-z0-9]{25}",
                0,
                "SWMTKN-1-");
        rules.behind(
                "docker-registry-password",
                "A registry password in the configuration of Docker",
                "[\\s]{0,4}:[\\s]{0,4}[\\\\]{0,1}\"([A-Za-z0-9+/=_-]{16,1024})[\\\\]{0,1}\"",
                Plausibility::token,
                "\"auth\"",
                "\\\"auth\\\"");
    }

    private static void chats(RuleList rules) {
        rules.token(
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
        rules.behind(
                "slack-webhook",
                "The address of a Slack webhook",
                "([TBW][A-Z0-9]{6,12}/[BW][A-Z0-9]{6,12}/[A-Za-z0-9]{16,40})",
                Plausibility::token,
                "hooks.slack.com/services/",
                "hooks.slack.com/workflows/");
        rules.behind(
                "discord-webhook",
                "The address of a Discord webhook",
                "([0-9]{17,20}/[A-Za-z0-9_-]{60,80})",
                Plausibility::token,
                "discord.com/api/webhooks/",
                "discordapp.com/api/webhooks/");
        rules.behind(
                "discord-token",
                "The token of a Discord bot",
                RuleList.ASSIGNED + "([A-Za-z0-9]{23,28}\\.[A-Za-z0-9_-]{6,7}\\.[A-Za-z0-9_-]{27,40})",
                Plausibility::mixedToken,
                "discord",
                "bot_token");
        rules.token("telegram-token", "The token of a Telegram bot", "[0-9]{8,10}:AA[A-Za-z0-9_-]{32,33}", 10, ":AA");
    }

    private static void services(RuleList rules) {
        rules.token(
                "stripe-key",
                "A Stripe key",
                "[rs]k_[a-z]{4}_[A-Za-z0-9]{20,250}",
                0,
                "sk_live_",
                "rk_live_",
                "sk_test_",
                "rk_test_");
        rules.token("stripe-webhook", "The secret of a Stripe webhook", "whsec_[A-Za-z0-9+/=]{32,80}", 0, "whsec_");
        rules.token("sendgrid-key", "A SendGrid key", "SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{40,48}", 0, "SG.");
        rules.behind(
                "twilio-token", "A Twilio token", RuleList.ASSIGNED + "([a-f0-9]{32})", Plausibility::token, "twilio");
        rules.token("mailgun-key", "A Mailgun key", "key-[a-f0-9]{32}", 0, "key-");
        rules.token("ai-key", "A key of a model service", "sk-[A-Za-z0-9_-]{32,250}", Plausibility::mixedToken, "sk-");
        rules.token("hugging-face-token", "A Hugging Face token", "hf_[A-Za-z0-9]{34,40}", 0, "hf_");
        rules.token(
                "shopify-token",
                "A Shopify token",
                "shp[a-z]{2}_[a-fA-F0-9]{32}",
                0,
                "shpat_",
                "shpca_",
                "shppa_",
                "shpss_");
        rules.token("new-relic-key", "A New Relic key", "NRAK-[A-Z0-9]{27}", 0, "NRAK-");
        rules.token("grafana-token", "A Grafana token", "glsa_[A-Za-z0-9]{32}_[a-fA-F0-9]{8}", 0, "glsa_");
        rules.token("postman-key", "A Postman key", "PMAK-[a-f0-9]{24}-[a-f0-9]{34}", 0, "PMAK-");
        rules.token("linear-key", "A Linear key", "lin_api_[A-Za-z0-9]{40}", 0, "lin_api_");
        rules.token("square-token", "A Square token", "sq0[a-z]{3}-[A-Za-z0-9_-]{22,43}", 0, "sq0atp-", "sq0csp-");
        rules.token(
                "jwt",
                "A signed JSON web token",
                "eyJ[A-Za-z0-9_-]{10,2000}\\.eyJ[A-Za-z0-9_-]{10,4000}\\.[A-Za-z0-9_-]{20,1024}",
                0,
                "eyJ");
    }
}
