package dev.hardening.secrets.servlet;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayInputStream;

/** An opened body, which is always there to be read. */
final class BodyInput extends ServletInputStream {
    private final HttpServletRequest request;
    private final ByteArrayInputStream bytes;

    BodyInput(HttpServletRequest request, byte[] body) {
        this.request = request;
        bytes = new ByteArrayInputStream(body);
    }

    @Override
    public int read() {
        return bytes.read();
    }

    @Override
    public int read(byte[] into, int offset, int length) {
        return bytes.read(into, offset, length);
    }

    @Override
    public int available() {
        return bytes.available();
    }

    @Override
    public boolean isFinished() {
        return bytes.available() == 0;
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void setReadListener(ReadListener listener) {
        request.getAsyncContext().start(() -> tell(listener));
    }

    private void tell(ReadListener listener) {
        try {
            if (!isFinished()) {
                listener.onDataAvailable();
            }
            if (isFinished()) {
                listener.onAllDataRead();
            }
        } catch (Throwable failure) { // of somebody else's code, on a thread whose end nobody sees
            listener.onError(failure);
        }
    }
}
