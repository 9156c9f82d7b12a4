package dev.hardening.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.RateLimitUnavailableException;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.PrivateRedis;
import dev.hardening.testing.TestIdentity;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Redis over real TLS: the password is told to nobody whose certificate is not trusted or is another host's. */
@Tag("slow")
@Tag("ASVS-12.3.2")
class RedisTlsTest {
    private static final List<Limit> LIMITS = List.of(Limit.of("a", 3, Duration.ofHours(1)));

    @TempDir
    Path folder;

    private PrivateRedis redis;
    private TlsRelay relay;
    private Path trusted;

    @BeforeEach
    void start() throws Exception {
        TestIdentity identity = TestIdentity.of(folder, "localhost", "EC");
        trusted = folder.resolve("certificate.pem");
        identity.write(trusted, folder.resolve("key.pem"));
        redis = PrivateRedis.start("--requirepass", "shibboleth");
        relay = new TlsRelay(identity.context(), redis.port());
    }

    @AfterEach
    void stop() throws Exception {
        relay.close();
        redis.close();
    }

    private String address(String host) {
        return "rediss://default:shibboleth@" + host + ':' + relay.port();
    }

    /** A client that trusts the certificate, as one does for an authority of one's own. */
    private RedisClient client() {
        RedisClient client = RedisClient.create();
        client.setOptions(ClientOptions.builder()
                .autoReconnect(false)
                .sslOptions(SslOptions.builder()
                        .jdkSslProvider()
                        .trustManager(trusted.toFile())
                        .build())
                .build());
        return client;
    }

    @Test
    void take_trustedCertificate_isCountedOverTls() {
        try (RedisClient client = client();
                RedisBucketStore store = RedisBucketStore.builder(client, RedisURI.create(address("localhost")))
                        .requestTimeout(Duration.ofSeconds(5))
                        .build()) {
            Space space = store.open("tls", LIMITS);
            Eventually.until(
                    Duration.ofSeconds(20),
                    "the store answers",
                    () -> space.peek("k", 1).granted());

            assertEquals(2, space.take("k", 1).available());
            assertFalse(space.take("k", 3).granted());
            assertTrue(relay.spoken.get() >= 1);
        }
    }

    @Test
    void take_certificateOfAnotherName_isUnavailableAndTellsNoPassword() {
        try (RedisClient client = client();
                RedisBucketStore store = RedisBucketStore.builder(client, RedisURI.create(address("127.0.0.1")))
                        .requestTimeout(Duration.ofSeconds(1))
                        .build()) {
            requireRefused(store);
        }
    }

    @Test
    void take_certificateThatNobodyTrusts_isUnavailableAndTellsNoPassword() {
        try (RedisBucketStore store = RedisBucketStore.builder(address("localhost"))
                .requestTimeout(Duration.ofSeconds(1))
                .build()) {
            requireRefused(store);
        }
    }

    private void requireRefused(RedisBucketStore store) {
        Space space = store.open("tls", LIMITS);
        for (int call = 0; call < 3; call++) {
            RateLimitUnavailableException refused =
                    assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));
            for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
                assertFalse(cause.toString().contains("shibboleth"), cause.toString());
            }
        }
        assertFalse(store.status().connected());
        assertEquals(0, relay.spoken.get(), "nothing was said after the handshake");
    }
}
