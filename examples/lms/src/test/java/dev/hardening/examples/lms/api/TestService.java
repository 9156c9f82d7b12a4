package dev.hardening.examples.lms.api;

import dev.hardening.examples.lms.school.CourseRole;
import dev.hardening.examples.lms.school.Member;
import dev.hardening.examples.lms.school.OpaqueIds;
import dev.hardening.examples.lms.school.School;
import dev.hardening.examples.lms.school.SchoolUnavailableException;
import dev.hardening.examples.lms.school.ServingRole;
import dev.hardening.examples.lms.school.TenantRole;
import dev.hardening.examples.lms.web.Dispatcher;
import dev.hardening.examples.lms.web.RawHttp;
import dev.hardening.examples.lms.web.Router;
import dev.hardening.examples.lms.web.WebServer;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The whole upper half on a real Jetty and a real PostgreSQL, with accounts in memory. Needs the database first. */
final class TestService implements BeforeAllCallback, AfterAllCallback {
    final FakeAccounts accounts = new FakeAccounts();
    final List<SchoolEvent> events = new CopyOnWriteArrayList<>();
    final FakeRings rings = new FakeRings(events);
    private final ServingRole serving;
    private Optional<School> school = Optional.empty();
    private Optional<Router> router = Optional.empty();
    private Optional<WebServer> server = Optional.empty();

    TestService(ServingRole serving) {
        this.serving = serving;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        School domain = School.builder()
                .dataSource(serving.dataSource())
                .roles(accounts)
                .cursorKey(Secret.of("cursors"))
                .clock(accounts.clock)
                .build();
        OpaqueIds ids = new OpaqueIds(new SecureRandom());
        Router routes = LmsRoutes.builder()
                .school(domain)
                .auth(accounts)
                .identity(accounts)
                .audit(events::add)
                .rings(rings)
                .clock(accounts.clock)
                .nonces(ids::next)
                .build();
        Dispatcher dispatcher = new Dispatcher(routes, request -> ids.next(), TestService::unavailable);
        school = Optional.of(domain);
        router = Optional.of(routes);
        server = Optional.of(
                WebServer.builder().idleTimeout(Duration.ofSeconds(1)).start(dispatcher));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        server.ifPresent(WebServer::close);
    }

    School school() {
        return school.orElseThrow();
    }

    Router router() {
        return router.orElseThrow();
    }

    int port() {
        return server.orElseThrow().port();
    }

    /** A user with a role in the whole school; his token is {@code <tenant>.<user>}. */
    Member user(String tenant, String user, TenantRole role) {
        return accounts.add(tenant, user, role);
    }

    /** A course of {@code teacher} in which {@code student} is enrolled. */
    String course(Member teacher, Member student) {
        String id = school().courses().create(teacher, "Course").fold(made -> made.id(), TestService::unexpected);
        school().courses().enrol(teacher, id, student.user(), CourseRole.STUDENT);
        return id;
    }

    String work(Member student, String course) {
        return school().submissions().submit(student, course, "work").fold(made -> made.id(), TestService::unexpected);
    }

    RawHttp.Reply call(String method, String path, String token, String json) {
        return RawHttp.json(port(), method + " " + path, token, json);
    }

    RawHttp.Reply get(String path, String token) {
        return call("GET", path, token, "");
    }

    private static String unexpected(Object refusal) {
        throw new AssertionError(refusal);
    }

    private static boolean unavailable(Throwable failure) {
        return failure instanceof SchoolUnavailableException || failure instanceof SecretsUnavailableException;
    }
}
