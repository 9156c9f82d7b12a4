package dev.hardening.health;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/**
 * One finished HTTP answer, rendered before anyone asked; an adapter sets the status first, then writes the body.
 *
 * <p>Immutable and shared between callers; handing it out allocates nothing.
 */
public final class HealthAnswer {
    private final int status;
    private final String contentType;
    private final byte[] body;

    private HealthAnswer(int status, String contentType, byte[] body) {
        this.status = status;
        this.contentType = contentType;
        this.body = body;
    }

    /**
     * Makes an answer.
     *
     * @param status 200 or 503
     * @param contentType the media type of the body
     * @param body UTF-8, copied
     * @return the answer
     */
    public static HealthAnswer of(int status, String contentType, byte[] body) {
        return new HealthAnswer(status, Objects.requireNonNull(contentType, "contentType"), body.clone());
    }

    /**
     * Names the status code.
     *
     * @return 200, or 503 when down
     */
    public int status() {
        return status;
    }

    /**
     * Names the media type.
     *
     * @return the value for {@code Content-Type}
     */
    public String contentType() {
        return contentType;
    }

    /**
     * Counts the bytes of the body.
     *
     * @return the value for {@code Content-Length}
     */
    public int length() {
        return body.length;
    }

    /**
     * Writes the body and leaves the stream open.
     *
     * @param out where to
     * @throws IOException if the stream refuses
     */
    public void writeTo(OutputStream out) throws IOException {
        out.write(body);
    }
}
