package dev.hardening.examples.lms.web;

import java.sql.SQLException;

/** Describes a throwable for the log by its types, its SQL state and its stack, without the messages, which quote data. */
final class Faults {
    private static final int MAX_FRAMES = 24;
    private static final int MAX_CAUSES = 5;

    private Faults() {}

    static String describe(Throwable failure) {
        StringBuilder text = new StringBuilder(512);
        int depth = 0;
        for (Throwable cause = failure; cause != null && depth < MAX_CAUSES; cause = cause.getCause()) {
            text.append(depth == 0 ? "" : System.lineSeparator() + "  caused by ")
                    .append(cause.getClass().getName());
            if (cause instanceof SQLException sql) {
                text.append(" (SQLSTATE ").append(sql.getSQLState()).append(')');
            }
            StackTraceElement[] frames = cause.getStackTrace();
            for (int index = 0; index < Math.min(frames.length, MAX_FRAMES); index++) {
                text.append(System.lineSeparator()).append("    at ").append(frames[index]);
            }
            depth++;
        }
        return text.toString();
    }
}
