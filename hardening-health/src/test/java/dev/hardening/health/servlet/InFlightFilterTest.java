package dev.hardening.health.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.ArgumentCaptor;

@Tag("health:F18")
class InFlightFilterTest {
    private final InFlightFilter filter = new InFlightFilter();
    private final HttpServletRequest request = mock(HttpServletRequest.class);
    private final HttpServletResponse response = mock(HttpServletResponse.class);
    private final AsyncContext context = mock(AsyncContext.class);
    private final ArgumentCaptor<AsyncListener> listener = ArgumentCaptor.forClass(AsyncListener.class);
    private final Map<String, Object> attributes = new HashMap<>();

    @BeforeEach
    void wire() {
        when(request.getAttribute(any())).thenAnswer(call -> attributes.get(call.<String>getArgument(0)));
        doAnswer(call -> attributes.put(call.getArgument(0), call.getArgument(1)))
                .when(request)
                .setAttribute(any(), any());
        when(request.getAsyncContext()).thenReturn(context);
    }

    @Test
    void request_whileInTheChain_counts() throws Exception {
        filter.doFilter(request, response, (asked, answered) -> assertEquals(1, filter.inFlight()));

        assertEquals(0, filter.inFlight());
    }

    @Test
    void request_thatThrows_isCountedOff() {
        FilterChain chain = (asked, answered) -> {
            throw new ServletException("canary");
        };

        assertThrows(ServletException.class, () -> filter.doFilter(request, response, chain));

        assertEquals(0, filter.inFlight());
    }

    @Test
    void request_dispatchedAgain_countsOnce() throws Exception {
        filter.doFilter(
                request,
                response,
                (asked, answered) ->
                        filter.doFilter(asked, answered, (again, same) -> assertEquals(1, filter.inFlight())));

        assertEquals(0, filter.inFlight());
    }

    @Test
    void asyncRequest_untilComplete_countsOnceWhateverHappensBetween() throws Exception {
        when(request.isAsyncStarted()).thenReturn(true);

        filter.doFilter(request, response, (asked, answered) -> {});
        verify(context).addListener(listener.capture());
        AsyncEvent event = new AsyncEvent(context);
        listener.getValue().onTimeout(event);
        listener.getValue().onError(event);
        assertEquals(1, filter.inFlight());

        listener.getValue().onComplete(event);
        listener.getValue().onComplete(event);
        assertEquals(0, filter.inFlight());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void asyncRequest_dispatchedBeforeTheChainReturns_countsUntilComplete(boolean bare) throws Exception {
        when(request.startAsync()).thenReturn(context);
        when(request.startAsync(any(), any())).thenReturn(context);

        // Once it was dispatched or completed, isAsyncStarted() says false again.
        filter.doFilter(request, response, (asked, answered) -> {
            AsyncContext started = bare ? asked.startAsync() : asked.startAsync(asked, answered);
            started.dispatch();
        });

        assertEquals(1, filter.inFlight());
        verify(context).addListener(listener.capture());
        listener.getValue().onComplete(new AsyncEvent(context));
        assertEquals(0, filter.inFlight());
    }

    @Test
    void asyncRequest_startedAgain_isFollowed() throws Exception {
        when(request.isAsyncStarted()).thenReturn(true);
        filter.doFilter(request, response, (asked, answered) -> {});
        verify(context).addListener(listener.capture());
        AsyncContext second = mock(AsyncContext.class);

        listener.getValue().onStartAsync(new AsyncEvent(second));

        verify(second).addListener(listener.getValue());
    }

    @Test
    void asyncRequest_completeBeforeAnyoneListens_isCountedOff() throws IOException, ServletException {
        when(request.isAsyncStarted()).thenReturn(true);
        doThrow(new IllegalStateException("complete")).when(context).addListener(any());

        filter.doFilter(request, response, (asked, answered) -> {});

        assertEquals(0, filter.inFlight());
    }
}
