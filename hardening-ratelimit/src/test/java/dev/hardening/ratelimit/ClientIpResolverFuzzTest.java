package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.SeededRandom;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever stands in a header, the client is a literal address or the peer, and nothing is thrown or resolved. */
@Tag("ratelimit:A2")
class ClientIpResolverFuzzTest {
    private static final int ROUNDS = 100_000;
    private static final String PEER = "10.0.0.1";
    private static final TrustedProxies PROXIES = TrustedProxies.of("10.0.0.0/8", "fd00::/8");
    private static final List<String> PIECES = List.of(
            "1.2.3.4",
            "203.0.113.5",
            "10.1.1.1",
            "fd00::7",
            "2001:db8::1",
            "[2001:db8::1]:80",
            "::ffff:1.2.3.4",
            "2002:102:304::1",
            "1.1.1.1:1234",
            "010.0.0.1",
            "unknown",
            "_obf",
            "fe80::1%eth0",
            "localhost",
            "evil.example.org",
            "for=",
            "For=",
            "for=203.0.113.7",
            ",for=203.0.113.8",
            ", for=\"[2001:db8::9]:80\"",
            ";for=\"203.0.113.9\"",
            "by=",
            "host=",
            "proto=https",
            ",",
            ",",
            ";",
            ":",
            "\"",
            "\\",
            "\\\"",
            "[",
            "]",
            "%",
            " ",
            "\t",
            "\r\n",
            "\u0000",
            "\u0661",
            "\uff11.2.3.4",
            "\ud800",
            "\u202e",
            "999",
            "0x7f000001",
            "-1",
            "a".repeat(200));

    private static List<String> header(Random random) {
        List<String> lines = new ArrayList<>();
        for (int line = random.nextInt(4); line > 0; line--) {
            StringBuilder text = new StringBuilder();
            for (int piece = random.nextInt(14); piece > 0; piece--) {
                text.append(PIECES.get(random.nextInt(PIECES.size())));
            }
            lines.add(text.toString());
        }
        return lines;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Tag("ratelimit:A1")
    void resolve_seededHeaders_isALiteralOfTheHeaderOrThePeer(boolean rfc7239) {
        ClientIpResolver resolver =
                rfc7239 ? ClientIpResolver.forwarded(PROXIES) : ClientIpResolver.xForwardedFor(PROXIES);
        Random random = SeededRandom.of("ClientIpResolverFuzzTest" + rfc7239);
        int found = 0;
        for (int round = 0; round < ROUNDS; round++) {
            List<String> lines = header(random);

            String client = resolver.resolve(PEER, lines);

            Optional<String> literal = IpAddress.parse(client).map(IpAddress::text);
            assertEquals(Optional.of(client), literal, () -> "not a literal in its one spelling for " + lines);
            assertEquals("198.51.100.1", resolver.resolve("198.51.100.1", lines), "not trusted, so not read");
            found += client.equals(PEER) ? 0 : 1;
        }
        assertTrue(found > 1_000, "the headers must lead somewhere, got " + found);
    }

    @Test
    @Tag("ratelimit:A1")
    void resolve_seededProxyChains_isWhatTheLastTrustedHopSaw() {
        Random random = SeededRandom.of("ClientIpResolverFuzzTest.chains");
        ClientIpResolver xff = ClientIpResolver.xForwardedFor(PROXIES);
        ClientIpResolver forwarded = ClientIpResolver.forwarded(PROXIES);
        for (int round = 0; round < ROUNDS; round++) {
            String client = "203.0." + random.nextInt(256) + '.' + random.nextInt(256);
            int proxies = random.nextInt(5);
            List<String> hops = new ArrayList<>(List.of(client));
            for (int hop = 0; hop < proxies; hop++) {
                hops.add("10." + random.nextInt(256) + ".0." + hop);
            }
            List<String> spoofed = header(random);

            // Each proxy adds a line of its own or lengthens the last one; what the client wrote stands before.
            assertEquals(client, xff.resolve(PEER, appended(random, spoofed, hops, "")));
            assertEquals(client, forwarded.resolve(PEER, appended(random, spoofed, hops, "for=")));
        }
    }

    private static List<String> appended(Random random, List<String> spoofed, List<String> hops, String name) {
        List<String> lines = new ArrayList<>(spoofed);
        for (String hop : hops) {
            String entry = name + hop + (random.nextBoolean() ? "" : name.isEmpty() ? ":4711" : ";proto=https");
            String quoted = name.isEmpty() || entry.contains(";") ? entry : name + '"' + hop + ":80\"";
            if (lines.isEmpty() || random.nextBoolean()) {
                lines.add(quoted);
            } else {
                lines.add(lines.remove(lines.size() - 1) + ", " + quoted);
            }
        }
        return lines;
    }

    @ParameterizedTest
    @ValueSource(
            classes = {ClientIpResolver.class, HopReader.class, IpAddress.class, IpPrefix.class, TrustedProxies.class})
    void code_always_hasNoWayToResolveAName(Class<?> type) throws IOException {
        try (InputStream in = type.getResourceAsStream(type.getSimpleName() + ".class")) {
            String constants = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);

            assertTrue(constants.contains("java/lang/String"));
            assertFalse(constants.contains("java/net/"));
            assertFalse(constants.contains("javax/naming"));
        }
    }
}
