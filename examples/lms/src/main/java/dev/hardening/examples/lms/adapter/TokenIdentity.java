package dev.hardening.examples.lms.adapter;

import dev.hardening.auth.servlet.AuthFilter;
import dev.hardening.examples.lms.api.Identity;
import dev.hardening.examples.lms.school.Member;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;

/** The caller is whom the verified token names that {@link AuthFilter} put on the request. */
public final class TokenIdentity implements Identity {
    @Override
    public Optional<Member> caller(HttpServletRequest request) {
        return AuthFilter.token(request).map(token -> new Member(token.tenant(), token.user()));
    }
}
