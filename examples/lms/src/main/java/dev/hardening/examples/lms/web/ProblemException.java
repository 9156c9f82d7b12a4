package dev.hardening.examples.lms.web;

import java.time.Duration;
import java.util.Map;

/**
 * Ends a call with a problem; the dispatcher turns it into the answer.
 *
 * <p>Without a stack trace, since it is an expected outcome that clients can cause at will.
 */
public final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;
    private final transient Map<String, String> headers;

    /** Refuses with this problem. */
    public ProblemException(Problem problem) {
        this(problem, Map.of());
    }

    /** Refuses with this problem and further response headers. */
    public ProblemException(Problem problem, Map<String, String> headers) {
        super(problem.title(), null, false, false);
        this.problem = problem;
        this.headers = Map.copyOf(headers);
    }

    /** Refuses with a bare status. */
    public static ProblemException of(int status) {
        return new ProblemException(Problem.of(status));
    }

    /** Refuses a call that needs a caller and has none: 401 with the challenge that RFC 9110 requires. */
    public static ProblemException unauthenticated() {
        return new ProblemException(Problem.of(401), Map.of("WWW-Authenticate", "Bearer realm=\"lms\""));
    }

    /** Refuses a call whose caller proved who he is too long ago (RFC 9470, section 3). */
    public static ProblemException staleProof(Duration maxAge) {
        Problem problem = Problem.of(401, "insufficient-user-authentication", "Prove again who you are");
        String challenge = "Bearer realm=\"lms\", error=\"insufficient_user_authentication\", max_age=\""
                + maxAge.toSeconds() + "\"";
        return new ProblemException(problem, Map.of("WWW-Authenticate", challenge));
    }

    /** The document to send. */
    public Problem problem() {
        return problem;
    }

    /** The headers to send with it. */
    public Map<String, String> headers() {
        return headers;
    }
}
