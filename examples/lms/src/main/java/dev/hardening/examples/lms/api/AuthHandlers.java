package dev.hardening.examples.lms.api;

import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.examples.lms.api.AuthCalls.Credentials;
import dev.hardening.examples.lms.api.AuthCalls.Registration;
import dev.hardening.examples.lms.api.AuthCalls.Tokens;
import dev.hardening.examples.lms.school.School;
import dev.hardening.examples.lms.school.Tenants;
import dev.hardening.examples.lms.web.Answer;
import dev.hardening.examples.lms.web.Exchange;
import dev.hardening.examples.lms.web.JsonFields;
import dev.hardening.examples.lms.web.Problem;
import dev.hardening.examples.lms.web.ProblemException;
import dev.hardening.examples.lms.web.Router;
import dev.hardening.secrets.Secret;
import java.util.Optional;

/** Accounts and sessions over HTTP. */
final class AuthHandlers {
    /** A school that cannot be made, so that a tenant of another form fails as an unknown one does. */
    private static final TenantId NOWHERE = new TenantId("0");

    private final Desk desk;
    private final AuthCalls auth;
    private final School school;

    AuthHandlers(Desk desk, AuthCalls auth, School school) {
        this.desk = desk;
        this.auth = auth;
        this.school = school;
    }

    Router routes() {
        return Router.builder()
                .route("POST", "/api/auth/register", this::register)
                .route("POST", "/api/auth/verify", this::verify)
                .route("POST", "/api/auth/resend", this::resend)
                .route("POST", "/api/auth/login", this::login)
                .route("POST", "/api/auth/refresh", this::refresh)
                .route("POST", "/api/auth/logout", this::logout)
                .build();
    }

    private Answer register(Exchange exchange) {
        RegisterBody body = exchange.json(RegisterBody::read);
        Registration registration = registration(body, body.tenant().filter(school.tenants()::open));
        auth.register(registration, desk.client(exchange)).value(AuthHandlers::unauthorized);
        return Answer.empty(202);
    }

    private Answer verify(Exchange exchange) {
        VerifyBody body = exchange.json(VerifyBody::read);
        auth.verify(body.token(), body.password(), desk.client(exchange)).value(AuthHandlers::badToken);
        return Answer.empty(204);
    }

    private Answer resend(Exchange exchange) {
        ResendBody body = exchange.json(ResendBody::read);
        auth.resend(body.tenant(), body.email(), desk.client(exchange)).value(AuthHandlers::unauthorized);
        return Answer.empty(202);
    }

    private Answer login(Exchange exchange) {
        Credentials credentials = exchange.json(AuthHandlers::credentials);
        return tokens(auth.login(credentials, desk.client(exchange)).value(AuthHandlers::unauthorized));
    }

    private Answer refresh(Exchange exchange) {
        Secret token = exchange.json(fields -> fields.secret("refreshToken"));
        return tokens(auth.refresh(token, desk.client(exchange)).value(AuthHandlers::unauthorized));
    }

    private Answer logout(Exchange exchange) {
        auth.logout(exchange.json(fields -> fields.secret("refreshToken")), desk.client(exchange));
        return Answer.empty(204);
    }

    /** Checks what a registration has besides a password, which the accounts check. */
    static Registration registration(RegisterBody body, Optional<TenantId> tenant) {
        Optional<EmailAddress> email = EmailAddress.parse(body.email());
        Rules rules = new Rules().check(email.isPresent(), "email", "an-email-address");
        body.name().ifPresent(name -> rules.line("name", name, Rules.MAX_NAME));
        rules.orRefuse();
        return new Registration(tenant, email.orElseThrow(), body.password(), body.name());
    }

    private static Answer tokens(Tokens tokens) {
        return Answer.json(
                200,
                json -> json.text("accessToken", tokens.access())
                        .text("refreshToken", tokens.refresh())
                        .number("expiresIn", tokens.expiresIn().toSeconds())
                        .text("tokenType", "Bearer"));
    }

    private static Credentials credentials(JsonFields fields) {
        return new Credentials(tenant(fields), fields.text("email"), fields.secret("password"));
    }

    private static TenantId tenant(JsonFields fields) {
        return fields.optionalText("tenant").map(AuthHandlers::tenant).orElse(Tenants.MAIN);
    }

    private static TenantId tenant(String name) {
        return TenantId.accepts(name) ? new TenantId(name) : NOWHERE;
    }

    private static ProblemException unauthorized() {
        return ProblemException.unauthenticated();
    }

    private static ProblemException badToken() {
        return new ProblemException(Problem.of(400, "bad-token", "The token is not valid"));
    }

    /** The body of a registration; also of a set-up, where the token names the school. */
    record RegisterBody(String email, Secret password, Optional<String> name, Optional<TenantId> tenant) {
        static RegisterBody read(JsonFields fields) {
            return new RegisterBody(
                    fields.text("email"),
                    fields.secret("password"),
                    Optional.of(fields.text("name")),
                    Optional.of(AuthHandlers.tenant(fields)));
        }
    }

    private record VerifyBody(Secret token, Secret password) {
        static VerifyBody read(JsonFields fields) {
            return new VerifyBody(fields.secret("token"), fields.secret("password"));
        }
    }

    private record ResendBody(String email, TenantId tenant) {
        static ResendBody read(JsonFields fields) {
            return new ResendBody(fields.text("email"), AuthHandlers.tenant(fields));
        }
    }
}
