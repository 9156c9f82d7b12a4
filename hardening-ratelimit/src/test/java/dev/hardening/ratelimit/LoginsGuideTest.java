package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.LoginThrottle.Attempt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The code in docs/ratelimit/logins.md is the code in here, and it does what the guide says. */
class LoginsGuideTest {
    private static final Path GUIDE = Path.of("..", "docs", "ratelimit", "logins.md");
    private static final Path SELF =
            Path.of("src", "test", "java", "dev", "hardening", "ratelimit", "LoginsGuideTest.java");

    private final byte[] key = KnownDevicesTest.key(5);

    @Test
    @Tag("ratelimit:G5")
    void login_withADevice_isRememberedAndKnown() {
        BucketStore store = BucketStores.local();
        String cookie = "";
        // region login-with-device
        LoginThrottle throttle = LoginThrottle.builder().store(store).build();
        KnownDevices devices = KnownDevices.builder(key).build();

        LoginThrottle.Request request = LoginThrottle.Request.of("main", "someone@example.org", "192.0.2.1")
                .withDevice(devices.recognize("main", "someone@example.org", cookie));
        String answer = throttle.begin(request)
                .fold(
                        admitted -> {
                            if (!passwordMatches()) {
                                admitted.failed();
                                return "401";
                            }
                            admitted.succeeded();
                            return "Set-Cookie: __Host-device="
                                    + devices.issue("main", "someone@example.org", cookie)
                                    + "; Max-Age=" + devices.lifetime().toSeconds()
                                    + "; Path=/; Secure; HttpOnly; SameSite=Strict";
                        },
                        throttled -> throttled.reason() == LoginThrottle.Attempt.Reason.LIMIT ? "429" : "503");
        // endregion

        String token = answer.substring(answer.indexOf('=') + 1, answer.indexOf(';'));
        assertTrue(devices.recognize("main", "someone@example.org", token).isKnown());
        assertTrue(answer.contains("Max-Age=7776000;"));
    }

    private static boolean passwordMatches() {
        return true;
    }

    @Test
    void codesAndMails_haveThrottlesOfTheirOwn() {
        BucketStore store = BucketStores.local();
        // region other-throttles
        LoginThrottle codes = LoginThrottle.forSecondFactor().store(store).build();
        LoginThrottle mails = LoginThrottle.builder()
                .name("reset")
                .store(store)
                .backoff(
                        LoginThrottle.Dimension.ACCOUNT,
                        new LoginThrottle.Backoff(3, Duration.ofMinutes(5), Duration.ofHours(1), Duration.ofHours(3)))
                .build();
        // endregion

        int sent = 0;
        for (int request = 0; request < 10; request++) {
            Attempt attempt = mails.begin("main", "victim", "10.0." + request + ".1");
            sent += attempt.fold(
                    admitted -> {
                        admitted.failed();
                        return 1;
                    },
                    throttled -> 0);
        }
        assertEquals(3, sent);
        assertInstanceOf(Attempt.Admitted.class, codes.begin("main", "victim", "192.0.2.1"));
    }

    @Test
    void proxies_thatAreMissing_areCounted() {
        // region missing-proxy
        ClientIpResolver resolver = ClientIpResolver.xForwardedFor(TrustedProxies.of("10.0.0.0/8"));
        String client = resolver.resolve("192.168.0.2", List.of("203.0.113.5"));
        boolean proxyMissing = resolver.ignored().fromPrivatePeers() > 0;
        // endregion

        assertEquals("192.168.0.2", client);
        assertTrue(proxyMissing);
    }

    @Test
    void guide_codeBlocks_areTheRegionsOfThisFile() throws IOException {
        String guide = shape(Files.readString(GUIDE));
        List<String> regions = List.of(Files.readString(SELF).split("// region [a-z-]+\n", -1));

        assertEquals(4, regions.size());
        for (String region : regions.subList(1, regions.size())) {
            String code = shape(region.substring(0, region.indexOf("// endregion")));
            assertTrue(guide.contains("```java\n" + code + "\n```"), code);
        }
    }

    private static String shape(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining("\n")).strip();
    }
}
