package dev.hardening.examples.lms;

import dev.hardening.audit.AuditLog;
import dev.hardening.audit.AuditStatus;
import dev.hardening.audit.Events;
import dev.hardening.audit.micrometer.AuditMeters;
import dev.hardening.examples.lms.config.Installation;
import dev.hardening.examples.lms.config.LmsConfig;
import dev.hardening.examples.lms.config.LmsConfig.DatabaseLogin;
import dev.hardening.examples.lms.config.LmsConfig.Listen;
import dev.hardening.examples.lms.database.Access;
import dev.hardening.examples.lms.database.Database;
import dev.hardening.examples.lms.database.Migrations;
import dev.hardening.examples.lms.database.Migrations.Location;
import dev.hardening.examples.lms.home.DataFolder;
import dev.hardening.examples.lms.mail.Mailer;
import dev.hardening.examples.lms.mail.OutboxMailer;
import dev.hardening.examples.lms.mail.SmtpMailer;
import dev.hardening.examples.lms.postgres.EmbeddedPostgres;
import dev.hardening.examples.lms.postgres.PostgresUnavailableException;
import dev.hardening.examples.lms.service.InstallationRings;
import dev.hardening.examples.lms.service.Meters;
import dev.hardening.examples.lms.web.WebServer;
import dev.hardening.health.CheckResult;
import dev.hardening.health.Drain;
import dev.hardening.health.Health;
import dev.hardening.health.checks.Checks;
import dev.hardening.health.http.HealthServer;
import dev.hardening.health.micrometer.HealthMeters;
import dev.hardening.secrets.Schema;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.health.TlsChecks;
import dev.hardening.secrets.tls.TlsReloader;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Puts the parts together in the order of their start: folder, configuration, TLS, database, health, schemas, mail.
 *
 * <p>Each part goes to {@link Parts} as soon as it runs, so an end in the middle stops exactly what is there. The last
 * one is the way in: it is the first to close, and closing it drains.
 */
final class Wiring {
    private static final Duration READY_BOUND = Duration.ofSeconds(20);
    private static final Duration STEP = Duration.ofMillis(5);
    private static final Duration LOAD_BALANCER_DELAY = Duration.ofSeconds(5);
    private static final Duration DRAIN_BOUND = Duration.ofSeconds(10);
    private static final long DISK_WARNING = 1L << 30;
    private static final long DISK_FAILURE = 64L << 20;
    private static final String NAME = "lms";

    /** Every schema of the service, modules first: the tables of the LMS refer to none of theirs, a migration does. */
    static final List<Location> SCHEMAS = List.of(
            Location.module("secrets"),
            Location.module("ratelimit"),
            Location.module("auth"),
            new Location("lms", "dev/hardening/examples/lms/db"));

    private final Start start;
    private final Parts parts;
    private final DataFolder folder;
    private final LmsConfig config;

    private Wiring(Start start, Parts parts, DataFolder folder, LmsConfig config) {
        this.start = start;
        this.parts = parts;
        this.folder = folder;
        this.config = config;
    }

    /** Starts everything; the service is ready when this returns. */
    static void start(Start start, Parts parts) {
        Installation installation = Installation.of(start.environment());
        if (start.demo() && installation.profile() == Schema.Profile.PRODUCTION) {
            throw new StartRefusedException(
                    List.of("--demo makes an administrator and prints its password; production does not take it"));
        }
        DataFolder folder = parts.add("data folder", DataFolder.open(installation.home()));
        LmsConfig config =
                LmsConfig.read(installation.profile(), installation.values(start.environment(), start.random()));
        new Wiring(start, parts, folder, config).run();
    }

    private void run() {
        Optional<TlsReloader> tls = config.network().tls().map(files -> parts.add("TLS files", follow(files)));
        Access access = access();
        Database database = parts.add("database pool", Database.open(access));
        Meters meters = parts.add("meters", Meters.create());
        AuditLog log = parts.add("audit log", audit(meters));
        Assembly assembly = new Assembly(start, config, folder.path(), database.dataSource());
        Health health = parts.add("health", health(database, log, tls, assembly));
        HealthMeters.of(health).bindTo(meters.registry());
        HealthServer management = parts.add("management", management(health, meters));
        Migrations.run(access, SCHEMAS);
        health.opened("schemas");
        log.record(Events.systemStarted(NAME).build());
        parts.add(
                "end of the audit", () -> log.record(Events.systemStopped(NAME).build()));
        Mailer mailer = parts.add("mail", mailer());
        assembly.open(parts, mailer, log, meters);
        WebServer server = parts.add("web server", assembly.serve(tls.map(TlsReloader::context)));
        health.opened("web");
        admit(health, management, server, assembly);
    }

    private Access access() {
        Optional<DatabaseLogin> login = config.database();
        if (login.isPresent()) {
            return Access.external(
                    login.get().url().reveal(), login.get().user(), login.get().password());
        }
        try {
            return Access.embedded(
                    parts.add("embedded PostgreSQL", EmbeddedPostgres.start(folder.path(), start.random())),
                    start.random());
        } catch (PostgresUnavailableException unavailable) {
            throw new StartRefusedException(List.of(String.valueOf(unavailable.getMessage())));
        }
    }

    private AuditLog audit(Meters meters) {
        AuditMeters counted = AuditMeters.of(meters.registry());
        AuditLog log = AuditLog.file(folder.path().resolve("audit"))
                .origin("lms/audit")
                .service(NAME)
                .clock(start.clock())
                .random(start.random())
                .listener(counted)
                .open();
        counted.watch(log);
        return log;
    }

    /** Serves the pair of the files, and whatever pair stands there later. */
    private TlsReloader follow(LmsConfig.TlsFiles files) {
        try {
            return TlsReloader.builder()
                    .pem(files.certificates(), files.key())
                    .clock(start.clock())
                    .build();
        } catch (SecretsConfigurationException refused) {
            throw new StartRefusedException(refused.faults());
        }
    }

    private Health health(Database database, AuditLog log, Optional<TlsReloader> tls, Assembly assembly) {
        Health.Builder health = Health.builder(NAME)
                .liveness("deadlock", Checks.deadlock())
                .readiness("database", Checks.jdbc(database.dataSource()), check -> check.critical())
                .readiness("audit", deadline -> writing(log), check -> check.critical())
                .readiness("disk", Checks.disk(folder.path(), DISK_WARNING, DISK_FAILURE))
                .startup("schemas")
                .startup("web")
                .clock(start.clock());
        // Not critical: a ring that cannot be read goes on with the keys that it knows, for as long as it may.
        InstallationRings.NAMES.forEach(name -> health.readiness("ring-" + name, assembly.ring(name)));
        // Not critical either: without their store limits are counted here, by a share.
        health.readiness("limits", assembly.limits());
        tls.ifPresent(files -> health.readiness("certificate", TlsChecks.expiry(files)));
        return health.build().start();
    }

    private static CheckResult writing(AuditLog log) {
        return log.status().state() == AuditStatus.State.RUNNING ? CheckResult.ok() : CheckResult.fail("not writing");
    }

    private HealthServer management(Health health, Meters meters) {
        return HealthServer.builder(health)
                .bind(address(config.network().management()))
                .route("/metrics", meters::text, Meters.CONTENT_TYPE)
                .start();
    }

    private Mailer mailer() {
        String host = config.network().publicUrl().map(URI::getHost).orElse("localhost");
        String from = "LMS <no-reply@" + (host.matches("[0-9.:\\[\\]]+") ? "localhost" : host) + ">";
        return config.smtp().isPresent()
                ? SmtpMailer.open(config.smtp().get(), from, start.clock())
                : OutboxMailer.open(folder.folder("outbox"), from, start.clock());
    }

    /** The last step: says where the service is, once it is ready. */
    private void admit(Health health, HealthServer management, WebServer server, Assembly assembly) {
        Duration delay = config.profile() == Schema.Profile.PRODUCTION ? LOAD_BALANCER_DELAY : Duration.ZERO;
        Drain drain = Drain.builder(health)
                .loadBalancerDelay(delay)
                .inFlight(assembly::inFlight)
                .deadline(DRAIN_BOUND)
                .build();
        parts.add("way in", () -> {
            folder.withdrawPorts();
            drain.run();
        });
        assembly.welcome(System.out::println);
        awaitReady(health);
        folder.publishPorts(
                "http=" + server.port() + "\nmanagement=" + management.address().getPort() + "\n");
        System.out.println("LMS ready on " + assembly.publicUrl() + ", management on http://"
                + config.network().management().authority(management.address().getPort()) + ", data in "
                + folder.path());
    }

    private static void awaitReady(Health health) {
        long end = System.nanoTime() + READY_BOUND.toNanos();
        while (!health.ready()) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("not ready within " + READY_BOUND + ": " + health.snapshot());
            }
            LockSupport.parkNanos(STEP.toNanos());
        }
    }

    private static InetSocketAddress address(Listen listen) {
        return new InetSocketAddress(listen.host(), listen.port());
    }
}
