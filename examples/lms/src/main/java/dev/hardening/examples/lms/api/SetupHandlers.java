package dev.hardening.examples.lms.api;

import dev.hardening.auth.TenantId;
import dev.hardening.examples.lms.api.AuthCalls.Newcomer;
import dev.hardening.examples.lms.api.AuthHandlers.Typed;
import dev.hardening.examples.lms.school.Member;
import dev.hardening.examples.lms.school.School;
import dev.hardening.examples.lms.school.Tenants;
import dev.hardening.examples.lms.web.Answer;
import dev.hardening.examples.lms.web.Exchange;
import dev.hardening.examples.lms.web.JsonFields;
import dev.hardening.examples.lms.web.ProblemException;
import dev.hardening.examples.lms.web.Router;
import dev.hardening.secrets.Secret;
import java.util.Map;

/** Schools and their first administrators over HTTP. */
final class SetupHandlers {
    private static final String TENANT_FORM = "[a-z][a-z0-9-]{1,31}";

    private final Desk desk;
    private final AuthCalls auth;
    private final School school;
    private final AuditTrail audit;

    SetupHandlers(Desk desk, AuthCalls auth, School school, AuditTrail audit) {
        this.desk = desk;
        this.auth = auth;
        this.school = school;
        this.audit = audit;
    }

    Router routes() {
        return Router.builder()
                .route("POST", "/api/setup", this::setUp)
                .route("POST", "/api/admin/tenants", desk.member(this::createTenant))
                .build();
    }

    private Answer setUp(Exchange exchange) {
        SetupBody body = exchange.json(SetupBody::read);
        Client client = desk.client(exchange);
        Newcomer newcomer = AuthHandlers.checked(body.newcomer());
        Member admin = auth.setUp(body.token(), newcomer, client).value(AuthHandlers::badToken);
        audit.record(new SchoolEvent(
                SchoolEvent.Kind.ADMINISTRATOR_SET_UP, admin, admin.user().value(), Map.of(), client));
        return Answer.json(
                201,
                json -> json.text("id", admin.user().value())
                        .text("email", newcomer.email().asTyped())
                        .text("tenant", admin.tenant().value()));
    }

    private Answer createTenant(Exchange exchange, Member caller) {
        TenantBody body = exchange.json(fields -> new TenantBody(fields.text("id"), fields.text("name")));
        new Rules()
                .check(body.id().matches(TENANT_FORM), "id", "2-to-32-of-a-z-0-9-hyphen")
                .line("name", body.name(), Rules.MAX_TITLE)
                .orRefuse();
        if (!school.tenants().runsTheInstallation(caller)) {
            throw ProblemException.of(403);
        }
        if (auth.hasAdministrator(new TenantId(body.id()))) {
            throw ProblemException.of(409);
        }
        Tenants.Founded made = Desk.value(school.tenants().create(caller, new TenantId(body.id()), body.name()));
        TenantId tenant = made.id();
        String token = auth.issueSetupToken(tenant).reveal();
        SchoolEvent.Kind kind = made.anew() ? SchoolEvent.Kind.TENANT_CREATED : SchoolEvent.Kind.SETUP_TOKEN_ISSUED;
        audit.record(new SchoolEvent(kind, caller, tenant.value(), Map.of(), desk.client(exchange)));
        return Answer.json(201, json -> json.text("id", tenant.value()).text("setupToken", token));
    }

    private record SetupBody(Secret token, Typed newcomer) {
        static SetupBody read(JsonFields fields) {
            Typed newcomer = new Typed(fields.text("email"), fields.secret("password"), fields.optionalText("name"));
            return new SetupBody(fields.secret("token"), newcomer);
        }
    }

    private record TenantBody(String id, String name) {}
}
