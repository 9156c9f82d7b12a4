package dev.hardening.examples.lms.config;

import java.util.Locale;

/** How much the service does by itself, and what it refuses. */
public enum Profile {
    /** Starts with nothing: embedded database, generated secrets, mails as files. */
    DEVELOPMENT,
    /** Starts only when everything a public service needs is given. */
    PRODUCTION;

    /** As in {@code LMS_PROFILE} and in the name of the env file. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
