package dev.hardening.examples.lms.web;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Finds the handler of a method and a path.
 *
 * <p>Paths are compared byte by byte, as they stood in the request line: no decoding, no dot segments, no path
 * parameters, no trailing slash, so that nothing reaches a handler under a second name. A template segment in braces
 * takes 1 to 64 letters, digits, {@code -} and {@code _}; where a literal segment fits too, it wins. {@code HEAD} goes
 * where {@code GET} goes. Immutable.
 */
public final class Router {
    private static final Pattern PARAMETER = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private final List<Route> routes;

    private Router(List<Route> routes) {
        this.routes = List.copyOf(routes);
    }

    /** Starts an empty router. */
    public static Builder builder() {
        return new Builder();
    }

    /** The templates of all routes with their methods, for a coverage report and the start page. */
    public List<Route> routes() {
        return routes;
    }

    /**
     * Names the call that a request is, before it is handled.
     *
     * @return method and template, such as <code>GET /api/courses/{id}</code>; empty where it leads nowhere
     */
    public Optional<String> call(String method, String path) {
        String read = "HEAD".equals(method) ? "GET" : method;
        return find(method, path) instanceof Match.Found found
                ? Optional.of(read + " " + found.template())
                : Optional.empty();
    }

    Match find(String method, String path) {
        List<String> segments = List.of(path.split("/", -1));
        Map<String, Handler> handlers = new HashMap<>();
        Route best = null;
        for (Route route : routes) {
            if (!route.fits(segments)) {
                continue;
            }
            if (best == null || route.parameters() < best.parameters()) {
                best = route;
                handlers.clear();
            }
            if (route.parameters() == best.parameters()) {
                handlers.put(route.method(), route.handler());
            }
        }
        return best == null ? new Match.Unknown() : match(method, best, segments, handlers);
    }

    private static Match match(String method, Route route, List<String> segments, Map<String, Handler> handlers) {
        Handler handler = handlers.get("HEAD".equals(method) ? "GET" : method);
        return handler == null
                ? new Match.WrongMethod(route.template(), allowed(handlers.keySet()))
                : new Match.Found(route.template(), route.bind(segments), handler);
    }

    private static String allowed(Set<String> methods) {
        Set<String> allowed = new TreeSet<>(methods);
        allowed.add("OPTIONS");
        if (methods.contains("GET")) {
            allowed.add("HEAD");
        }
        return String.join(", ", allowed);
    }

    /**
     * One call of the service.
     *
     * @param method an upper-case method
     * @param template for example <code>/api/courses/{id}</code>
     * @param handler what it does
     */
    public record Route(String method, String template, Handler handler) {
        /** Refuses null. */
        public Route {
            Objects.requireNonNull(method, "method");
            Objects.requireNonNull(template, "template");
            Objects.requireNonNull(handler, "handler");
        }

        private List<String> parts() {
            return List.of(template.split("/", -1));
        }

        private int parameters() {
            return (int) template.chars().filter(letter -> letter == '{').count();
        }

        private boolean fits(List<String> segments) {
            List<String> parts = parts();
            if (parts.size() != segments.size()) {
                return false;
            }
            for (int index = 0; index < parts.size(); index++) {
                String part = parts.get(index);
                String segment = segments.get(index);
                boolean same = isParameter(part) ? PARAMETER.matcher(segment).matches() : part.equals(segment);
                if (!same) {
                    return false;
                }
            }
            return true;
        }

        private Map<String, String> bind(List<String> segments) {
            List<String> parts = parts();
            Map<String, String> bound = new HashMap<>();
            for (int index = 0; index < parts.size(); index++) {
                String part = parts.get(index);
                if (isParameter(part)) {
                    bound.put(part.substring(1, part.length() - 1), segments.get(index));
                }
            }
            return Collections.unmodifiableMap(bound);
        }

        private static boolean isParameter(String part) {
            return part.startsWith("{");
        }
    }

    /** What a method and a path lead to. */
    sealed interface Match {
        /** The handler, the values of the template's parameters and the template. */
        record Found(String template, Map<String, String> parameters, Handler handler) implements Match {}

        /** The path is known, this method is not. */
        record WrongMethod(String template, String allow) implements Match {}

        /** Nothing is there. */
        record Unknown() implements Match {}
    }

    /** Collects routes; not safe for many threads. */
    public static final class Builder {
        private final List<Route> routes = new ArrayList<>();

        private Builder() {}

        /** Adds a call. */
        public Builder route(String method, String template, Handler handler) {
            Route route = new Route(method, template, handler);
            boolean twice = routes.stream()
                    .anyMatch(other ->
                            other.method().equals(method) && other.template().equals(template));
            if (twice) {
                throw new IllegalArgumentException("route is there twice: " + method + " " + template);
            }
            routes.add(route);
            return this;
        }

        /** Adds all routes of another router. */
        public Builder routes(Router other) {
            other.routes().forEach(route -> route(route.method(), route.template(), route.handler()));
            return this;
        }

        /** Builds the router. */
        public Router build() {
            return new Router(routes);
        }
    }
}
