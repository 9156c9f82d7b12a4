package dev.hardening.secrets.servlet;

import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.jose.BodyCipher;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UnsupportedEncodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the answer of a handler until it is whole, and sends it sealed.
 *
 * <p>Headers that describe the bare body stay here: its type goes into the sealed header, its length is wrong, and its
 * digests and its entity tag, which often is one, would let anybody who reads along tell bodies apart or guess them.
 * {@code HEAD} is answered as {@code GET} would be, without the body.
 */
final class SealedResponse extends HttpServletResponseWrapper {
    private static final Logger LOG = LoggerFactory.getLogger(SealedResponse.class);
    private static final Set<String> DROPPED =
            Set.of("content-length", "accept-ranges", "content-md5", "content-digest", "repr-digest", "digest");
    private static final String CODING = "content-encoding";
    private static final String RANGE = "content-range";
    private static final String TAG = "etag";
    private static final Set<String> HELD = Set.of(CODING, RANGE, TAG);
    private static final Set<Integer> WITHOUT_BODY = Set.of(SC_NO_CONTENT, SC_RESET_CONTENT, SC_NOT_MODIFIED);

    private final BodyCipher cipher;
    private final boolean head;
    private final BodyOutput output;
    private final Map<String, String> held = new HashMap<>();
    private final AtomicBoolean finished = new AtomicBoolean();
    private boolean streaming;
    private @Nullable PrintWriter writer;
    private @Nullable String contentType;
    private @Nullable String charset;

    SealedResponse(HttpServletRequest request, HttpServletResponse response, BodyCipher cipher) {
        super(response);
        this.cipher = cipher;
        head = request.getMethod().equals("HEAD");
        output = new BodyOutput(request, cipher.maxBody());
    }

    boolean overflown() {
        return output.overflown();
    }

    /** Sends what was kept; the second call does nothing. */
    void finish() throws IOException {
        if (!finished.compareAndSet(false, true)) {
            return;
        }
        if (writer != null) {
            writer.flush();
        }
        byte[] body = output.bytes();
        if (output.overflown()) {
            fail(Problem.FAILED, "the answer is larger than can be sealed");
        } else if (WITHOUT_BODY.contains(getStatus()) || (body.length == 0 && !head)) {
            passType();
        } else if (body.length == 0) {
            describe();
        } else if (held.containsKey(CODING) || held.containsKey(RANGE)) {
            fail(Problem.FAILED, "the answer is a range or has a content encoding, which cannot be sealed");
        } else {
            send(body);
        }
    }

    /** The head of an answer whose handler spared itself the body; the container would call that body empty. */
    private void describe() throws IOException {
        if (contentType != null) {
            super.setContentType(MediaTypes.SEALED);
        }
        super.flushBuffer();
    }

    private void send(byte[] body) throws IOException {
        String token;
        try {
            token = cipher.seal(body, sealedType());
        } catch (SecretsUnavailableException unavailable) {
            fail(Problem.UNAVAILABLE, String.valueOf(unavailable.getMessage()));
            return;
        } catch (RuntimeException broken) { // of a store or source of randomness that others wrote
            fail(Problem.FAILED, "sealing it ended in " + broken.getClass().getName());
            return;
        }
        super.setContentType(MediaTypes.SEALED);
        // No length here: a full write of a known length leaves at once, before outer filters have had their say.
        super.getOutputStream().write(token.getBytes(StandardCharsets.US_ASCII));
    }

    private void fail(Problem problem, String reason) throws IOException {
        LOG.error("an answer is not sent: {}", reason);
        super.resetBuffer();
        problem.send((HttpServletResponse) getResponse());
    }

    private void passType() {
        held.forEach(super::setHeader);
        if (contentType != null) {
            super.setContentType(getContentType());
        }
    }

    /** The type as a sealed header can hold it: odd parameters are left out, and an odd type is not named. */
    private String sealedType() {
        String whole = getContentType();
        if (whole == null) {
            return "";
        }
        if (BodyCipher.describable(whole)) {
            return whole;
        }
        String plain = MediaTypes.plain(whole);
        return BodyCipher.describable(plain) ? plain : "";
    }

    /** What was written so far is given up: an error page or a redirect takes its place. */
    private void giveUp() {
        finished.set(true);
        output.clear();
    }

    @Override
    public ServletOutputStream getOutputStream() {
        if (writer != null) {
            throw new IllegalStateException("getWriter was called");
        }
        streaming = true;
        return output;
    }

    @Override
    public PrintWriter getWriter() throws UnsupportedEncodingException {
        if (streaming) {
            throw new IllegalStateException("getOutputStream was called");
        }
        if (writer == null) {
            Charset encoding = MediaTypes.known(getCharacterEncoding());
            charset = encoding.name();
            writer = new PrintWriter(new OutputStreamWriter(output, encoding));
        }
        return writer;
    }

    @Override
    public void setContentType(@Nullable String type) {
        if (type == null) {
            contentType = null;
            return;
        }
        if (writer == null) {
            MediaTypes.charset(type).ifPresent(named -> charset = named);
        }
        contentType = MediaTypes.withoutCharset(type);
    }

    @Override
    public @Nullable String getContentType() {
        return contentType == null || charset == null
                ? contentType
                : contentType + ";charset=" + charset.toLowerCase(Locale.ROOT);
    }

    @Override
    public void setCharacterEncoding(@Nullable String name) {
        if (writer == null) {
            charset = name;
        }
    }

    @Override
    public String getCharacterEncoding() {
        return charset == null ? StandardCharsets.ISO_8859_1.name() : charset;
    }

    @Override
    public void setContentLength(int length) {
        // That of the bare body.
    }

    @Override
    public void setContentLengthLong(long length) {
        // That of the bare body.
    }

    @Override
    public void setHeader(String name, @Nullable String value) {
        if (passes(name, value)) {
            super.setHeader(name, value);
        }
    }

    @Override
    public void addHeader(String name, @Nullable String value) {
        if (passes(name, value)) {
            super.addHeader(name, value);
        }
    }

    @Override
    public void setIntHeader(String name, int value) {
        setHeader(name, Integer.toString(value));
    }

    @Override
    public void addIntHeader(String name, int value) {
        addHeader(name, Integer.toString(value));
    }

    private boolean passes(String name, @Nullable String value) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals("content-type")) {
            setContentType(value);
            return false;
        }
        if (HELD.contains(lower)) {
            hold(lower, value);
            return false;
        }
        return !DROPPED.contains(lower);
    }

    private void hold(String name, @Nullable String value) {
        if (value == null) {
            held.remove(name);
        } else if (!name.equals(CODING) || !value.equalsIgnoreCase("identity")) {
            held.put(name, value);
        }
    }

    @Override
    public @Nullable String getHeader(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals("content-type")) {
            return getContentType();
        }
        return HELD.contains(lower) ? held.get(lower) : super.getHeader(name);
    }

    @Override
    public boolean containsHeader(String name) {
        return getHeader(name) != null;
    }

    @Override
    public void flushBuffer() {
        if (writer != null) {
            writer.flush();
        }
    }

    @Override
    public void resetBuffer() {
        if (super.isCommitted()) {
            throw new IllegalStateException("the answer has left");
        }
        if (writer != null) {
            writer.flush();
        }
        output.clear();
    }

    /** What was written before a forward is lost; containers clear their own buffer and may not know of this one. */
    void forwarded() {
        resetBuffer();
        writer = null;
        streaming = false;
    }

    @Override
    public void reset() {
        forwarded();
        super.reset();
        held.clear();
        contentType = null;
        charset = null;
    }

    @Override
    public void sendError(int status) throws IOException {
        giveUp();
        super.sendError(status);
    }

    @Override
    public void sendError(int status, @Nullable String message) throws IOException {
        giveUp();
        super.sendError(status, message);
    }

    @Override
    public void sendRedirect(String location) throws IOException {
        giveUp();
        super.sendRedirect(location);
    }
}
