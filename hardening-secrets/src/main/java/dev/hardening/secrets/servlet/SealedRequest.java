package dev.hardening.secrets.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UnsupportedEncodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request as if it had never been sealed, and as if nobody had asked to seal the answer.
 *
 * <p>Headers that a handler could only get wrong are not there: length and coding of the sealed body, and, where the
 * answer is sealed, ranges and codings of it.
 *
 * <p>It also is the mark by which a filter knows on later dispatches that this request has passed it. A mark of another
 * filter, which may be less strict or have other keys, is none.
 */
final class SealedRequest extends HttpServletRequestWrapper {
    private static final Set<String> OF_THE_BODY = Set.of(
            "content-length",
            "transfer-encoding",
            "content-encoding",
            "content-md5",
            "content-digest",
            "repr-digest",
            "digest");
    private static final Set<String> OF_THE_ANSWER = Set.of("range", "if-range", "accept-encoding");

    private final SealedBodyFilter owner;
    private final HttpServletResponse answer;
    private final @Nullable BodyInput body;
    private final int length;
    private final String contentType;
    private @Nullable String charset;
    private @Nullable BufferedReader reader;

    /** With no body, the original one stays. */
    SealedRequest(
            SealedBodyFilter owner,
            HttpServletRequest request,
            HttpServletResponse answer,
            byte @Nullable [] body,
            String contentType) {
        super(request);
        this.owner = owner;
        this.answer = answer;
        this.body = body == null ? null : new BodyInput(this, body);
        length = body == null ? 0 : body.length;
        this.contentType = contentType;
    }

    /** The request that this filter made of an earlier dispatch, if what it is answered with still ends there. */
    static Optional<SealedRequest> of(SealedBodyFilter owner, ServletRequest request, ServletResponse response) {
        ServletRequest at = request;
        while (at instanceof ServletRequestWrapper wrapper) {
            if (at instanceof SealedRequest own && own.owner == owner && own.isAnsweredBy(response)) {
                return Optional.of(own);
            }
            at = wrapper.getRequest();
        }
        return Optional.empty();
    }

    private boolean isAnsweredBy(ServletResponse response) {
        return !(answer instanceof SealedResponse)
                || response == answer
                || (response instanceof ServletResponseWrapper wrapper && wrapper.isWrapperFor(answer));
    }

    void forwarded() {
        if (answer instanceof SealedResponse sealing) {
            sealing.forwarded();
        }
    }

    /** The chain is done; if no other thread goes on, so is the answer. */
    void returned() throws IOException {
        if (!isAsyncStarted() && answer instanceof SealedResponse sealing) {
            sealing.finish();
        }
    }

    private boolean opened() {
        return body != null;
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
        return body == null ? super.getInputStream() : body;
    }

    @Override
    public BufferedReader getReader() throws IOException {
        if (body == null) {
            return super.getReader();
        }
        if (reader == null) {
            String name = getCharacterEncoding();
            Charset encoding = name == null ? StandardCharsets.UTF_8 : MediaTypes.known(name);
            reader = new BufferedReader(new InputStreamReader(body, encoding));
        }
        return reader;
    }

    @Override
    public @Nullable String getCharacterEncoding() {
        if (!opened()) {
            return super.getCharacterEncoding();
        }
        return charset == null ? MediaTypes.charset(contentType).orElse(null) : charset;
    }

    @Override
    public void setCharacterEncoding(String name) throws UnsupportedEncodingException {
        if (!opened()) {
            super.setCharacterEncoding(name);
        } else {
            charset = MediaTypes.known(name).name();
        }
    }

    @Override
    public @Nullable String getContentType() {
        return opened() ? (contentType.isEmpty() ? null : contentType) : super.getContentType();
    }

    @Override
    public int getContentLength() {
        return opened() ? length : super.getContentLength();
    }

    @Override
    public long getContentLengthLong() {
        return opened() ? length : super.getContentLengthLong();
    }

    @Override
    public @Nullable String getHeader(String name) {
        Enumeration<String> values = getHeaders(name);
        return values.hasMoreElements() ? values.nextElement() : null;
    }

    @Override
    public int getIntHeader(String name) {
        String value = getHeader(name);
        return value == null ? -1 : Integer.parseInt(value);
    }

    @Override
    public long getDateHeader(String name) {
        return getHeader(name) == null ? -1 : super.getDateHeader(name);
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        return replaced(name.toLowerCase(Locale.ROOT))
                .map(Collections::enumeration)
                .orElseGet(() -> super.getHeaders(name));
    }

    private Optional<List<String>> replaced(String name) {
        if (opened() && name.equals("content-type")) {
            return Optional.of(contentType.isEmpty() ? List.of() : List.of(contentType));
        }
        if (opened() && name.equals("content-length")) {
            return Optional.of(List.of(Integer.toString(length)));
        }
        if (answer instanceof SealedResponse && name.equals("accept")) {
            return Optional.of(MediaTypes.withoutSealed(Collections.list(super.getHeaders(name))));
        }
        return hidden(name) ? Optional.of(List.of()) : Optional.empty();
    }

    private boolean hidden(String name) {
        return (opened() && OF_THE_BODY.contains(name))
                || (answer instanceof SealedResponse && OF_THE_ANSWER.contains(name));
    }

    @Override
    public Enumeration<String> getHeaderNames() {
        List<String> names = Collections.list(super.getHeaderNames()).stream()
                .filter(name -> getHeaders(name).hasMoreElements())
                .toList();
        return Collections.enumeration(names);
    }

    /** The container would otherwise go on with the sealed request and the bare response. */
    @Override
    public AsyncContext startAsync() {
        return startAsync(this, answer);
    }

    @Override
    public AsyncContext startAsync(ServletRequest request, ServletResponse response) {
        return wrapped(super.startAsync(request, response));
    }

    @Override
    public AsyncContext getAsyncContext() {
        return wrapped(super.getAsyncContext());
    }

    private AsyncContext wrapped(AsyncContext context) {
        return answer instanceof SealedResponse sealing ? new SealedAsync(context, sealing) : context;
    }
}
