package dev.hardening.examples.lms.api;

import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.account.Account;
import dev.hardening.examples.lms.api.AuthCalls.Credentials;
import dev.hardening.examples.lms.api.AuthCalls.Newcomer;
import dev.hardening.examples.lms.api.AuthCalls.Tokens;
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

    AuthHandlers(Desk desk, AuthCalls auth) {
        this.desk = desk;
        this.auth = auth;
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
        auth.register(body.tenant(), checked(body.newcomer()), desk.client(exchange))
                .value(AuthHandlers::unauthorized);
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

    /** Checks what a newcomer has besides a password, which the accounts check. */
    static Newcomer checked(Typed typed) {
        Optional<EmailAddress> email = EmailAddress.parse(typed.email());
        boolean named =
                typed.name().isEmpty() || Account.acceptsName(typed.name().get());
        new Rules()
                .check(email.isPresent(), "email", "an-email-address")
                .check(named, "name", "1-to-100-printable-characters")
                .orRefuse();
        return new Newcomer(email.orElseThrow(), typed.password(), typed.name());
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

    static ProblemException badToken() {
        return new ProblemException(Problem.of(400, "bad-token", "The token is not valid"));
    }

    /** A newcomer as typed, of a form not yet checked. */
    record Typed(String email, Secret password, Optional<String> name) {}

    private record RegisterBody(Typed newcomer, TenantId tenant) {
        static RegisterBody read(JsonFields fields) {
            Typed newcomer =
                    new Typed(fields.text("email"), fields.secret("password"), Optional.of(fields.text("name")));
            return new RegisterBody(newcomer, AuthHandlers.tenant(fields));
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
