package dev.hardening.secrets.cli;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import java.io.UncheckedIOException;
import java.sql.SQLException;

/**
 * What an exception means to a script, and its one line for people. Messages of this library hold no secret; of all
 * others, which may have been made of what was read, only the type is told.
 */
record Failure(Exit exit, String line) {
    static Failure of(Exception thrown) {
        if (thrown instanceof SecretsUnavailableException) {
            return new Failure(Exit.IO, told(thrown));
        }
        if (!(thrown instanceof SecretsConfigurationException || ours(thrown))) {
            return new Failure(Exit.IO, "unexpected " + thrown.getClass().getSimpleName());
        }
        if (thrown instanceof SecretsConfigurationException || thrown instanceof IllegalStateException) {
            return new Failure(Exit.FINDINGS, told(thrown));
        }
        if (thrown instanceof IllegalArgumentException) {
            return new Failure(Exit.USAGE, message(thrown));
        }
        if (thrown instanceof UncheckedIOException) {
            return new Failure(Exit.IO, told(thrown));
        }
        return new Failure(Exit.IO, "unexpected " + thrown.getClass().getSimpleName());
    }

    /** Whether the exception was made by a class of this library, whatever its own type is. */
    private static boolean ours(Exception thrown) {
        StackTraceElement[] trace = thrown.getStackTrace();
        return trace.length > 0 && trace[0].getClassName().startsWith("dev.hardening.");
    }

    private static String told(Exception thrown) {
        Throwable cause = thrown.getCause();
        if (cause == null) {
            return message(thrown);
        }
        String state = cause instanceof SQLException sql && sql.getSQLState() != null ? " " + sql.getSQLState() : "";
        return Plain.line(message(thrown) + " (" + cause.getClass().getSimpleName() + state + ")");
    }

    private static String message(Exception thrown) {
        return Plain.line(thrown.getMessage() == null ? thrown.getClass().getSimpleName() : thrown.getMessage());
    }
}
