package dev.hardening.secrets.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Seals the answer before an asynchronous request is complete; afterwards nothing could be written. */
final class SealedAsync implements AsyncContext {
    private static final Logger LOG = LoggerFactory.getLogger(SealedAsync.class);

    private final AsyncContext context;
    private final SealedResponse answer;

    SealedAsync(AsyncContext context, SealedResponse answer) {
        this.context = context;
        this.answer = answer;
    }

    @Override
    public void complete() {
        try {
            answer.finish();
        } catch (IOException gone) {
            LOG.debug("the caller is gone", gone);
        } finally { // or the caller waits until the container gives up
            context.complete();
        }
    }

    @Override
    public ServletRequest getRequest() {
        return context.getRequest();
    }

    @Override
    public ServletResponse getResponse() {
        return context.getResponse();
    }

    @Override
    public boolean hasOriginalRequestAndResponse() {
        return context.hasOriginalRequestAndResponse();
    }

    @Override
    public void dispatch() {
        context.dispatch();
    }

    @Override
    public void dispatch(String path) {
        context.dispatch(path);
    }

    @Override
    public void dispatch(ServletContext other, String path) {
        context.dispatch(other, path);
    }

    @Override
    public void start(Runnable run) {
        context.start(run);
    }

    @Override
    public void addListener(AsyncListener listener) {
        context.addListener(new SealedAsyncListener(listener, answer));
    }

    @Override
    public void addListener(AsyncListener listener, ServletRequest request, ServletResponse response) {
        context.addListener(new SealedAsyncListener(listener, answer), request, response);
    }

    @Override
    public <T extends AsyncListener> T createListener(Class<T> type) throws ServletException {
        return context.createListener(type);
    }

    @Override
    public void setTimeout(long timeout) {
        context.setTimeout(timeout);
    }

    @Override
    public long getTimeout() {
        return context.getTimeout();
    }
}
