package dev.hardening.examples.lms.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.audit.AuditLog;
import dev.hardening.audit.capture.AuthAudit;
import dev.hardening.auth.Auth;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.OneTimeTokenStore;
import dev.hardening.auth.session.InMemorySessionStore;
import dev.hardening.auth.session.LoginContext;
import dev.hardening.examples.lms.web.Answer;
import dev.hardening.examples.lms.web.Dispatcher;
import dev.hardening.examples.lms.web.Router;
import dev.hardening.examples.lms.web.WebServer;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** All filters of the service before a small servlet, on a real Jetty that listens on IPv6. */
class FrontTest {
    private static final TenantId TENANT = new TenantId("main");

    @TempDir
    Path folder;

    private final List<Boolean> committed = new CopyOnWriteArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private Auth auth;
    private AuditLog log;
    private WebServer server;

    @BeforeEach
    void start() {
        auth = Auth.builder()
                .issuer(URI.create("urn:test"))
                .audience("lms")
                .signingKeys(ring("signing", KeyKind.EC_P256))
                .refreshKeys(ring("refresh", KeyKind.HMAC_256))
                .accountStore(AccountStore.inMemory())
                .oneTimeTokenStore(OneTimeTokenStore.inMemory())
                .sessionStore(InMemorySessionStore.create(Clock.systemUTC()))
                .notifier(notice -> {})
                .build();
        log = AuditLog.file(folder.resolve("audit")).origin("lms/test").open();
    }

    @AfterEach
    void stop() {
        server.close();
        auth.close();
        log.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/auth/login", "/api/auth/refresh", "/api/auth/logout", "/", "/.well-known/jwks.json"})
    void openCall_withATokenThatIsOver_reachesItsHandler(String path) throws Exception {
        listen(List.of());

        assertEquals(
                404, send(path, "Authorization", "Bearer over").statusCode(), "the small servlet has no such call");
        assertEquals(401, send("/api/me", "Authorization", "Bearer over").statusCode());
    }

    @Test
    @Tag("ASVS-16.3.1")
    void refusal_ofATokenOrALimit_leavesAfterItsRecord() throws Exception {
        listen(List.of());
        String token = token();

        assertEquals(401, send("/api/me", "Authorization", "Bearer x").statusCode());
        int status = 200;
        for (int i = 0; i < 400 && status != 429; i++) {
            status = send("/client", "Authorization", "Bearer " + token).statusCode();
        }

        assertEquals(429, status);
        assertTrue(committed.stream().noneMatch(early -> early), "nothing is sent before the audit filter is done");
    }

    @Test
    @Tag("ratelimit:A18")
    @Tag("ratelimit:H3")
    void rateLimitFields_onlyToWhoHasProvenTheKey() throws Exception {
        listen(List.of());
        String bearer = "Bearer " + token();

        for (String path : List.of("/client", "/no-such-call")) {
            HttpHeaders proven = send(path, "Authorization", bearer).headers();
            assertTrue(
                    proven.firstValue("RateLimit").orElse("").startsWith("\"api-user.second\";r="), proven::toString);
            assertEquals(
                    List.of("\"api-user.minute\";q=300;w=60, \"api-user.second\";q=20;w=1"),
                    proven.allValues("RateLimit-Policy"));
        }
        assertNoFields(200, send("/client", "Accept", "*/*"));
        assertNoFields(404, send("/api/auth/login", "Authorization", bearer));
        assertNoFields(401, send("/client", "Authorization", "Bearer x"));
        assertNoFields(401, send("/client", "Authorization", bearer + "x"));
    }

    /** A school's limit is on trial and of nobody's own, so it is not shown either. */
    private static void assertNoFields(int status, HttpResponse<String> answer) {
        assertEquals(status, answer.statusCode());
        assertEquals(
                List.of(),
                answer.headers().map().keySet().stream()
                        .filter(name -> name.toLowerCase(Locale.ROOT).contains("ratelimit"))
                        .toList());
    }

    private String token() {
        return auth.sessions()
                .start(
                        TENANT,
                        new UserId("u1"),
                        LoginContext.password(Clock.systemUTC().instant()))
                .accessToken();
    }

    @ParameterizedTest
    @CsvSource({"'', 0:0:0:0:0:0:0:1", "::1/128, 2001:db8:0:0:0:0:0:7", "10.0.0.0/8, 0:0:0:0:0:0:0:1"})
    void clientAddress_ofAnIpv6Peer_isReadAndItsProxyTrusted(String proxies, String expected) throws Exception {
        listen(proxies.isEmpty() ? List.of() : List.of(proxies));

        assertEquals(expected, send("/client", "X-Forwarded-For", "2001:db8::7").body());
    }

    @Test
    void confirmations_ofOneNetwork_areLimitedApartFromOthers() {
        Limits limits = Limits.create(BucketStores.local(), BucketStores.local(), RateLimitListener.none());
        listen(List.of());
        int allowed = 0;
        while (allowed < 1_000
                && limits.confirmation("2001:db8::" + Integer.toHexString(allowed + 1))
                        .allowed()) {
            allowed++;
        }

        assertEquals(300, allowed);
        assertTrue(limits.confirmation("2001:db8:0:1::1").allowed());
        assertTrue(limits.confirmation("192.0.2.1").allowed());
        assertTrue(limits.registration("2001:db8::1").allowed());
    }

    private void listen(List<String> proxies) {
        Front front = new Front(Limits.clients(proxies));
        Router router = Router.builder()
                .route(
                        "GET",
                        "/client",
                        exchange -> Answer.of(
                                200,
                                "text/plain",
                                front.clientAddress(exchange.request()).getBytes(StandardCharsets.US_ASCII)))
                .build();
        WebServer.Builder builder = WebServer.builder().address("::1", 0).filter(this::watch);
        Limits limits = Limits.create(BucketStores.local(), BucketStores.local(), RateLimitListener.none());
        front.protect(builder, router, new Front.Guards(log, auth, AuthAudit.of(log), limits));
        server = builder.start(new Dispatcher(router, request -> "id", failure -> false));
    }

    private void watch(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        chain.doFilter(request, response);
        committed.add(response.isCommitted());
    }

    private HttpResponse<String> send(String path, String header, String value) throws Exception {
        URI uri = URI.create("http://[::1]:" + server.port() + path);
        return client.send(
                HttpRequest.newBuilder(uri).header(header, value).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static KeyRing ring(String name, KeyKind kind) {
        return KeyRing.builder()
                .name(name)
                .kind(kind)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(Secret.of("a key-encryption key of this test, 64 characters, never for use."))
                .build();
    }
}
