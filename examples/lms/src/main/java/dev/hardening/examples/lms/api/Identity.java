package dev.hardening.examples.lms.api;

import dev.hardening.examples.lms.school.Member;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/** Tells who is calling, from what was verified before the handler. */
@FunctionalInterface
public interface Identity {
    /**
     * The caller.
     *
     * @return empty unless an access token was verified for this request
     */
    Optional<SignedIn> caller(HttpServletRequest request);

    /**
     * A caller and when he last proved who he is.
     *
     * @param member who
     * @param provenAt the last time a password or another factor was checked
     */
    record SignedIn(Member member, Instant provenAt) {
        /** Checks that both are there. */
        public SignedIn {
            Objects.requireNonNull(member, "member");
            Objects.requireNonNull(provenAt, "provenAt");
        }
    }
}
