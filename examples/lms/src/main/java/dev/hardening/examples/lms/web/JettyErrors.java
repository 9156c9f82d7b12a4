package dev.hardening.examples.lms.web;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.ee10.servlet.ErrorHandler;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers what never reaches the dispatcher, or broke around it: malformed requests, ambiguous paths, headers that are
 * too large, errors of filters. Jetty's own pages name the server, repeat the message and may show a stack; these do not.
 */
final class JettyErrors extends ErrorHandler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        byte[] body = Problem.of(atLeast400(response.getStatus())).json();
        HttpFields.Mutable headers = response.getHeaders();
        SecurityHeaders.always().forEach(headers::put);
        if (request.getConnectionMetaData().isSecure()) {
            SecurityHeaders.secure().forEach(headers::put);
        }
        headers.put(HttpHeader.CONTENT_TYPE, "application/problem+json");
        headers.put(HttpHeader.CONTENT_LENGTH, body.length);
        boolean head = "HEAD".equals(request.getMethod());
        Content.Sink.write(response, true, head ? "" : new String(body, StandardCharsets.UTF_8), callback);
        return true;
    }

    /** The status that fits a failure to read a request: Jetty's own where it names one. */
    static int status(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof HttpException http) {
                return atLeast400(http.getCode());
            }
            if (cause instanceof TimeoutException) {
                return 408;
            }
        }
        return 400;
    }

    private static int atLeast400(int status) {
        return status >= 400 && status <= 599 ? status : 500;
    }
}
