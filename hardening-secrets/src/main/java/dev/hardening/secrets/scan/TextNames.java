package dev.hardening.secrets.scan;

import java.util.Locale;
import java.util.Set;

/** Names of files that people write as text: by what is behind their last dot, or whole; and of copies of them. */
final class TextNames {
    private static final Set<String> ENDINGS =
            words("adoc asc asp aspx bash bat boto c cc cfg cjs clj cljs cmd cnf conf config cpp cs csh cshtml "
                    + "css csv csx cxx dart desktop diff dockercfg dockerfile elm eml env envrc erb erl ex "
                    + "exs fish fs fsx ftl go gql gradle graphql groovy h hbs hcl hh hpp hs htaccess htm html htpasswd "
                    + "http ini ipynb j2 java jinja js json json5 jsonl jsp jspx jsx jwk jwks key ksh kt kts ldif "
                    + "less log lua md mjs mm mustache ndjson netrc npmrc ovpn p8 patch pem "
                    + "pgpass php pl pm ppk properties proto ps1 psd1 psm1 py pypirc pyw rb reg rest rs rst s3cfg "
                    + "sass scala scss service sh sql svelte svg swift tex text tf tfvars tmpl toml "
                    + "tpl ts tsv tsx txt vb vm vue wsdl xhtml xml xsd xsl xslt yaml yml zsh");
    private static final Set<String> NAMES =
            words(".bash_history .bash_profile .bashrc .dockerignore .editorconfig .git-credentials .gitattributes "
                    + ".gitconfig .gitignore .gitmodules .history .my.cnf .mysql_history .profile .psql_history .vimrc "
                    + ".zsh_history .zshrc authorized_keys brewfile changelog containerfile credentials crontab "
                    + "dockerfile gemfile id_dsa id_ecdsa id_ecdsa_sk id_ed25519 id_ed25519_sk id_rsa jenkinsfile "
                    + "justfile known_hosts license makefile passwd procfile rakefile readme shadow vagrantfile");

    private static final Set<String> COPIES = words("bak backup dist example old orig sample save template");

    private TextNames() {}

    private static Set<String> words(String words) {
        return Set.of(words.split(" ", -1));
    }

    static boolean is(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        while (COPIES.contains(ending(name))) {
            name = name.substring(0, name.lastIndexOf('.'));
        }
        return name.startsWith(".env")
                || name.startsWith("dockerfile.")
                || NAMES.contains(name)
                || ENDINGS.contains(ending(name));
    }

    /** What is behind the last dot, or nothing. */
    private static String ending(String name) {
        return name.substring(name.indexOf('.') < 0 ? name.length() : name.lastIndexOf('.') + 1);
    }
}
