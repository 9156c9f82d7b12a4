package dev.hardening.secrets.scan;

/** Rules for values that a syntax puts beside their name without an operator between them. */
final class SyntaxRules {
    private static final String REST = "[A-Za-z0-9_.-]{0,24}";
    private static final String QUOTE = "[\"'`\\\\]{1,2}";
    /** From a name to its value, through quotes, ends of lines and elements, and the letters of {@code </name>}. */
    private static final String TO_VALUE = REST + "[\\s\"'\\\\,<>/{}amen]{1,60}[Vv]alue[\"'\\\\]{0,2}" + RuleList.GAP
            + "[:=>]{1,2}" + RuleList.GAP + "[\"'`\\\\]{0,2}";

    private static final String TO_ARGUMENT = REST + QUOTE + RuleList.GAP + "," + RuleList.GAP + QUOTE;

    private SyntaxRules() {}

    static void add(RuleList rules) {
        pairs(rules);
        calls(rules);
        languages(rules);
    }

    /** Environments of containers, properties in XML: {@code name: DB_PASSWORD}, {@code value: ...}. */
    private static void pairs(RuleList rules) {
        rules.likely(
                "password-pair",
                "A password that is the value of a name",
                TO_VALUE + "(" + NameRules.PASSWORD + ")",
                Plausibility::password,
                NameRules.PASSWORDS);
        rules.likely(
                "generic-pair",
                "A random value of a name that says it is secret",
                TO_VALUE + "(" + NameRules.RANDOM + ")",
                Plausibility::generic,
                NameRules.OTHERS);
    }

    private static void calls(RuleList rules) {
        rules.likely(
                "password-call",
                "A password that is given to a method",
                REST + "[(]" + RuleList.GAP + QUOTE + "(" + NameRules.PASSWORD + ")",
                Plausibility::call,
                NameRules.PASSWORDS);
        rules.likely(
                "password-argument",
                "A password that is given behind its name",
                TO_ARGUMENT + "(" + NameRules.PASSWORD + ")",
                Plausibility::argument,
                NameRules.PASSWORDS);
        rules.likely(
                "generic-call",
                "A random value that is given to a method whose name says it is secret",
                REST + "[(]" + RuleList.GAP + QUOTE + "(" + NameRules.RANDOM + ")",
                Plausibility::genericCall,
                NameRules.OTHERS);
        rules.likely(
                "generic-argument",
                "A random value that is given behind a name that says it is secret",
                TO_ARGUMENT + "(" + NameRules.RANDOM + ")",
                Plausibility::genericArgument,
                NameRules.OTHERS);
    }

    private static void languages(RuleList rules) {
        rules.likely(
                "password-sql",
                "The password of a user in SQL",
                "[ \t]{1,4}'(" + NameRules.PASSWORD + ")'",
                Plausibility::sql,
                "password",
                "identified by");
        rules.likely(
                "environment-line",
                "A secret in an ENV line, with its name",
                "([A-Z][A-Z0-9_]{3,63}[ \t]{1,4}[\"']{0,1}" + NameRules.PASSWORD + ")",
                Plausibility::environmentLine,
                "ENV ");
    }
}
