package dev.hardening.secrets.vault;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLContext;

/**
 * Speaks as much of Vault's HTTP API as these tests need: tokens, a key-value store of version 2, a transit engine with
 * associated data. Written from its documentation; it is a stand-in and not the program.
 */
public final class VaultStandIn implements AutoCloseable {
    public static final String TOKEN = "hvs.Zq7XwPv3KjR9mT2bLs8N";
    private static final Pattern FIELD = Pattern.compile("\"(\\w+)\":\"([^\"]*)\"");

    final List<Map<String, String>> requests = new CopyOnWriteArrayList<>();
    final Map<String, String> secrets = new ConcurrentHashMap<>();
    public final Map<String, byte[]> keys = new ConcurrentHashMap<>();
    volatile boolean ignoresAssociatedData;
    volatile Behaviour behaviour = exchange -> false;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** What the server does instead; true if it did. */
    interface Behaviour {
        boolean answer(HttpExchange exchange) throws IOException;
    }

    public VaultStandIn() throws IOException {
        this(HttpServer.create(loopback(), 0));
    }

    VaultStandIn(SSLContext tls) throws IOException {
        this(secure(tls));
    }

    private VaultStandIn(HttpServer server) {
        this.server = server;
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try (exchange) {
                handle(exchange);
            }
        });
        server.start();
    }

    private static HttpsServer secure(SSLContext tls) throws IOException {
        HttpsServer server = HttpsServer.create(loopback(), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        return server;
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    public URI address() {
        String scheme = server instanceof HttpsServer ? "https" : "http";
        return URI.create(scheme + "://localhost:" + server.getAddress().getPort());
    }

    /** Stores a version as Vault would show it; {@code fields} is the inside of a JSON object. */
    void put(String path, int version, String fields) {
        secrets.put(
                path,
                "{\"request_id\":\"5f1c\",\"lease_id\":\"\",\"renewable\":false,\"lease_duration\":0,\"data\":{\"data\":{"
                        + fields
                        + "},\"metadata\":{\"created_time\":\"2026-11-22T10:00:00.5Z\",\"custom_metadata\":null,"
                        + "\"deletion_time\":\"\",\"destroyed\":false,\"version\":" + version
                        + "}},\"wrap_info\":null,\"warnings\":null,\"auth\":null}");
    }

    static boolean reply(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
        return true;
    }

    private void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        requests.add(Map.of(
                "method", exchange.getRequestMethod(),
                "path", exchange.getRequestURI().getPath(),
                "token", header(exchange, "X-Vault-Token"),
                "request", header(exchange, "X-Vault-Request"),
                "namespace", header(exchange, "X-Vault-Namespace"),
                "body", body));
        if (behaviour.answer(exchange)) {
            return;
        }
        if (!TOKEN.equals(header(exchange, "X-Vault-Token"))) {
            reply(exchange, 403, "{\"errors\":[\"permission denied\"]}");
            return;
        }
        route(exchange, exchange.getRequestURI().getPath(), body);
    }

    private static String header(HttpExchange exchange, String name) {
        String value = exchange.getRequestHeaders().getFirst(name);
        return value == null ? "" : value;
    }

    private void route(HttpExchange exchange, String path, String body) throws IOException {
        String secret = path.replaceFirst("^/v1/secret/data/", "");
        if (secrets.containsKey(secret)) {
            reply(exchange, 200, secrets.get(secret));
        } else if (path.startsWith("/v1/transit/")) {
            transit(exchange, path.substring(12).split("/", -1), body);
        } else {
            reply(exchange, 404, "{\"errors\":[]}");
        }
    }

    private void transit(HttpExchange exchange, String[] path, String body) throws IOException {
        byte[] key = keys.get(path[1]);
        if (key == null) {
            reply(exchange, 400, "{\"errors\":[\"encryption key not found\"]}");
            return;
        }
        try {
            String field = path[0].equals("encrypt")
                    ? "\"ciphertext\":\"" + encrypt(key, body) + "\",\"key_version\":1"
                    : "\"plaintext\":\"" + decrypt(key, body) + "\"";
            reply(exchange, 200, "{\"request_id\":\"5f1c\",\"data\":{" + field + "},\"warnings\":null}");
        } catch (GeneralSecurityException | IllegalArgumentException refused) {
            reply(exchange, 400, "{\"errors\":[\"cipher: message authentication failed\"]}");
        }
    }

    private String encrypt(byte[] key, String body) throws GeneralSecurityException {
        byte[] nonce = new byte[12];
        nonce[0] = (byte) requests.size();
        byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, body)
                .doFinal(Base64.getDecoder().decode(field(body, "plaintext")));
        byte[] all = new byte[nonce.length + sealed.length];
        System.arraycopy(nonce, 0, all, 0, nonce.length);
        System.arraycopy(sealed, 0, all, nonce.length, sealed.length);
        return "vault:v1:" + Base64.getEncoder().encodeToString(all);
    }

    private String decrypt(byte[] key, String body) throws GeneralSecurityException {
        byte[] all = Base64.getDecoder().decode(field(body, "ciphertext").replace("vault:v1:", ""));
        if (all.length < 28) {
            throw new IllegalArgumentException("too short");
        }
        byte[] nonce = java.util.Arrays.copyOf(all, 12);
        byte[] plain = cipher(Cipher.DECRYPT_MODE, key, nonce, body).doFinal(all, 12, all.length - 12);
        return Base64.getEncoder().encodeToString(plain);
    }

    private Cipher cipher(int mode, byte[] key, byte[] nonce, String body) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
        if (!ignoresAssociatedData) {
            cipher.updateAAD(Base64.getDecoder().decode(field(body, "associated_data")));
        }
        return cipher;
    }

    private static String field(String body, String name) {
        Matcher fields = FIELD.matcher(body);
        while (fields.find()) {
            if (fields.group(1).equals(name)) {
                return fields.group(2);
            }
        }
        throw new IllegalArgumentException("no " + name);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
