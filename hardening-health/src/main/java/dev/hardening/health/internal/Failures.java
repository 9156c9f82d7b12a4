package dev.hardening.health.internal;

import dev.hardening.health.CheckResult;
import java.util.Map;

/** Turns whatever a check threw into a result that holds class names and no message. */
final class Failures {
    static final CheckResult INVALID = CheckResult.fail("invalid").with("error", "the check returned null");
    private static final CheckResult PLAIN = CheckResult.fail("error");
    private static final int MAX_CAUSES = 8;

    private Failures() {}

    static CheckResult of(Throwable thrown) {
        try {
            return CheckResult.fail("error").with("error", names(thrown));
        } catch (Throwable hostile) { // a getCause() that throws, or no memory for the text
            return PLAIN;
        }
    }

    static CheckResult stuck(Thread thread, String step) {
        CheckResult result = step(CheckResult.fail("stuck"), step);
        StringBuilder stack = new StringBuilder();
        for (StackTraceElement frame : thread.getStackTrace()) {
            stack.append(frame).append('\n');
        }
        return stack.length() == 0 ? result : result.with("stack", stack.toString());
    }

    static CheckResult timeout(String step) {
        return step(CheckResult.fail("timeout"), step);
    }

    private static CheckResult step(CheckResult result, String step) {
        return step.isEmpty() ? result : new CheckResult(result.outcome(), result.reason(), Map.of("step", step));
    }

    /** Names the causes from the outside in; a cycle of causes ends at the limit. */
    private static String names(Throwable thrown) {
        StringBuilder names = new StringBuilder(thrown.getClass().getName());
        Throwable cause = thrown.getCause();
        for (int depth = 1; cause != null && depth < MAX_CAUSES; depth++) {
            names.append(" < ").append(cause.getClass().getName());
            cause = cause.getCause();
        }
        return names.toString();
    }
}
