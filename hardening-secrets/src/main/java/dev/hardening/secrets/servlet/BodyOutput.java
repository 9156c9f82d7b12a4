package dev.hardening.secrets.servlet;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Keeps what a handler writes until it can be sealed as a whole, up to a limit. */
final class BodyOutput extends ServletOutputStream {
    private final HttpServletRequest request;
    private final int limit;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private boolean overflown;

    BodyOutput(HttpServletRequest request, int limit) {
        this.request = request;
        this.limit = limit;
    }

    boolean overflown() {
        return overflown;
    }

    byte[] bytes() {
        return kept.toByteArray();
    }

    void clear() {
        kept.reset();
        overflown = false;
    }

    @Override
    public void write(int value) throws IOException {
        room(1);
        kept.write(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        room(length);
        kept.write(bytes, offset, length);
    }

    private void room(int length) throws IOException {
        if (overflown || length > limit - kept.size()) {
            overflown = true;
            kept.reset();
            throw new IOException("the answer is larger than " + limit + " bytes, which can be sealed at most");
        }
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void setWriteListener(WriteListener listener) {
        request.getAsyncContext().start(() -> tell(listener));
    }

    private static void tell(WriteListener listener) {
        try {
            listener.onWritePossible();
        } catch (Throwable failure) { // of somebody else's code, on a thread whose end nobody sees
            listener.onError(failure);
        }
    }
}
