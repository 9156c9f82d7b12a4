package dev.hardening.health.servlet;

import dev.hardening.health.Health;
import dev.hardening.health.HealthAnswer;
import dev.hardening.health.Probe;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Serves the probes in a servlet container; map it to {@code /health} and {@code /health/*}.
 *
 * <p>Answers like {@code HealthServer}, from the finished bytes, and blocks nowhere. It shares the container's threads:
 * where those may all be busy, use {@code HealthServer} on a port of its own, and let no rate limit shed these paths.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class HealthServlet implements Servlet {
    private final Health health;
    private @Nullable ServletConfig config;

    /**
     * Makes the servlet.
     *
     * @param health whom to ask
     */
    public HealthServlet(Health health) {
        this.health = Objects.requireNonNull(health, "health");
    }

    @Override
    public void service(ServletRequest request, ServletResponse response) throws IOException {
        HttpServletRequest asked = (HttpServletRequest) request;
        HttpServletResponse out = (HttpServletResponse) response;
        out.setHeader("Cache-Control", "no-store");
        out.setHeader("X-Content-Type-Options", "nosniff");
        Optional<Probe> probe = Probe.ofPath(path(asked));
        if (probe.isEmpty()) {
            out.setStatus(HttpServletResponse.SC_NOT_FOUND);
        } else if (!"GET".equals(asked.getMethod()) && !"HEAD".equals(asked.getMethod())) {
            out.setHeader("Allow", "GET, HEAD");
            out.setStatus(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
        } else {
            answer(probe.get(), asked, out);
        }
    }

    private void answer(Probe probe, HttpServletRequest asked, HttpServletResponse out) throws IOException {
        String accept = asked.getHeader("Accept");
        HealthAnswer answer = health.answer(probe, accept == null ? "" : accept);
        out.setStatus(answer.status());
        out.setContentType(answer.contentType());
        out.setContentLength(answer.length());
        if (!"HEAD".equals(asked.getMethod())) {
            answer.writeTo(out.getOutputStream());
        }
    }

    private static String path(HttpServletRequest request) {
        String uri = request.getRequestURI();
        String context = request.getContextPath();
        return context != null && uri.startsWith(context) ? uri.substring(context.length()) : uri;
    }

    @Override
    public void init(ServletConfig given) {
        config = given;
    }

    @Override
    public @Nullable ServletConfig getServletConfig() {
        return config;
    }

    @Override
    public String getServletInfo() {
        return "hardening-health";
    }

    @Override
    public void destroy() {
        config = null;
    }
}
