package dev.hardening.examples.lms.api;

import dev.hardening.examples.lms.school.Member;
import dev.hardening.examples.lms.school.School;
import dev.hardening.examples.lms.web.Answer;
import dev.hardening.examples.lms.web.Exchange;
import dev.hardening.examples.lms.web.ProblemException;
import dev.hardening.examples.lms.web.Router;
import java.util.Map;
import java.util.Optional;
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
        String key = next(ring).orElseThrow(() -> ProblemException.of(404));
        Map<String, String> details = Map.of("key", key);
        audit.record(new SchoolEvent(SchoolEvent.Kind.RING_ROTATED, caller, ring, details, desk.client(exchange)));
        return Answer.json(202, json -> json.text("ring", ring).text("nextKey", key));
    }

    /** A ring that is full needs old keys disabled and destroyed first, by whoever knows what they sealed. */
    private Optional<String> next(String ring) {
        try {
            return rings.rotate(ring);
        } catch (IllegalStateException full) {
            LOG.warn("ring {} was not rotated: {}", ring, full.getMessage());
            throw ProblemException.of(409);
        }
    }
}
