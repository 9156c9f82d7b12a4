package dev.hardening.secrets.vault;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/**
 * Asks Vault one thing at a time over HTTP/1.1, bounded in time and size.
 *
 * <p>Whatever goes wrong ends in {@link SecretsUnavailableException} with the request, the address and the status. The
 * token, the body of an answer, and messages that may quote either, are not in it. Redirects are answers like any other
 * failure: the token goes to the address that was given and nowhere else.
 */
final class VaultClient implements AutoCloseable {
    private static final int OK = 200;
    private static final int BAD_REQUEST = 400;
    /** What a header can carry; the check of the JDK would quote the token in its message. */
    private static final Pattern TOKEN = Pattern.compile("[!-~]{1,8192}");

    private final String address;
    private final String namespace;
    private final Duration timeout;
    private final VaultToken token;
    private final ExecutorService threads;
    private final HttpClient http;
    private volatile boolean closed;

    VaultClient(Vault.Builder given, String address, VaultToken token) {
        this.address = address;
        this.namespace = given.namespace;
        this.timeout = given.requestTimeout;
        this.token = token;
        this.threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "hardening-secrets-vault");
            thread.setDaemon(true);
            return thread;
        });
        HttpClient.Builder client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .connectTimeout(timeout)
                .executor(threads);
        this.http = (given.sslContext == null ? client : client.sslContext(given.sslContext)).build();
    }

    /** An answer with status 200, or one with status 400, which may be Vault's opinion of what it was sent. */
    static final class Answer {
        private final int status;
        private final byte[] body;

        Answer(int status, byte[] body) {
            this.status = status;
            this.body = body;
        }

        boolean ok() {
            return status == OK;
        }

        int status() {
            return status;
        }

        /** Not a copy: who parses it wipes it. */
        byte[] body() {
            return body;
        }
    }

    void read(String path, VaultJson.Field field) {
        Answer answer = send("GET", path, HttpRequest.BodyPublishers.noBody());
        if (!answer.ok()) {
            throw refused("GET", path, answer.status());
        }
        parse("GET", path, answer, field);
    }

    Answer write(String path, byte[] body) {
        return send("POST", path, HttpRequest.BodyPublishers.ofByteArray(body));
    }

    /** Reads the answer and wipes it. */
    void parse(String method, String path, Answer answer, VaultJson.Field field) {
        try {
            VaultJson.data(answer.body(), field);
        } catch (IOException malformed) {
            throw malformed(method, path);
        } finally {
            Arrays.fill(answer.body(), (byte) 0);
        }
    }

    SecretsUnavailableException malformed(String method, String path) {
        return unavailable(method, path, "gave an answer that is not Vault's");
    }

    SecretsUnavailableException refused(String method, String path, int status) {
        return unavailable(method, path, "was answered with status " + status + ": " + meaning(status));
    }

    private SecretsUnavailableException unavailable(String method, String path, String what) {
        return new SecretsUnavailableException("Vault at " + address + ": " + method + " " + path + " " + what);
    }

    private Answer send(String method, String path, HttpRequest.BodyPublisher body) {
        CompletableFuture<HttpResponse<byte[]>> sent = start(method, path, body);
        HttpResponse<byte[]> response;
        try {
            // The timeout of a request ends with the head of the answer; this one covers the body too.
            response = sent.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            sent.cancel(true);
            throw unavailable(method, path, "was not answered within " + timeout);
        } catch (InterruptedException interrupted) {
            sent.cancel(true);
            Thread.currentThread().interrupt();
            throw unavailable(method, path, "was interrupted");
        } catch (ExecutionException failed) {
            throw failed(method, path, Objects.requireNonNullElse(failed.getCause(), failed));
        }
        if (response.statusCode() != OK && response.statusCode() != BAD_REQUEST) {
            throw refused(method, path, response.statusCode());
        }
        return new Answer(response.statusCode(), response.body());
    }

    private CompletableFuture<HttpResponse<byte[]>> start(String method, String path, HttpRequest.BodyPublisher body) {
        if (closed) {
            throw unavailable(method, path, "failed: the connection is closed");
        }
        try {
            return http.sendAsync(request(method, path, body), answer -> new BoundedBody(VaultJson.LIMIT));
        } catch (RejectedExecutionException | IllegalStateException over) { // no threads, or the token is wiped
            throw unavailable(method, path, "failed: the connection was closed meanwhile");
        }
    }

    private HttpRequest request(String method, String path, HttpRequest.BodyPublisher body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + "/v1/" + path))
                .method(method, body)
                .timeout(timeout)
                .header("Accept", "application/json")
                .header("X-Vault-Request", "true")
                .header("X-Vault-Token", headerToken());
        if (!namespace.isEmpty()) {
            request.header("X-Vault-Namespace", namespace);
        }
        return request.build();
    }

    private String headerToken() {
        try (Secret secret = token.now()) {
            String text = secret.reveal();
            if (!TOKEN.matcher(text).matches()) {
                throw new SecretsUnavailableException(
                        "the token for Vault at " + address + " is empty or holds characters that no token has");
            }
            return text;
        }
    }

    private SecretsUnavailableException failed(String method, String path, Throwable cause) {
        String what = "failed: " + cause.getClass().getSimpleName();
        boolean tellsNothing = cause instanceof SSLException
                || cause instanceof ConnectException
                || cause instanceof HttpTimeoutException;
        SecretsUnavailableException failed = unavailable(method, path, what);
        if (tellsNothing) {
            failed.initCause(cause);
        }
        return failed;
    }

    private static String meaning(int status) {
        if (status >= 300 && status < 400) {
            return "a redirect, which is not followed";
        }
        return switch (status) {
            case BAD_REQUEST -> "Vault does not understand the request";
            case 403 -> "the token is not valid, or has no right to this";
            case 404 -> "nothing is there, or it was deleted";
            case 412 -> "the node has not caught up yet";
            case 429 -> "too many requests, or a standby node";
            case 472, 473 -> "a standby node";
            case 503 -> "sealed, or down for maintenance";
            default -> "see the log of Vault";
        };
    }

    @Override
    public void close() {
        closed = true;
        // From Java 21 on a client can be closed, which waits for requests under way and therefore comes before the
        // threads; on Java 17 its selector thread ends once the client is collected.
        if (http instanceof AutoCloseable closeable) {
            closeQuietly(closeable);
        }
        threads.shutdownNow();
        token.close();
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (Exception impossible) {
            throw new IllegalStateException("closing a client does not fail", impossible);
        }
    }
}
