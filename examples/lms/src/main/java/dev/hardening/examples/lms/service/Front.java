package dev.hardening.examples.lms.service;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.servlet.AuditFilter;
import dev.hardening.auth.Auth;
import dev.hardening.auth.AuthEventListener;
import dev.hardening.auth.servlet.AuthFilter;
import dev.hardening.auth.token.VerifiedToken;
import dev.hardening.examples.lms.api.Identity;
import dev.hardening.examples.lms.school.Member;
import dev.hardening.examples.lms.web.Dispatcher;
import dev.hardening.examples.lms.web.Router;
import dev.hardening.examples.lms.web.WebServer;
import dev.hardening.health.servlet.InFlightFilter;
import dev.hardening.ratelimit.ClientIpResolver;
import dev.hardening.ratelimit.servlet.RateLimitFilter;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The way of a request to its handler: counted for the drain, audited, its token verified, its user's limits asked.
 *
 * <p>The audit filter stands before everything that may refuse, so that a refusal is an event too.
 */
public final class Front {
    /** What is called to get a token, to give one back, or without any. */
    private static final Set<String> OPEN = Set.of(
            "/",
            "/verify",
            "/.well-known/jwks.json",
            "/api/setup",
            "/api/auth/register",
            "/api/auth/verify",
            "/api/auth/resend",
            "/api/auth/login",
            "/api/auth/refresh",
            "/api/auth/logout");

    private final ClientIpResolver clients;
    private final InFlightFilter inFlight = new InFlightFilter();

    /**
     * Makes the front.
     *
     * @param clients finds the client behind the trusted proxies
     */
    public Front(ClientIpResolver clients) {
        this.clients = clients;
    }

    /** Requests under way. */
    public int inFlight() {
        return inFlight.inFlight();
    }

    /** The address that counts as the client's. */
    public String clientAddress(HttpServletRequest request) {
        List<String> lines = clients.headerName()
                .map(name -> (List<String>) Collections.list(request.getHeaders(name)))
                .orElse(List.of());
        return clients.resolve(request.getRemoteAddr(), lines);
    }

    /** Who is calling, from the token that was verified on the way. */
    public static Optional<Identity.SignedIn> caller(HttpServletRequest request) {
        return AuthFilter.token(request)
                .map(token -> new Identity.SignedIn(new Member(token.tenant(), token.user()), token.authenticatedAt()));
    }

    /**
     * What a request passes.
     *
     * @param log has every refusal
     * @param auth verifies tokens
     * @param events hears of tokens
     * @param limits count
     */
    public record Guards(AuditLog log, Auth auth, AuthEventListener events, Limits limits) {}

    /** Puts the filters before the servlet, which goes by the router. */
    public void protect(WebServer.Builder server, Router router, Guards guards) {
        for (Filter filter : List.of(
                inFlight,
                audit(guards.log()),
                authentication(guards.auth(), guards.events()),
                limit(guards.limits(), router))) {
            server.filter(filter);
        }
    }

    private AuditFilter audit(AuditLog log) {
        return AuditFilter.builder(log)
                .actor(request -> AuthFilter.token(request)
                        .map(token -> Actor.user(token.user().value()))
                        .orElseGet(Actor::anonymous))
                .tenant(request -> tenant(request))
                .route(request -> Optional.ofNullable((String) request.getAttribute(Dispatcher.ROUTE)))
                .clientAddress(request -> Optional.of(clientAddress(request)))
                .build();
    }

    private AuthFilter authentication(Auth auth, AuthEventListener events) {
        return AuthFilter.builder()
                .verifier(auth.verifier())
                .listener(events)
                .clientAddress(this::clientAddress)
                .allowAnonymous()
                .ignoreTokensOf(request -> OPEN.contains(request.getRequestURI()))
                .build();
    }

    private RateLimitFilter limit(Limits limits, Router router) {
        return RateLimitFilter.builder(limits.users())
                .shedder(limits.room())
                .priority(request -> Limits.priority(
                        call(router, request), AuthFilter.token(request).isPresent()))
                .concurrency(limits.places())
                .clientAddress(clients)
                .route(request -> call(router, request))
                .tenant(Front::tenant)
                .user(request ->
                        AuthFilter.token(request).map(VerifiedToken::user).map(user -> user.value()))
                .build();
    }

    private static Optional<String> call(Router router, HttpServletRequest request) {
        return Optional.ofNullable(request.getRequestURI()).flatMap(path -> router.call(request.getMethod(), path));
    }

    private static Optional<String> tenant(HttpServletRequest request) {
        return AuthFilter.token(request).map(token -> token.tenant().value());
    }
}
