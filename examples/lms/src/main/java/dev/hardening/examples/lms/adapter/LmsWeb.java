package dev.hardening.examples.lms.adapter;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.AuditUnavailableException;
import dev.hardening.audit.capture.RateLimitAudit;
import dev.hardening.audit.servlet.AuditFilter;
import dev.hardening.auth.Auth;
import dev.hardening.auth.AuthEventListener;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.servlet.AuthFilter;
import dev.hardening.examples.lms.api.LmsRoutes;
import dev.hardening.examples.lms.school.OpaqueIds;
import dev.hardening.examples.lms.school.School;
import dev.hardening.examples.lms.school.SchoolUnavailableException;
import dev.hardening.examples.lms.web.Dispatcher;
import dev.hardening.examples.lms.web.Router;
import dev.hardening.examples.lms.web.WebServer;
import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.ClientIpResolver;
import dev.hardening.ratelimit.TrustedProxies;
import dev.hardening.secrets.Secret;
import jakarta.servlet.http.HttpServletRequest;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.eclipse.jetty.server.Request;

/**
 * The upper half of the service put together: audit, limits by address, token, limits by user, call.
 *
 * <p>A request goes through the filters in this order, so that what is refused is in the audit log too, and nobody is
 * looked up who sends too much.
 */
public final class LmsWeb {
    private final Modules modules;
    private final Settings settings;
    private final ClientIpResolver addresses;

    private LmsWeb(Modules modules, Settings settings) {
        this.modules = modules;
        this.settings = settings;
        addresses = settings.proxies().isEmpty()
                ? ClientIpResolver.peerOnly()
                : ClientIpResolver.xForwardedFor(settings.proxies());
    }

    /**
     * Opens the school over the accounts that know who is what in it.
     *
     * @param source connections of the serving role
     * @param cursorKey 32 bytes, the same in all processes of the installation
     */
    public static School school(DataSource source, Secret cursorKey, AccountCalls accounts, Settings settings) {
        return School.builder()
                .dataSource(source)
                .cursorKey(cursorKey)
                .roles(accounts)
                .clock(settings.clock())
                .random(settings.random())
                .build();
    }

    /**
     * Starts to serve.
     *
     * @param server address, TLS and bounds; filters and the rest are added here
     * @return to be closed first when the service stops
     */
    public static WebServer start(Modules modules, Settings settings, WebServer.Builder server) {
        return new LmsWeb(modules, settings).start(server);
    }

    private WebServer start(WebServer.Builder server) {
        RateLimitAudit refused = RateLimitAudit.of(modules.audit());
        return server.forwardedSecure(this::forwardedSecure)
                .filter(auditFilter())
                .filter(RequestLimits.beforeLogin(modules.sharedBuckets(), addresses, refused))
                .filter(authFilter())
                .filter(RequestLimits.ofUsers(modules.requestBuckets(), addresses, refused))
                .start(dispatcher());
    }

    private Dispatcher dispatcher() {
        OpaqueIds ids = new OpaqueIds(settings.random());
        Router router = LmsRoutes.builder()
                .school(modules.school())
                .auth(modules.accounts())
                .identity(new TokenIdentity())
                .audit(new LogAuditTrail(modules.audit()))
                .nonces(ids::next)
                .clientAddress(this::clientAddress)
                .build();
        return new Dispatcher(
                router, request -> AuditFilter.requestId(request).orElseGet(ids::next), LmsWeb::unavailable);
    }

    private AuditFilter auditFilter() {
        return AuditFilter.builder(modules.audit())
                .actor(request -> AuthFilter.token(request)
                        .map(token -> Actor.user(token.user().value()))
                        .orElseGet(Actor::anonymous))
                .tenant(request ->
                        AuthFilter.token(request).map(token -> token.tenant().value()))
                .route(request -> Optional.ofNullable((String) request.getAttribute(Dispatcher.ROUTE)))
                .clientAddress(request -> Optional.of(clientAddress(request)))
                .random(settings.random())
                .build();
    }

    private AuthFilter authFilter() {
        return AuthFilter.builder()
                .verifier(modules.auth().verifier())
                .listener(modules.events())
                .clientAddress(this::clientAddress)
                .clock(settings.clock())
                .allowAnonymous()
                .build();
    }

    private String clientAddress(HttpServletRequest request) {
        List<String> lines = addresses
                .headerName()
                .map(name -> (List<String>) Collections.list(request.getHeaders(name)))
                .orElse(List.of());
        return addresses.resolve(request.getRemoteAddr(), lines);
    }

    private boolean forwardedSecure(Request request) {
        return settings.proxies().trusts(Request.getRemoteAddr(request))
                && "https".equalsIgnoreCase(request.getHeaders().get("X-Forwarded-Proto"));
    }

    private static boolean unavailable(Throwable failure) {
        return failure instanceof AuthUnavailableException
                || failure instanceof AuditUnavailableException
                || failure instanceof SchoolUnavailableException;
    }

    /**
     * What the calls need; everything stays the caller's to close.
     *
     * @param auth tokens, sessions and accounts
     * @param accounts the same for the handlers
     * @param events who hears of refused tokens, commonly {@code AuthAudit}
     * @param audit the log of this process
     * @param school the domain
     * @param sharedBuckets of all processes, which a restart does not forget
     * @param requestBuckets of this process, or of all where there is a Redis
     */
    public record Modules(
            Auth auth,
            AccountCalls accounts,
            AuthEventListener events,
            AuditLog audit,
            School school,
            BucketStore sharedBuckets,
            BucketStore requestBuckets) {
        /** Refuses null. */
        public Modules {
            Objects.requireNonNull(auth, "auth");
            Objects.requireNonNull(accounts, "accounts");
            Objects.requireNonNull(events, "events");
            Objects.requireNonNull(audit, "audit");
            Objects.requireNonNull(school, "school");
            Objects.requireNonNull(sharedBuckets, "sharedBuckets");
            Objects.requireNonNull(requestBuckets, "requestBuckets");
        }
    }

    /**
     * What comes in from outside.
     *
     * @param proxies whose forwarding headers count
     * @param clock the wall clock
     * @param random the one source of randomness
     */
    public record Settings(TrustedProxies proxies, Clock clock, SecureRandom random) {}
}
