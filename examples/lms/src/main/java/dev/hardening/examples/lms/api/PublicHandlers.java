package dev.hardening.examples.lms.api;

import dev.hardening.examples.lms.school.Member;
import dev.hardening.examples.lms.web.Answer;
import dev.hardening.examples.lms.web.Exchange;
import dev.hardening.examples.lms.web.ProblemException;
import dev.hardening.examples.lms.web.Router;
import dev.hardening.examples.lms.web.SecurityHeaders;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;

/** Pages, public keys, and what a caller may ask about himself. */
final class PublicHandlers {
    private static final String HTML = "text/html; charset=utf-8";

    private final Desk desk;
    private final AuthCalls auth;
    private final Supplier<String> nonces;
    private final String start = page("index.html");
    private final String verify = page("verify.html");

    PublicHandlers(Desk desk, AuthCalls auth, Supplier<String> nonces) {
        this.desk = desk;
        this.auth = auth;
        this.nonces = nonces;
    }

    /** The routes; the start page lists {@code calls} as they will be, itself included. */
    Router routes(Supplier<List<Router.Route>> calls) {
        return Router.builder()
                .route("GET", "/", exchange -> html(start.replace("{{calls}}", rows(calls.get()))))
                .route("GET", "/verify", exchange -> html(verify))
                .route("GET", "/.well-known/jwks.json", this::keys)
                .route("GET", "/api/me", desk.member(this::me))
                .build();
    }

    private Answer me(Exchange exchange, Member caller) {
        AuthCalls.Person person = auth.person(caller).orElseThrow(ProblemException::unauthenticated);
        return Answer.json(
                200,
                json -> json.text("id", caller.user().value())
                        .text("email", person.email().asTyped())
                        .text("name", person.name())
                        .text("tenant", caller.tenant().value())
                        .texts("roles", person.roles()));
    }

    private Answer keys(Exchange exchange) {
        AuthCalls.PublicKeys keys = auth.publicKeys();
        boolean known = keys.etag().equals(exchange.request().getHeader("If-None-Match"));
        Answer answer = known
                ? Answer.empty(304)
                : Answer.of(200, "application/jwk-set+json", keys.json().getBytes(StandardCharsets.UTF_8));
        return answer.with("Cache-Control", keys.cacheControl()).with("ETag", keys.etag());
    }

    private Answer html(String page) {
        String nonce = nonces.get();
        byte[] bytes = page.replace("{{nonce}}", nonce).getBytes(StandardCharsets.UTF_8);
        return Answer.of(200, HTML, bytes).with(SecurityHeaders.CONTENT_SECURITY_POLICY, SecurityHeaders.page(nonce));
    }

    /** Methods and templates are constants of the program, letters, slashes and braces, so they need no escaping. */
    private static String rows(List<Router.Route> calls) {
        StringBuilder rows = new StringBuilder();
        for (Router.Route call : calls) {
            boolean link = "GET".equals(call.method()) && !call.template().contains("{");
            String path = "<code>" + call.template() + "</code>";
            rows.append("<tr><td>")
                    .append(call.method())
                    .append("</td><td>")
                    .append(link ? "<a href=\"" + call.template() + "\">" + path + "</a>" : path)
                    .append("</td></tr>\n");
        }
        return rows.toString();
    }

    private static String page(String name) {
        try (InputStream in = PublicHandlers.class.getResourceAsStream("/dev/hardening/examples/lms/pages/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the jar has no page " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
