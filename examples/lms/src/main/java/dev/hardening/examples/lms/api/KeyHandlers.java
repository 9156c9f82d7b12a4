package dev.hardening.examples.lms.api;

import dev.hardening.examples.lms.school.Member;
import dev.hardening.examples.lms.school.School;
import dev.hardening.examples.lms.web.Answer;
import dev.hardening.examples.lms.web.Exchange;
import dev.hardening.examples.lms.web.ProblemException;
import dev.hardening.examples.lms.web.Router;
import dev.hardening.secrets.SecretsUnavailableException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Key rings over HTTP, for administrators of the whole installation. */
final class KeyHandlers {
    private static final Logger LOG = LoggerFactory.getLogger(KeyHandlers.class);

    private final Desk desk;
    private final School school;
    private final Rings rings;
    private final AuditTrail audit;

    KeyHandlers(Desk desk, School school, Rings rings, AuditTrail audit) {
        this.desk = desk;
        this.school = school;
        this.rings = rings;
        this.audit = audit;
    }

    Router routes() {
        return Router.builder()
                .route("POST", "/api/admin/keys/{ring}/rotate", desk.freshMember(this::rotate))
                .build();
    }

    private Answer rotate(Exchange exchange, Member caller) {
        exchange.nothing();
        if (!school.tenants().runsTheInstallation(caller)) {
            throw ProblemException.of(403);
        }
        String ring = exchange.parameter("ring");
        if (!rings.names().contains(ring)) {
            throw ProblemException.of(404);
        }
        Client client = desk.client(exchange);
        // Before: if the log fails once the ring has turned, this line still tells who did it.
        audit.record(new SchoolEvent(SchoolEvent.Kind.ROTATION_ASKED, caller, ring, Map.of(), client));
        Rings.Next next = next(ring, caller, client);
        Map<String, String> details = Map.of("key", next.key(), "added", Boolean.toString(next.added()));
        audit.record(new SchoolEvent(SchoolEvent.Kind.ROTATION_BEGUN, caller, ring, details, client));
        return Answer.json(202, json -> json.text("ring", ring).text("nextKey", next.key()));
    }

    /** A ring that is full needs old keys disabled and destroyed first, by whoever knows what they sealed. */
    private Rings.Next next(String ring, Member caller, Client client) {
        try {
            return rings.rotate(ring);
        } catch (IllegalStateException full) {
            LOG.warn("ring {} was not rotated: {}", ring, full.getMessage());
            refused(ring, caller, client);
            throw ProblemException.of(409);
        } catch (SecretsUnavailableException outage) {
            refused(ring, caller, client);
            throw outage;
        }
    }

    private void refused(String ring, Member caller, Client client) {
        Map<String, String> details = Map.of("added", "false");
        audit.record(new SchoolEvent(SchoolEvent.Kind.ROTATION_REFUSED, caller, ring, details, client));
    }
}
