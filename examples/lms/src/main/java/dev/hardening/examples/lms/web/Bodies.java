package dev.hardening.examples.lms.web;

import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Reads request bodies within bounds: 1 MiB is taken; of what is more, up to 16 MiB are read and thrown away, so that a
 * client which writes before it reads sees the 413, and then the connection closes.
 *
 * <p>A request that has an {@link #END} has to have brought its body by then, so that nobody holds a thread for as long
 * as he likes by sending slowly.
 */
final class Bodies {
    static final int MAX_BYTES = 1 << 20;
    static final int MAX_DRAINED = 16 << 20;

    /** The request attribute with the {@link System#nanoTime} at which the reading of its body ends. */
    static final String END = Bodies.class.getName();

    private static final Pattern JSON =
            Pattern.compile("application/json(\\s*;\\s*charset\\s*=\\s*\"?utf-8\"?)?\\s*", Pattern.CASE_INSENSITIVE);
    private static final Map<String, String> CLOSE = Map.of("Connection", "close");

    private Bodies() {}

    /** Takes the whole body of a call that wants JSON. */
    static byte[] json(HttpServletRequest request) {
        String type = Objects.requireNonNullElse(request.getContentType(), "");
        String coding = Objects.requireNonNullElse(request.getHeader("Content-Encoding"), "identity");
        if (!JSON.matcher(type).matches() || !"identity".equals(coding.toLowerCase(Locale.ROOT))) {
            throw new ProblemException(Problem.of(415), Map.of("Accept", "application/json"));
        }
        return take(request);
    }

    /** Refuses a body where the call has none: it would have no meaning, and smuggling likes it (RFC 9110, 9.3.1). */
    static void none(HttpServletRequest request) {
        if (!absent(request) && take(request).length > 0) {
            throw new ProblemException(Problem.malformed("", "no-body-expected"));
        }
    }

    /** Whether the request announces no body at all. */
    static boolean absent(HttpServletRequest request) {
        return request.getContentLengthLong() <= 0 && request.getHeader("Transfer-Encoding") == null;
    }

    /**
     * Throws away what the handler left unread, so that the answer is not lost in a connection reset.
     *
     * @return whether the connection may serve another request
     */
    static boolean discard(HttpServletRequest request) {
        if (awaitsContinue(request)) {
            return false;
        }
        try {
            return drain(request);
        } catch (IOException | RuntimeException gone) {
            return false;
        }
    }

    private static byte[] take(HttpServletRequest request) {
        if (request.getContentLengthLong() > MAX_BYTES) {
            throw tooLarge();
        }
        try {
            InputStream in = request.getInputStream();
            ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
            byte[] buffer = new byte[8192];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                out.write(buffer, 0, read);
                if (out.size() > MAX_BYTES) {
                    throw tooLarge();
                }
                if (late(request)) {
                    throw new ProblemException(Problem.of(408), CLOSE);
                }
            }
            return out.toByteArray();
        } catch (IOException broken) {
            throw new ProblemException(Problem.of(JettyErrors.status(broken)), CLOSE);
        }
    }

    private static ProblemException tooLarge() {
        return new ProblemException(Problem.of(413), CLOSE);
    }

    private static boolean drain(HttpServletRequest request) throws IOException {
        InputStream in = request.getInputStream();
        byte[] buffer = new byte[8192];
        long left = MAX_DRAINED;
        while (left > 0 && !late(request)) {
            int read = in.read(buffer);
            if (read < 0) {
                return true;
            }
            left -= read;
        }
        return false;
    }

    private static boolean late(HttpServletRequest request) {
        return request.getAttribute(END) instanceof Long end && System.nanoTime() - end >= 0;
    }

    /** Whether the client holds the body back until it is asked for: refused, it never sends it. */
    private static boolean awaitsContinue(HttpServletRequest request) {
        return "100-continue".equalsIgnoreCase(request.getHeader("Expect"))
                && request.getContentLengthLong() > MAX_BYTES;
    }
}
