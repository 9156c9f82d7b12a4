package dev.hardening.health.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.hardening.health.Health;
import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.InOrder;

class HealthServletTest {
    private final Health health = Health.builder("servlet").startup("gate").build();
    private final HealthServlet servlet = new HealthServlet(health);
    private final HttpServletRequest request = mock(HttpServletRequest.class);
    private final HttpServletResponse response = mock(HttpServletResponse.class);
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final ServletOutputStream stream = new Captured(body);

    @BeforeEach
    void wire() throws IOException {
        when(request.getMethod()).thenReturn("GET");
        when(request.getContextPath()).thenReturn("");
        when(response.getOutputStream()).thenReturn(stream);
    }

    @AfterEach
    void close() {
        health.close();
    }

    @Test
    void get_down_setsTheStatusBeforeTheBody() throws IOException {
        when(request.getRequestURI()).thenReturn("/health/ready");

        servlet.service(request, response);

        InOrder order = inOrder(response);
        order.verify(response).setHeader("Cache-Control", "no-store");
        order.verify(response).setStatus(503);
        order.verify(response).setContentType("application/json");
        order.verify(response).setContentLength(body.size());
        order.verify(response).getOutputStream();
        assertEquals(
                "{\"status\":\"DOWN\",\"checks\":[{\"name\":\"gate\",\"status\":\"DOWN\"}]}",
                body.toString(StandardCharsets.UTF_8));
    }

    @Test
    void get_belowAContextPathAndWithAccept_isFoundAndNegotiated() throws IOException {
        when(request.getContextPath()).thenReturn("/lms");
        when(request.getRequestURI()).thenReturn("/lms/health/live");
        when(request.getHeader("Accept")).thenReturn("application/health+json");

        servlet.service(request, response);

        verify(response).setStatus(200);
        assertEquals("{\"status\":\"pass\",\"checks\":{}}", body.toString(StandardCharsets.UTF_8));
    }

    @Test
    void head_always_hasNoBody() throws IOException {
        when(request.getMethod()).thenReturn("HEAD");
        when(request.getRequestURI()).thenReturn("/health/live");

        servlet.service(request, response);

        verify(response).setStatus(200);
        verify(response).setContentLength("{\"status\":\"UP\",\"checks\":[]}".length());
        verify(response, never()).getOutputStream();
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "get"})
    @Tag("health:F21")
    void otherMethods_always_getFiveHundredAndFour(String method) throws IOException {
        when(request.getMethod()).thenReturn(method);
        when(request.getRequestURI()).thenReturn("/health/ready");

        servlet.service(request, response);

        verify(response).setHeader("Allow", "GET, HEAD");
        verify(response).setStatus(405);
        verify(response, never()).setContentLength(anyInt());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health/", "/health/db", "/health/ready;x=1", "/x/../health", "/healthy"})
    @Tag("health:F21")
    void otherPaths_always_getFourHundredAndFour(String path) throws IOException {
        when(request.getRequestURI()).thenReturn(path);

        servlet.service(request, response);

        verify(response).setStatus(404);
        assertEquals(0, body.size());
    }

    @Test
    void lifeCycle_always_keepsTheConfigOfTheContainer() {
        ServletConfig config = mock(ServletConfig.class);

        servlet.init(config);
        assertSame(config, servlet.getServletConfig());
        servlet.destroy();

        assertNull(servlet.getServletConfig());
        assertEquals("hardening-health", servlet.getServletInfo());
    }

    private static final class Captured extends ServletOutputStream {
        private final ByteArrayOutputStream target;

        Captured(ByteArrayOutputStream target) {
            this.target = target;
        }

        @Override
        public void write(int each) {
            target.write(each);
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            throw new UnsupportedOperationException("not asked for");
        }
    }
}
