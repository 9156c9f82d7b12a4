package dev.hardening.examples.lms.api;

import dev.hardening.examples.lms.school.Member;
import dev.hardening.examples.lms.school.Outcome;
import dev.hardening.examples.lms.school.Page;
import dev.hardening.examples.lms.school.PageRequest;
import dev.hardening.examples.lms.school.Refusal;
import dev.hardening.examples.lms.web.Answer;
import dev.hardening.examples.lms.web.Dispatcher;
import dev.hardening.examples.lms.web.Exchange;
import dev.hardening.examples.lms.web.Handler;
import dev.hardening.examples.lms.web.JsonWriter;
import dev.hardening.examples.lms.web.Problem;
import dev.hardening.examples.lms.web.ProblemException;
import dev.hardening.examples.lms.web.Violation;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;

/** What all handlers share: who calls, from where, how a refusal reads and how a list is paged. */
final class Desk {
    private static final int DEFAULT_PAGE = 50;

    private static final Duration FRESH = Duration.ofMinutes(5);

    private final Identity identity;
    private final AuditTrail audit;
    private final Clock clock;
    private final Function<HttpServletRequest, String> addresses;

    Desk(Identity identity, AuditTrail audit, Clock clock, Function<HttpServletRequest, String> addresses) {
        this.identity = identity;
        this.audit = audit;
        this.clock = clock;
        this.addresses = addresses;
    }

    /** Makes a handler that only a caller with a verified token gets to; what he may not do is an event. */
    Handler member(BiFunction<Exchange, Member, Answer> handler) {
        return exchange -> served(exchange, handler, signedIn(exchange).member());
    }

    /** Makes a handler for callers who proved who they are within the last five minutes. */
    Handler freshMember(BiFunction<Exchange, Member, Answer> handler) {
        return exchange -> {
            Identity.SignedIn caller = signedIn(exchange);
            if (caller.provenAt().plus(FRESH).isBefore(clock.instant())) {
                throw ProblemException.staleProof(FRESH);
            }
            return served(exchange, handler, caller.member());
        };
    }

    private Identity.SignedIn signedIn(Exchange exchange) {
        return identity.caller(exchange.request()).orElseThrow(ProblemException::unauthenticated);
    }

    private Answer served(Exchange exchange, BiFunction<Exchange, Member, Answer> handler, Member caller) {
        try {
            return handler.apply(exchange, caller);
        } catch (ProblemException refused) {
            if (refused.problem().status() == HttpServletResponse.SC_FORBIDDEN) {
                audit.record(denied(exchange, caller));
            }
            throw refused;
        }
    }

    private SchoolEvent denied(Exchange exchange, Member caller) {
        HttpServletRequest request = exchange.request();
        String route = request.getMethod() + " " + request.getAttribute(Dispatcher.ROUTE);
        Map<String, String> details = Map.of("path", request.getRequestURI());
        return new SchoolEvent(SchoolEvent.Kind.DENIED, caller, route, details, client(exchange));
    }

    Client client(Exchange exchange) {
        HttpServletRequest request = exchange.request();
        return new Client(
                request.getRemoteAddr(),
                addresses.apply(request),
                Optional.ofNullable(request.getHeader("User-Agent")),
                Optional.ofNullable((String) request.getAttribute(Dispatcher.REQUEST_ID)));
    }

    static <T> T value(Outcome<T> outcome) {
        return outcome.fold(value -> value, refusal -> {
            throw problem(refusal);
        });
    }

    static ProblemException problem(Refusal refusal) {
        return switch (refusal) {
            case UNKNOWN -> ProblemException.of(404);
            case FORBIDDEN -> ProblemException.of(403);
            case CONFLICT -> ProblemException.of(409);
            case BAD_CURSOR -> new ProblemException(Problem.malformedQuery("cursor", "bad-cursor"));
        };
    }

    static PageRequest pageRequest(Exchange exchange) {
        Optional<String> cursor = exchange.query("cursor");
        return new PageRequest(cursor, exchange.query("limit").map(Desk::limit).orElse(DEFAULT_PAGE));
    }

    static <T> Answer list(Page<T> page, BiConsumer<JsonWriter, T> item) {
        return Answer.json(200, json -> {
            json.items("items", page.items(), item);
            page.next().ifPresent(cursor -> json.text("next", cursor));
        });
    }

    private static int limit(String text) {
        if (text.matches("[1-9][0-9]{0,2}") && Integer.parseInt(text) <= PageRequest.MAX_SIZE) {
            return Integer.parseInt(text);
        }
        throw new ProblemException(Problem.refused(List.of(new Violation("limit", "1-" + PageRequest.MAX_SIZE))));
    }
}
