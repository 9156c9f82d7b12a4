package dev.hardening.examples.lms.api;

import dev.hardening.examples.lms.school.Member;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;

/** Tells who is calling, from what was verified before the handler. */
@FunctionalInterface
public interface Identity {
    /**
     * The caller.
     *
     * @return empty unless an access token was verified for this request
     */
    Optional<Member> caller(HttpServletRequest request);
}
