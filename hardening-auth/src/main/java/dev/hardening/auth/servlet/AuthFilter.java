package dev.hardening.auth.servlet;

import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.AuthEventListener;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.token.AccessTokenVerifier;
import dev.hardening.auth.token.Verification;
import dev.hardening.auth.token.Verification.Reason;
import dev.hardening.auth.token.VerifiedToken;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Lets a request through if it bears a valid access token, and puts the {@link VerifiedToken} on it.
 *
 * <p>The token comes from the {@code Authorization} header alone, never from a URL, a form or a cookie (RFC 6750, section
 * 5.3). Every refusal is the same 401 problem document whatever the reason, which goes to the listener; keys or
 * revocations that cannot be asked are a 503. Map it to the paths that need a user: behind {@link Builder#allowAnonymous}
 * a request without the header passes without a token, while one with a bad token is still refused. Behind
 * {@link Builder#ignoreTokensOf} some requests pass without a token whatever they bear.
 *
 * <p>Needs no session and no thread of its own, works with asynchronous requests; safe for many threads.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class AuthFilter implements Filter {
    private static final String ATTRIBUTE = VerifiedToken.class.getName();
    private static final String SCHEME = "Bearer ";
    private static final int LEAST_UNAVAILABLE_SECONDS = 1;
    private static final byte[] UNAUTHORIZED = problem(401, "Unauthorized", Verification.CLIENT_TEXT);
    private static final byte[] UNAVAILABLE = problem(503, "Service Unavailable", "Please try again in a moment.");

    private final AccessTokenVerifier verifier;
    private final AuthEventListener listener;
    private final Function<HttpServletRequest, String> clientAddress;
    private final Clock clock;
    private final boolean anonymousAllowed;
    private final Predicate<HttpServletRequest> tokenless;

    private AuthFilter(Builder builder) {
        verifier = Objects.requireNonNull(builder.verifier);
        listener = AuthEventListener.isolated(builder.listener);
        clientAddress = builder.clientAddress;
        clock = builder.clock;
        anonymousAllowed = builder.anonymousAllowed;
        tokenless = builder.tokenless;
    }

    /**
     * Begins a filter.
     *
     * @return a builder with the defaults
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Reads the token that this filter put on a request.
     *
     * @param request the request a handler got
     * @return the token, empty if the request came without one or past another filter
     */
    public static Optional<VerifiedToken> token(ServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof VerifiedToken token ? Optional.of(token) : Optional.empty();
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest http) || !(response instanceof HttpServletResponse answer)) {
            throw new ServletException("AuthFilter handles HTTP requests only");
        }
        List<String> headers = Collections.list(http.getHeaders("Authorization"));
        if (tokenless.test(http) || (anonymousAllowed && headers.isEmpty())) {
            request.removeAttribute(ATTRIBUTE);
            chain.doFilter(request, response);
            return;
        }
        Optional<Verification> verification = verify(headers);
        if (verification.isEmpty()) {
            answer.setIntHeader("Retry-After", LEAST_UNAVAILABLE_SECONDS);
            send(answer, HttpServletResponse.SC_SERVICE_UNAVAILABLE, UNAVAILABLE);
        } else if (verification.get() instanceof Verification.Valid valid) {
            request.setAttribute(ATTRIBUTE, valid.token());
            chain.doFilter(request, response);
        } else {
            refuse(http, answer, ((Verification.Invalid) verification.get()).reason());
        }
    }

    private Optional<Verification> verify(List<String> headers) {
        try {
            return Optional.of(bearer(headers)
                    .map(verifier::verify)
                    .orElseGet(() -> new Verification.Invalid(headers.isEmpty() ? Reason.MISSING : Reason.MALFORMED)));
        } catch (AuthUnavailableException unavailable) {
            return Optional.empty();
        }
    }

    /** The one bearer token; a second header could name a second user. */
    private static Optional<String> bearer(List<String> headers) {
        return Optional.of(headers)
                .filter(all -> all.size() == 1)
                .map(all -> all.get(0))
                .filter(header -> header.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                .map(header -> header.substring(SCHEME.length()));
    }

    private void refuse(HttpServletRequest request, HttpServletResponse response, Reason reason) throws IOException {
        AuthEvent.Context context = AuthEvent.Context.at(clock.instant()).clientAddress(clientAddress.apply(request));
        listener.onEvent(new AuthEvent.TokenRejected(context, reason.name()));
        // A request without a token is told how to bring one, and no error (RFC 6750, section 3.1).
        response.setHeader("WWW-Authenticate", reason == Reason.MISSING ? "Bearer" : "Bearer error=\"invalid_token\"");
        send(response, HttpServletResponse.SC_UNAUTHORIZED, UNAUTHORIZED);
    }

    private static void send(HttpServletResponse response, int status, byte[] body) throws IOException {
        response.setStatus(status);
        response.setHeader("Cache-Control", "no-store");
        response.setContentType("application/problem+json");
        // No length here: a full write of a known length leaves at once, before outer filters have had their say.
        response.getOutputStream().write(body);
    }

    private static byte[] problem(int status, String title, String detail) {
        return ("{\"type\":\"about:blank\",\"title\":\"" + title + "\",\"status\":" + status + ",\"detail\":\"" + detail
                        + "\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Collects what a filter needs; not safe for many threads. */
    public static final class Builder {
        private @Nullable AccessTokenVerifier verifier;
        private AuthEventListener listener = AuthEventListener.none();
        private Function<HttpServletRequest, String> clientAddress = ServletRequest::getRemoteAddr;
        private Clock clock = Clock.systemUTC();
        private boolean anonymousAllowed;
        private Predicate<HttpServletRequest> tokenless = request -> false;

        private Builder() {}

        /**
         * Sets who decides about tokens; required.
         *
         * @param tokens the verifier
         * @return this
         */
        public Builder verifier(AccessTokenVerifier tokens) {
            verifier = Objects.requireNonNull(tokens, "tokens");
            return this;
        }

        /**
         * Sets who hears of refused tokens; nobody unless called.
         *
         * @param events what it throws is logged and dropped
         * @return this
         */
        public Builder listener(AuthEventListener events) {
            listener = Objects.requireNonNull(events, "events");
            return this;
        }

        /**
         * Sets how the client's address is found, for the events; the peer's address unless called.
         *
         * @param resolver knows the trusted proxies
         * @return this
         */
        public Builder clientAddress(Function<HttpServletRequest, String> resolver) {
            clientAddress = Objects.requireNonNull(resolver, "resolver");
            return this;
        }

        /**
         * Sets the wall clock of the events; the system's unless called.
         *
         * @param source any clock
         * @return this
         */
        public Builder clock(Clock source) {
            clock = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Lets requests without an {@code Authorization} header pass without a token.
         *
         * @return this
         */
        public Builder allowAnonymous() {
            anonymousAllowed = true;
            return this;
        }

        /**
         * Passes some requests without a token, whatever their {@code Authorization} header holds; none unless called.
         *
         * <p>For what a client calls to get a token or to end a session: a client that sends its access token with
         * everything must be able to refresh it once it is over.
         *
         * @param requests tells them by method and path; they pass as anonymous, so a mistake here gives no rights
         * @return this
         */
        public Builder ignoreTokensOf(Predicate<HttpServletRequest> requests) {
            tokenless = Objects.requireNonNull(requests, "requests");
            return this;
        }

        /**
         * Checks everything and makes the filter.
         *
         * @return an immutable filter
         * @throws AuthConfigurationException with all faults at once
         */
        public AuthFilter build() {
            List<String> faults = new ArrayList<>();
            if (verifier == null) {
                faults.add("verifier must be set");
            }
            if (!faults.isEmpty()) {
                throw new AuthConfigurationException(faults);
            }
            return new AuthFilter(this);
        }
    }
}
