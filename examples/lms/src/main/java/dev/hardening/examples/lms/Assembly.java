package dev.hardening.examples.lms;

import dev.hardening.audit.AuditLog;
import dev.hardening.audit.AuditUnavailableException;
import dev.hardening.audit.capture.AuthAudit;
import dev.hardening.audit.capture.RateLimitAudit;
import dev.hardening.audit.capture.RingAudit;
import dev.hardening.audit.servlet.AuditFilter;
import dev.hardening.auth.Auth;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.jdbc.AddressRenewal;
import dev.hardening.auth.jdbc.JdbcAccountStore;
import dev.hardening.auth.jdbc.SealedAddresses;
import dev.hardening.examples.lms.api.LmsRoutes;
import dev.hardening.examples.lms.config.LmsConfig;
import dev.hardening.examples.lms.mail.Mailer;
import dev.hardening.examples.lms.school.OpaqueIds;
import dev.hardening.examples.lms.school.School;
import dev.hardening.examples.lms.school.SchoolUnavailableException;
import dev.hardening.examples.lms.school.Tenants;
import dev.hardening.examples.lms.service.AccountCalls;
import dev.hardening.examples.lms.service.DemoSchool;
import dev.hardening.examples.lms.service.DurableTrail;
import dev.hardening.examples.lms.service.FirstToken;
import dev.hardening.examples.lms.service.Front;
import dev.hardening.examples.lms.service.Housekeeping;
import dev.hardening.examples.lms.service.Identities;
import dev.hardening.examples.lms.service.InstallationRings;
import dev.hardening.examples.lms.service.LimitStores;
import dev.hardening.examples.lms.service.Limits;
import dev.hardening.examples.lms.service.MailNotices;
import dev.hardening.examples.lms.service.Meters;
import dev.hardening.examples.lms.web.Dispatcher;
import dev.hardening.examples.lms.web.Router;
import dev.hardening.examples.lms.web.WebServer;
import dev.hardening.health.CheckResult;
import dev.hardening.health.HealthCheck;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.ratelimit.micrometer.RateLimitMeters;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.health.SecretsChecks;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Puts the modules together over a database that is migrated: the half of the start that is about requests. */
final class Assembly {
    private static final String CURSORS = "lms cursors";
    private static final int CURSOR_KEY_BYTES = 32;
    /** After the drain; with its bounds and those of the other parts within the 30 s of an orchestrator. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    private final Start start;
    private final LmsConfig config;
    private final DataSource database;
    private final FirstToken firstToken;
    private final Front front;
    private final AtomicReference<URI> publicUrl = new AtomicReference<>();
    private volatile @Nullable Opened opened;

    private record Opened(
            Auth auth,
            AccountCalls calls,
            School school,
            InstallationRings rings,
            LimitStores stores,
            Limits limits,
            AuditLog log,
            AuthAudit authEvents) {}

    Assembly(Start start, LmsConfig config, Path home, DataSource database) {
        this.start = start;
        this.config = config;
        this.database = database;
        firstToken = new FirstToken(home);
        front = new Front(Limits.clients(config.network().trustedProxies()));
        // With a port of its own choice the system tells it only once the server listens.
        if (config.network().publicUrl().isPresent() || config.network().http().port() != 0) {
            reachedAt(config.network().http().port());
        }
    }

    /** Opens accounts, school and limits; what has to be closed goes to {@code parts}. */
    void open(Parts parts, Mailer mailer, AuditLog log, Meters meters) {
        AuthAudit authEvents = AuthAudit.of(log);
        RateLimitMeters counted = RateLimitMeters.create(meters.registry());
        RateLimitListener heard = counted.and(RateLimitAudit.of(log));
        LimitStores stores = parts.add(
                "limits",
                LimitStores.open(
                        config.redis(), database, config.secrets().session().present(), heard, counted));
        Limits limits = Limits.create(stores.shared(), stores.members(), heard);
        limits.watchedBy(counted);
        InstallationRings rings =
                InstallationRings.open(database, config.secrets(), RingAudit.of(log), start.clock(), start.random());
        SealedAddresses addresses = Identities.addresses(rings, config.secrets());
        AccountStore accounts = new JdbcAccountStore(database, addresses);
        AtomicReference<School> schools = new AtomicReference<>();
        Auth auth = parts.add(
                "accounts",
                Identities.open(
                        config,
                        new Identities.Surroundings(
                                database,
                                rings,
                                accounts,
                                stores.shared(),
                                new MailNotices(mailer, this::publicUrl),
                                tenant -> Objects.requireNonNull(schools.get())
                                        .tenants()
                                        .open(tenant),
                                authEvents,
                                counted),
                        start.clock(),
                        start.random()));
        AccountCalls calls = new AccountCalls(auth, accounts, limits, firstToken::remove);
        School school = school(calls);
        schools.set(school);
        Opened made = new Opened(auth, calls, school, rings, stores, limits, log, authEvents);
        parts.add("housekeeping", Housekeeping.start(chores(made, addresses)));
        opened = made;
    }

    /** How a ring stands, once it is open. */
    HealthCheck ring(String name) {
        return deadline -> {
            Opened all = opened;
            return all == null
                    ? CheckResult.ok().with("open", false)
                    : SecretsChecks.ring(all.rings().ring(name)).run(deadline);
        };
    }

    /** How the store of the limits stands, once it is open. */
    HealthCheck limits() {
        return deadline -> {
            Opened all = opened;
            return all == null
                    ? CheckResult.ok().with("open", false)
                    : all.stores().check().run(deadline);
        };
    }

    private List<Housekeeping.Chore> chores(Opened all, SealedAddresses addresses) {
        AddressRenewal renewal = AddressRenewal.of(database, addresses);
        return List.of(
                new Housekeeping.Chore("accounts and sessions", all.auth()::purgeExpired),
                new Housekeeping.Chore("addresses", batch -> renewal.run(batch).changed()),
                new Housekeeping.Chore("key rings", batch -> all.rings().promoteKnown()),
                new Housekeeping.Chore(
                        "the first refresh key", batch -> all.rings().followSecret()),
                new Housekeeping.Chore("limits", all.stores()::purgeExpired),
                new Housekeeping.Chore("places in flight", all.limits()::purgeExpired),
                new Housekeeping.Chore("the first token", batch -> forgetFirstToken(all.calls())));
    }

    private School school(AccountCalls calls) {
        School.Builder domain = School.builder()
                .dataSource(database)
                .roles(calls)
                .cursorKey(config.secrets().jwt().derive(CURSORS, CURSOR_KEY_BYTES))
                .random(start.random())
                .clock(start.clock());
        config.secrets()
                .previousJwt()
                .ifPresent(secret -> domain.previousCursorKey(secret.derive(CURSORS, CURSOR_KEY_BYTES)));
        return domain.build();
    }

    /** Another process of the installation may have made the administrator. */
    private int forgetFirstToken(AccountCalls calls) {
        if (calls.hasAdministrator(Tenants.MAIN)) {
            firstToken.remove();
        }
        return 0;
    }

    /** Starts the web server with all calls behind their filters. */
    WebServer serve(Optional<SSLContext> tls) {
        Opened all = Objects.requireNonNull(opened, "open first");
        OpaqueIds ids = new OpaqueIds(start.random());
        LmsRoutes routes = LmsRoutes.builder()
                .school(all.school())
                .auth(all.calls())
                .identity(Front::caller)
                .audit(new DurableTrail(all.log()))
                .rings(all.rings())
                .clock(start.clock())
                .nonces(ids::next)
                .clientAddress(front::clientAddress);
        Router router = routes.build();
        Dispatcher servlet = new Dispatcher(
                router, request -> AuditFilter.requestId(request).orElseGet(ids::next), Assembly::unavailable);
        WebServer.Builder server = WebServer.builder()
                .address(config.network().http().host(), config.network().http().port())
                .stopTimeout(STOP_TIMEOUT)
                .trustForwardedProto(Limits.proxies(config.network().trustedProxies())::trusts);
        tls.ifPresent(server::tls);
        front.protect(server, router, new Front.Guards(all.log(), all.auth(), all.authEvents(), all.limits()));
        WebServer running = server.start(servlet);
        reachedAt(running.port());
        return running;
    }

    /** Tells the newcomer of the people of the demo, as they are made, and where the first token lies. */
    void welcome(Consumer<String> tell) {
        Opened all = Objects.requireNonNull(opened, "open first");
        if (start.demo()) {
            DemoSchool.seed(all.auth(), all.school(), start.random(), tell);
        }
        firstToken
                .leave(all.auth())
                .ifPresent(file -> tell.accept("No administrator yet: POST /api/setup with the token in " + file));
    }

    private void reachedAt(int port) {
        String scheme = config.network().tls().isPresent() ? "https" : "http";
        publicUrl.set(config.network()
                .publicUrl()
                .orElseGet(() ->
                        URI.create(scheme + "://" + config.network().http().authority(port))));
    }

    URI publicUrl() {
        return Objects.requireNonNull(publicUrl.get(), "not served yet");
    }

    int inFlight() {
        return front.inFlight();
    }

    private static boolean unavailable(Throwable failure) {
        return failure instanceof SchoolUnavailableException
                || failure instanceof AuthUnavailableException
                || failure instanceof AuditUnavailableException
                || failure instanceof SecretsUnavailableException;
    }
}
