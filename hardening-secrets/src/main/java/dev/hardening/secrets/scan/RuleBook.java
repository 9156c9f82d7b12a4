package dev.hardening.secrets.scan;

import java.util.List;

/** The rules, the most specific first: where two match at one place, the first is reported. */
final class RuleBook {
    static final String KEY_STORE = "key-store";

    private RuleBook() {}

    static List<Rule> rules() {
        RuleList rules = new RuleList();
        KeyRules.add(rules);
        TokenRules.add(rules);
        NameRules.add(rules);
        SyntaxRules.add(rules);
        return rules.rules();
    }
}
