package dev.hardening.auth.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.session.SessionFixture;
import dev.hardening.auth.session.SessionTokens;
import dev.hardening.auth.token.AccessTokenVerifier;
import dev.hardening.auth.token.Revocations;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthFilterTest {
    private static final String REFUSAL = "{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401,"
            + "\"detail\":\"A valid access token is required.\"}";

    private final SessionFixture fixture = SessionFixture.inMemory();
    private final SessionTokens tokens = fixture.start();
    private final AuthFilter filter = builder().build();
    private final HttpServletRequest request = mock(HttpServletRequest.class);
    private final HttpServletResponse response = mock(HttpServletResponse.class);
    private final FilterChain chain = mock(FilterChain.class);
    private final Map<String, String> headers = new HashMap<>();
    private final Map<String, Object> attributes = new HashMap<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    @BeforeEach
    void recordTheAnswer() throws Exception {
        when(request.getRemoteAddr()).thenReturn("192.0.2.1");
        when(response.getOutputStream()).thenReturn(new Recorder(body));
        doAnswer(call -> headers.put(call.getArgument(0), call.getArgument(1)))
                .when(response)
                .setHeader(anyString(), anyString());
        doAnswer(call -> attributes.put(call.getArgument(0), call.getArgument(1)))
                .when(request)
                .setAttribute(anyString(), any());
        when(request.getAttribute(anyString())).thenAnswer(call -> attributes.get(call.<String>getArgument(0)));
        bear();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer ", "bearer ", "BEARER "})
    void doFilter_validToken_passesWithTheToken(String scheme) throws Exception {
        bear(scheme + tokens.accessToken());

        filter.doFilter(request, response, chain);

        verify(chain).doFilter(request, response);
        assertEquals(Optional.of(SessionFixture.USER), AuthFilter.token(request).map(token -> token.user()));
    }

    @Test
    @Tag("auth:T14")
    void doFilter_withoutToken_isAskedForOne() throws Exception {
        filter.doFilter(request, response, chain);

        refused("Bearer");
        assertEquals(List.of("MISSING"), reasons());
    }

    @Test
    @Tag("auth:T14")
    @Tag("ASVS-16.5.1")
    void doFilter_refusedForAnyReason_answersTheSame() throws Exception {
        fixture.sessions.logout(tokens.refreshToken());
        for (String header : List.of(
                "Bearer " + tokens.accessToken(),
                "Bearer ",
                "Bearer  " + tokens.accessToken(),
                "Bearer a.b.c",
                "Bearer",
                "Basic YTpi",
                tokens.accessToken())) {
            body.reset();
            bear(header);

            filter.doFilter(request, response, chain);

            verify(chain, never()).doFilter(any(), any());
            assertEquals(REFUSAL, body.toString(StandardCharsets.UTF_8), header);
        }
        assertTrue(reasons().contains("REVOKED"));
    }

    @Test
    void doFilter_twoAuthorizationHeaders_isRefused() throws Exception {
        bear("Bearer " + tokens.accessToken(), "Bearer " + fixture.start().accessToken());

        filter.doFilter(request, response, chain);

        refused("Bearer error=\"invalid_token\"");
    }

    @Test
    @Tag("auth:T16")
    @Tag("ASVS-14.2.1")
    void doFilter_tokenInTheUrl_isNotSeen() throws Exception {
        when(request.getParameter("access_token")).thenReturn(tokens.accessToken());
        when(request.getQueryString()).thenReturn("access_token=" + tokens.accessToken());

        filter.doFilter(request, response, chain);

        refused("Bearer");
        verify(request, never()).getParameter(anyString());
    }

    @Test
    void doFilter_anonymousAllowed_passesWithoutButNotWithABadToken() throws Exception {
        AuthFilter open = builder().allowAnonymous().build();

        open.doFilter(request, response, chain);
        verify(chain).doFilter(request, response);
        assertEquals(Optional.empty(), AuthFilter.token(request));
        verify(request).removeAttribute(anyString());

        bear("Bearer x");
        open.doFilter(request, response, mock(FilterChain.class));
        refused("Bearer error=\"invalid_token\"");
    }

    @Test
    void doFilter_requestsWhoseTokensAreIgnored_passAsAnonymous() throws Exception {
        AuthFilter ignoring = builder()
                .ignoreTokensOf(each -> "/refresh".equals(each.getRequestURI()))
                .build();
        bear("Bearer " + tokens.accessToken());
        when(request.getRequestURI()).thenReturn("/refresh");

        ignoring.doFilter(request, response, chain);

        verify(chain).doFilter(request, response);
        assertEquals(Optional.empty(), AuthFilter.token(request));

        bear("Bearer x");
        when(request.getRequestURI()).thenReturn("/other");
        ignoring.doFilter(request, response, mock(FilterChain.class));
        refused("Bearer error=\"invalid_token\"");
    }

    @Test
    void doFilter_revocationsUnavailable_is503AndSaysNothingOfTheToken() throws Exception {
        AuthFilter down = builder().verifier(withoutRevocations()).build();
        bear("Bearer " + tokens.accessToken());

        down.doFilter(request, response, chain);

        verify(response).setStatus(503);
        verify(response).setIntHeader("Retry-After", 1);
        verify(chain, never()).doFilter(any(), any());
        assertTrue(body.toString(StandardCharsets.UTF_8).contains("\"status\":503"));
        assertFalse(headers.containsKey("WWW-Authenticate"));
    }

    @Test
    void doFilter_notHttp_isAMistakeOfTheHost() {
        assertThrows(
                ServletException.class,
                () -> filter.doFilter(mock(ServletRequest.class), mock(ServletResponse.class), chain));
    }

    @Test
    void build_withoutVerifier_isRefused() {
        assertThrows(
                AuthConfigurationException.class, () -> AuthFilter.builder().build());
    }

    private void refused(String challenge) throws Exception {
        verify(response).setStatus(401);
        verify(response).setContentType("application/problem+json");
        verify(response, never()).sendError(anyInt());
        assertEquals(challenge, headers.get("WWW-Authenticate"));
        assertEquals("no-store", headers.get("Cache-Control"));
        assertEquals(REFUSAL, body.toString(StandardCharsets.UTF_8));
    }

    private List<String> reasons() {
        return fixture.events.stream()
                .filter(event -> event.kind() == AuthEvent.Kind.TOKEN_REJECTED)
                .map(event -> ((AuthEvent.TokenRejected) event).reason())
                .toList();
    }

    private void bear(String... values) {
        when(request.getHeaders("Authorization")).thenAnswer(call -> Collections.enumeration(List.of(values)));
    }

    private AuthFilter.Builder builder() {
        return AuthFilter.builder()
                .verifier(fixture.verifier)
                .listener(fixture.events::add)
                .clientAddress(ServletRequest::getRemoteAddr)
                .clock(fixture.clock);
    }

    private AccessTokenVerifier withoutRevocations() {
        return AccessTokenVerifier.builder()
                .keys(fixture.signingRing)
                .issuer(URI.create("urn:hardening:test"))
                .audience("lms")
                .clock(fixture.clock)
                .revocations(new Revocations() {
                    @Override
                    public boolean revoked(TenantId tenant, UserId user, SessionId session, long epoch) {
                        throw new AuthUnavailableException("down");
                    }

                    @Override
                    public Duration memory() {
                        return Duration.ofHours(1);
                    }
                })
                .build();
    }

    private static final class Recorder extends ServletOutputStream {
        private final ByteArrayOutputStream body;

        Recorder(ByteArrayOutputStream body) {
            this.body = body;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void write(int octet) {
            body.write(octet);
        }
    }
}
