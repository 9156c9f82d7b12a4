package dev.hardening.secrets.scan;

import dev.hardening.secrets.scan.Rule.Candidate;
import dev.hardening.secrets.scan.Rule.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Rules in the making. */
final class RuleList {
    static final String GAP = "[ \t]{0,40}";
    /** The rest of a name, quotes, an operator, quotes. */
    static final String ASSIGNED =
            "[A-Za-z0-9_.-]{0,40}[\"'\\]\\\\]{0,3}" + GAP + "[:=>][=>]{0,2}" + GAP + "[\"'`\\\\]{0,2}";

    private final List<Rule> rules = new ArrayList<>();

    List<Rule> rules() {
        return List.copyOf(rules);
    }

    /** A token with a form of its own, which starts so many bytes before its keyword. */
    void token(String id, String description, String shape, int back, String... keywords) {
        Shape parsed = Shape.of(shape);
        rules.add(new Rule(
                id, description, Severity.HIGH, List.of(keywords), Start.TOKEN, back, parsed, Plausibility::token));
    }

    /** A token whose form alone does not tell it. */
    void token(String id, String description, String shape, Predicate<Candidate> plausible, String keyword) {
        Shape parsed = Shape.of(shape);
        rules.add(new Rule(id, description, Severity.HIGH, List.of(keyword), Start.TOKEN, 0, parsed, plausible));
    }

    /** What stands behind a label. */
    void behind(String id, String description, String shape, Predicate<Candidate> plausible, String... keywords) {
        Shape parsed = Shape.goingOn(shape);
        rules.add(new Rule(id, description, Severity.HIGH, List.of(keywords), Start.BEHIND, 0, parsed, plausible));
    }

    /** What is assigned to a name. */
    void named(String id, String description, String value, Predicate<Candidate> plausible, String... keywords) {
        likely(id, description, ASSIGNED + "(" + value + ")", plausible, keywords);
    }

    /** What stands behind a name without being assigned to it. */
    void likely(String id, String description, String shape, Predicate<Candidate> plausible, String... keywords) {
        Shape parsed = Shape.goingOn(shape);
        rules.add(new Rule(id, description, Severity.MEDIUM, List.of(keywords), Start.BEHIND, 0, parsed, plausible));
    }
}
