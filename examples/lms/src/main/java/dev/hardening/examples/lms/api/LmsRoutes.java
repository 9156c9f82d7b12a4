package dev.hardening.examples.lms.api;

import dev.hardening.examples.lms.school.School;
import dev.hardening.examples.lms.web.Router;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;

/** Puts all calls of the service together. */
public final class LmsRoutes {
    private Optional<School> school = Optional.empty();
    private Optional<AuthCalls> auth = Optional.empty();
    private Optional<Identity> identity = Optional.empty();
    private Optional<AuditTrail> audit = Optional.empty();
    private Optional<Rings> rings = Optional.empty();
    private Clock clock = Clock.systemUTC();
    private Optional<Supplier<String>> nonces = Optional.empty();
    private Function<HttpServletRequest, String> clientAddress = ServletRequest::getRemoteAddr;

    private LmsRoutes() {}

    /** Starts without parts. */
    public static LmsRoutes builder() {
        return new LmsRoutes();
    }

    /** The domain; required. */
    public LmsRoutes school(School value) {
        school = Optional.of(value);
        return this;
    }

    /** Accounts and sessions; required. */
    public LmsRoutes auth(AuthCalls value) {
        auth = Optional.of(value);
        return this;
    }

    /** Who is calling; required. */
    public LmsRoutes identity(Identity value) {
        identity = Optional.of(value);
        return this;
    }

    /** The audit log; required. */
    public LmsRoutes audit(AuditTrail value) {
        audit = Optional.of(value);
        return this;
    }

    /** The key rings; required. */
    public LmsRoutes rings(Rings value) {
        rings = Optional.of(value);
        return this;
    }

    /** Tells how old a proof is; the system's if not called. */
    public LmsRoutes clock(Clock value) {
        clock = Objects.requireNonNull(value, "value");
        return this;
    }

    /** Makes a nonce of at least 128 bits for a page; required. */
    public LmsRoutes nonces(Supplier<String> value) {
        nonces = Optional.of(value);
        return this;
    }

    /** Finds a client's address behind the trusted proxies; the peer's address if not called. */
    public LmsRoutes clientAddress(Function<HttpServletRequest, String> value) {
        clientAddress = Objects.requireNonNull(value, "value");
        return this;
    }

    /**
     * Builds the router.
     *
     * @throws IllegalStateException if a part is missing
     */
    public Router build() {
        School domain = required(school, "school");
        AuthCalls accounts = required(auth, "auth");
        AuditTrail trail = required(audit, "audit");
        Desk desk = new Desk(required(identity, "identity"), trail, clock, clientAddress);
        AtomicReference<List<Router.Route>> calls = new AtomicReference<>(List.of());
        PublicHandlers open = new PublicHandlers(desk, accounts, required(nonces, "nonces"));
        Router router = Router.builder()
                .routes(open.routes(calls::get))
                .routes(new SetupHandlers(desk, accounts, domain, trail).routes())
                .routes(new KeyHandlers(desk, domain, required(rings, "rings"), trail).routes())
                .routes(new AuthHandlers(desk, accounts).routes())
                .routes(new CourseHandlers(desk, domain.courses(), accounts, trail).routes())
                .routes(new SubmissionHandlers(desk, domain.submissions(), trail).routes())
                .build();
        calls.set(router.routes());
        return router;
    }

    private static <T> T required(Optional<T> part, String name) {
        return part.orElseThrow(() -> new IllegalStateException(name + " is missing"));
    }
}
