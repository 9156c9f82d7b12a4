package dev.hardening.secrets.scan;

import java.util.List;
import java.util.function.Predicate;

/**
 * One kind of secret: the keywords that make the scanner look, the shape it must have there, and a last judgement.
 *
 * @param back how many bytes before the keyword the shape starts, or that it starts behind the keyword
 */
record Rule(
        String id,
        String description,
        Severity severity,
        List<String> keywords,
        Start start,
        int back,
        Shape shape,
        Predicate<Candidate> plausible) {
    /** Where a shape starts. */
    enum Start {
        /** At the keyword, which is the head of the token, or some bytes before it; no letter or digit before that. */
        TOKEN,
        /** Behind the keyword, which is a name or a label. */
        BEHIND
    }

    /** What was matched: the name in front, if any, and the secret. */
    record Candidate(String name, String secret) {
        @Override
        public String toString() {
            return "Candidate[" + name + "]";
        }
    }
}
