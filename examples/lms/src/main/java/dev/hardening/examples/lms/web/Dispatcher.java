package dev.hardening.examples.lms.web;

import dev.hardening.examples.lms.web.Router.Match;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one servlet: finds the handler, answers, and is the last resort for whatever a handler throws.
 *
 * <p>A fault answers 500, or 503 where infrastructure is away, with a problem that says nothing else; the log gets the
 * request id that the client got, the route and the stack, and no message, since messages quote data (OWASP ASVS 5.0,
 * 16.5.1 and 16.5.4).
 */
public final class Dispatcher extends HttpServlet {
    /** The request attribute that holds the template of the route, such as <code>/api/courses/{id}</code>. */
    public static final String ROUTE = "dev.hardening.examples.lms.route";

    /** The request attribute and response header that hold the id of this request. */
    public static final String REQUEST_ID = "X-Request-Id";

    private static final long serialVersionUID = 1L;
    private static final int LEAST_BUFFER = 1024;
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private static final Set<String> BODILESS = Set.of("GET", "HEAD", "DELETE");

    private final transient Router router;
    private final transient Function<HttpServletRequest, String> requestIds;
    private final transient Predicate<Throwable> unavailable;

    /**
     * Makes the servlet.
     *
     * @param router all calls
     * @param requestIds reads the id that a filter gave to the request, or makes one
     * @param unavailable whether a throwable means that infrastructure is away
     */
    public Dispatcher(
            Router router, Function<HttpServletRequest, String> requestIds, Predicate<Throwable> unavailable) {
        this.router = router;
        this.requestIds = requestIds;
        this.unavailable = unavailable;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String id = requestIds.apply(request);
        request.setAttribute(REQUEST_ID, id);
        response.setHeader(REQUEST_ID, id);
        Answer answer = answer(request, id);
        if (!Bodies.discard(request)) {
            answer = answer.with("Connection", "close");
        }
        send(request, response, answer);
    }

    // Handlers are user hooks here: whatever they throw ends in an answer.
    private Answer answer(HttpServletRequest request, String id) {
        try {
            return dispatch(request);
        } catch (ProblemException refused) {
            return Answer.problem(refused.problem()).with(refused.headers());
        } catch (RuntimeException | StackOverflowError failure) {
            return lastResort(request, id, failure);
        }
    }

    private Answer dispatch(HttpServletRequest request) {
        String path = request.getRequestURI() == null ? "" : request.getRequestURI();
        Match match = router.find(request.getMethod(), path);
        if (match instanceof Match.Found found) {
            request.setAttribute(ROUTE, found.template());
            if (BODILESS.contains(request.getMethod())) {
                Bodies.none(request);
            }
            return found.handler().handle(new Exchange(request, found.parameters()));
        }
        if (match instanceof Match.WrongMethod wrong) {
            request.setAttribute(ROUTE, wrong.template());
            return "OPTIONS".equals(request.getMethod())
                    ? Answer.empty(204).with("Allow", wrong.allow())
                    : Answer.problem(Problem.of(405)).with("Allow", wrong.allow());
        }
        return Answer.problem(Problem.of(404));
    }

    private Answer lastResort(HttpServletRequest request, String id, Throwable failure) {
        Object route = request.getAttribute(ROUTE);
        if (unavailable.test(failure)) {
            LOG.warn("request {} on {}: infrastructure is away: {}", id, route, Faults.describe(failure));
            return Answer.problem(Problem.of(503)).with("Retry-After", "5");
        }
        LOG.error("request {} on {} failed: {}", id, route, Faults.describe(failure));
        return Answer.problem(Problem.of(500));
    }

    private static void send(HttpServletRequest request, HttpServletResponse response, Answer answer)
            throws IOException {
        response.setStatus(answer.status());
        for (Map.Entry<String, String> header : answer.headers().entrySet()) {
            response.setHeader(header.getKey(), header.getValue());
        }
        if (answer.status() == HttpServletResponse.SC_NO_CONTENT
                || answer.status() == HttpServletResponse.SC_NOT_MODIFIED) {
            return;
        }
        byte[] body = answer.body();
        if ("HEAD".equals(request.getMethod())) {
            response.setContentLength(body.length);
            return;
        }
        // Kept in the buffer and without a length, so that no byte leaves before the filters are done: the audit log
        // may
        // have to come first. The server adds the length when it sends the whole.
        response.setBufferSize(Math.max(body.length, LEAST_BUFFER));
        response.getOutputStream().write(body);
    }
}
