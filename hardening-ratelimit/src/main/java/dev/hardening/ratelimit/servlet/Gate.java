package dev.hardening.ratelimit.servlet;

import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.LimitStatus.Visibility;
import dev.hardening.ratelimit.RateLimitHeaders;
import dev.hardening.ratelimit.RateLimitProblem;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.concurrency.ConcurrencyLimiter;
import dev.hardening.ratelimit.concurrency.ConcurrencyLimiter.Acquisition;
import dev.hardening.ratelimit.concurrency.LoadShedder;
import dev.hardening.ratelimit.concurrency.LoadShedder.Admission;
import dev.hardening.ratelimit.concurrency.PermitLimit;
import dev.hardening.ratelimit.concurrency.Priority;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Asks the shedder, the limiter and the places by key, in this order, and answers where one of them refuses. */
record Gate(
        @Nullable LoadShedder shedder,
        Function<HttpServletRequest, Priority> priority,
        @Nullable RateLimiter limiter,
        @Nullable ConcurrencyLimiter concurrency,
        Function<HttpServletRequest, RequestFacts> facts,
        RateLimitHeaders headers) {
    private static final String EXPOSE = "Access-Control-Expose-Headers";

    /** Whether the service has room for the request; what it takes up goes into {@code hold}. */
    boolean hasRoom(HttpServletRequest request, HttpServletResponse response, Hold hold) throws IOException {
        if (shedder == null) {
            return true;
        }
        Admission admission = shedder.admit(priority.apply(request));
        if (admission instanceof Admission.Shed shed) {
            refuse(
                    response,
                    RateLimitProblem.SERVICE_UNAVAILABLE,
                    headers.shed(shed.retryAfter()),
                    RateLimitProblem.shedBody());
            return false;
        }
        hold.add(((Admission.Admitted) admission).permit());
        return true;
    }

    /** Whether the request is within its limits; what it takes up goes into {@code hold}. */
    boolean isWithinLimits(HttpServletRequest request, HttpServletResponse response, Hold hold) throws IOException {
        if (limiter == null && concurrency == null) {
            return true;
        }
        RequestFacts known = facts.apply(request);
        Optional<Decision> decision = Optional.ofNullable(limiter).map(limits -> limits.check(known));
        if (decision.isPresent() && !decision.get().allowed()) {
            Decision refusal = decision.get();
            refuse(response, RateLimitProblem.status(refusal), headers.fields(refusal), RateLimitProblem.body(refusal));
            return false;
        }
        if (concurrency != null && !hasPlace(place(concurrency, known, decision), response, hold)) {
            return false;
        }
        decision.ifPresent(allowed -> write(response, headers.fields(allowed)));
        return true;
    }

    /**
     * Asks for a place, and gives the tokens back where there is none. That comes before any answer is written: a client
     * that is gone, or a reader of the application that throws, must not cost the caller what he did not get.
     */
    private static Acquisition place(ConcurrencyLimiter places, RequestFacts known, Optional<Decision> decision) {
        Acquisition acquisition = null;
        try {
            acquisition = places.acquire(known);
        } finally {
            if (!(acquisition instanceof Acquisition.Granted)) {
                decision.ifPresent(Decision::refund);
            }
        }
        return acquisition;
    }

    private boolean hasPlace(Acquisition acquisition, HttpServletResponse response, Hold hold) throws IOException {
        if (acquisition instanceof Acquisition.Refused refused) {
            PermitLimit limit = refused.limit();
            Visibility visibility = limit.visibility();
            refuse(
                    response,
                    RateLimitProblem.TOO_MANY_REQUESTS,
                    headers.concurrency(limit.name(), limit.most(), visibility),
                    RateLimitProblem.concurrencyBody(limit.name(), visibility));
            return false;
        }
        hold.add(((Acquisition.Granted) acquisition).permit());
        return true;
    }

    private static void refuse(HttpServletResponse response, int status, Map<String, String> fields, byte[] body)
            throws IOException {
        if (response.isCommitted()) {
            return;
        }
        write(response, fields);
        response.setStatus(status);
        response.setContentType(RateLimitProblem.CONTENT_TYPE);
        // No length here: a full write of a known length leaves at once, before outer filters have had their say.
        response.getOutputStream().write(body);
    }

    private static void write(HttpServletResponse response, Map<String, String> fields) {
        if (response.isCommitted()) {
            return;
        }
        fields.forEach((name, value) -> {
            if (name.equals(EXPOSE)) {
                response.addHeader(name, value);
            } else {
                response.setHeader(name, value);
            }
        });
    }
}
