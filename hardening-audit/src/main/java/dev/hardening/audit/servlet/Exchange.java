package dev.hardening.audit.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request from its first dispatch to its last, whichever threads they run on; it ends exactly once.
 *
 * <p>The request handed down is wrapped so that {@code startAsync} is seen when it is called: afterwards a request that
 * was dispatched or completed already looks like one that never left.
 */
final class Exchange extends HttpServletRequestWrapper implements AsyncListener {
    private final Consumer<Exchange> atEnd;
    private final String requestId;
    private final long startedAt;
    private final String method;
    private final String path;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile boolean async;
    private volatile @Nullable Throwable thrown;
    private volatile boolean timedOut;

    Exchange(HttpServletRequest request, String requestId, long startedAt, Consumer<Exchange> atEnd) {
        super(request);
        this.requestId = requestId;
        this.startedAt = startedAt;
        this.atEnd = atEnd;
        this.method = Objects.requireNonNullElse(request.getMethod(), "");
        this.path = pathOf(Objects.requireNonNullElse(request.getRequestURI(), ""));
    }

    String requestId() {
        return requestId;
    }

    long startedAt() {
        return startedAt;
    }

    String method() {
        return method;
    }

    /** The path as sent, without query and path parameters, which carry tokens and session identifiers. */
    String path() {
        return path;
    }

    boolean timedOut() {
        return timedOut;
    }

    Optional<Throwable> thrown() {
        return Optional.ofNullable(thrown);
    }

    void thrown(Throwable failure) {
        thrown = failure;
    }

    /** Whether some thread goes on with it after the first dispatch; a listener then ends it. */
    boolean async() {
        return async;
    }

    /** Whether the caller is the one who ends it. */
    boolean end() {
        return ended.compareAndSet(false, true);
    }

    void watch(AsyncContext context) {
        async = true;
        context.addListener(this);
    }

    @Override
    public AsyncContext startAsync() {
        AsyncContext context = super.startAsync();
        watch(context);
        return context;
    }

    @Override
    public AsyncContext startAsync(ServletRequest request, ServletResponse response) {
        AsyncContext context = super.startAsync(request, response);
        watch(context);
        return context;
    }

    @Override
    public void onComplete(AsyncEvent event) {
        atEnd.accept(this);
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        timedOut = true;
    }

    @Override
    public void onError(AsyncEvent event) {
        Throwable failure = event.getThrowable();
        if (failure != null) {
            thrown = failure;
        }
    }

    /** A second round forgets the listeners of the first. */
    @Override
    public void onStartAsync(AsyncEvent event) {
        event.getAsyncContext().addListener(this);
    }

    private static String pathOf(String uri) {
        StringBuilder path = new StringBuilder(uri.length());
        boolean parameter = false;
        for (int i = 0; i < uri.length() && uri.charAt(i) != '?'; i++) {
            char next = uri.charAt(i);
            parameter = next == ';' || (parameter && next != '/');
            if (!parameter) {
                path.append(next);
            }
        }
        return path.toString();
    }
}
