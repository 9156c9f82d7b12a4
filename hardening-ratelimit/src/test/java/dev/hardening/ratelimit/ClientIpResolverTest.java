package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("ASVS-4.1.3")
class ClientIpResolverTest {
    private static final String PROXY = "10.0.0.1";
    private static final TrustedProxies PROXIES = TrustedProxies.of("10.0.0.0/8", "fd00::/8");
    private static final ClientIpResolver XFF = ClientIpResolver.xForwardedFor(PROXIES);
    private static final ClientIpResolver FORWARDED = ClientIpResolver.forwarded(PROXIES);

    private static String xff(String... lines) {
        return XFF.resolve(PROXY, Arrays.asList(lines));
    }

    private static String forwarded(String... lines) {
        return FORWARDED.resolve(PROXY, Arrays.asList(lines));
    }

    @Test
    void resolve_noHeader_isThePeer() {
        assertEquals(PROXY, xff());
        assertEquals("192.0.2.7", ClientIpResolver.peerOnly().resolve("192.0.2.7", List.of("1.1.1.1")));
    }

    @Test
    @Tag("ratelimit:A1")
    void resolve_peerNotTrusted_ignoresTheHeader() {
        assertEquals("198.51.100.1", XFF.resolve("198.51.100.1", List.of("1.2.3.4")));
        assertEquals("198.51.100.1", FORWARDED.resolve("198.51.100.1", List.of("for=1.2.3.4")));
    }

    @Test
    @Tag("ratelimit:A1")
    void resolve_spoofedLeft_isNeverReached() {
        for (int rotation = 0; rotation < 250; rotation++) {
            assertEquals("203.0.113.5", xff("1.2.3." + rotation + ", 10.9.9.9, 203.0.113.5"));
        }
    }

    @Test
    @Tag("ratelimit:A1")
    void resolve_severalTrustedHops_areWalkedFromTheRight() {
        assertEquals("203.0.113.5", xff("6.6.6.6, 203.0.113.5, 10.1.1.1, fd00::7"));
    }

    @Test
    @Tag("ratelimit:A1")
    void resolve_onlyTrustedHops_isTheFirstOfThem() {
        assertEquals("10.2.2.2", xff("10.2.2.2, 10.1.1.1"));
    }

    @Test
    @Tag("ratelimit:A2")
    void resolve_severalLines_areJoinedInOrder() {
        assertEquals("203.0.113.5", xff("203.0.113.5", "10.1.1.1"));
        assertEquals("203.0.113.5", xff("6.6.6.6", "203.0.113.5"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unknown", "\"_obf\"", "_obf", "fe80::1%eth0", "010.0.0.1", "", " ", "localhost", "evil.example.org",
                "1.1.1", "1.1.1.1:", "1.1.1.1:123456", "1.1.1.1:8a", "[::1", "::1]", "[1.1.1.1]", "[::1]x",
                        "0x7f000001",
                "for=1.1.1.1", "\u0661.1.1.1"
            })
    @Tag("ratelimit:A2")
    void resolve_entryNotALiteral_stopsAtTheLastTrustedHop(String entry) {
        assertEquals("10.1.1.1", xff("203.0.113.5, " + entry + ", 10.1.1.1"));
    }

    @ParameterizedTest
    @CsvSource({
        "1.1.1.1:1234, 1.1.1.1",
        "1.1.1.1:65535, 1.1.1.1",
        "[2001:db8::1]:80, 2001:db8:0:0:0:0:0:1",
        "[2001:db8::1], 2001:db8:0:0:0:0:0:1",
        "2001:db8::1, 2001:db8:0:0:0:0:0:1",
        "::ffff:1.1.1.1, 1.1.1.1"
    })
    @Tag("ratelimit:A2")
    @Tag("ratelimit:A3")
    void resolve_portsAndBrackets_areStripped(String entry, String expected) {
        assertEquals(expected, xff(entry));
    }

    @Test
    @Tag("ratelimit:A2")
    void resolve_hugeHeader_readsOnlyItsEnd() {
        String megabyte = "1.1.1.1,".repeat(1 << 17);

        assertEquals("203.0.113.5", xff(megabyte + "203.0.113.5"));
        assertEquals("10.1.1.1", xff("x".repeat(1 << 20) + "10.1.1.1", "10.1.1.1"));
    }

    @Test
    @Tag("ratelimit:A2")
    void resolve_boundCutsAnEntry_doesNotReadTheRest() {
        String blanks = " ".repeat(4096 - "77.0.113.7".length());

        assertEquals(PROXY, xff("1" + "77.0.113.7" + blanks));
    }

    @Test
    @Tag("ratelimit:A2")
    void resolve_tenThousandTrustedHops_readsThirtyTwo() {
        String hops = "6.6.6.6," + String.join(",", Collections.nCopies(31, "10.1.1.1"));
        assertEquals("6.6.6.6", xff(hops));
        assertEquals("10.1.1.1", xff("6.6.6.6," + String.join(",", Collections.nCopies(32, "10.1.1.1"))));
        assertEquals("10.1.1.1", xff("6.6.6.6," + String.join(",", Collections.nCopies(10_000, "10.1.1.1"))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "for=192.0.2.60;proto=http;by=203.0.113.43|192.0.2.60",
                "For=\"[2001:db8:cafe::17]:4711\"|2001:db8:cafe:0:0:0:0:17",
                "for=192.0.2.43, for=198.51.100.17|198.51.100.17",
                "for=198.51.100.17;by=\"a,b\"|198.51.100.17",
                "for=\"192.0.2.1:80\"|192.0.2.1",
                "by=x ; FOR = 192.0.2.1|192.0.2.1"
            })
    void resolve_forwarded_readsTheForOfRfc7239(String header, String expected) {
        assertEquals(expected, forwarded(header));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "for=unknown", "for=_hidden", "for=\"_hidden\"", "proto=https", "for=2001:db8::1", "for=\"1.1.1.1",
                "for=1.1.1.1\"", "for=1.1.1.1;for=2.2.2.2", "for=\"1.1.\\1.1\"", "for", "for=", "1.1.1.1"
            })
    @Tag("ratelimit:A2")
    void resolve_forwardedMalformed_stopsAtTheLastTrustedHop(String header) {
        assertEquals("10.1.1.1", forwarded("for=203.0.113.5, " + header + ", for=10.1.1.1"));
    }

    @Test
    @Tag("ratelimit:A2")
    void resolve_openQuoteOfTheClient_cannotSwallowTheProxysElement() {
        assertEquals("203.0.113.5", forwarded("for=\"6.6.6.6", "for=203.0.113.5"));
        assertEquals("2001:db8:0:0:0:0:0:1", forwarded("for=6.6.6.6;by=\", for=\"[2001:db8::1]\""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "for=203.0.113.5;host=\"a;for=6.6.6.6;b\"",
                "host=\"a;for=6.6.6.6;b\";for=203.0.113.5",
                "for=203.0.113.5;host=\"a,for=6.6.6.6\"",
                "for=203.0.113.5;host=\"a\\\",for=6.6.6.6;x=\\\"b\"",
                "for=203.0.113.5;host=\"a\\\\\\\",for=6.6.6.6;x=\\\"\"",
                "for=203.0.113.5;host=\"a\\\\\"",
                "host=\"\\\"\";for=203.0.113.5"
            })
    @Tag("ratelimit:A1")
    @Tag("ratelimit:A2")
    void resolve_hostOfTheClientInQuotes_isNoElementOfItsOwn(String element) {
        assertEquals("203.0.113.5", forwarded("for=9.9.9.9, " + element));
    }

    @ParameterizedTest
    @ValueSource(strings = {"for=\"203.0.113.5:_gazonk\"", "for=\"203.0.113.5:1\"", "for=\"203.0.113.5:65535\""})
    @Tag("ratelimit:A3")
    void resolve_portThatChangesWithEachRequest_isTheSameClient(String header) {
        assertEquals("203.0.113.5", forwarded(header));
    }

    @Test
    @Tag("ratelimit:A3")
    void resolve_everyPortOfOneClient_isOneKey() {
        KeySpec key = Keys.clientAddress();
        for (int port = 1; port <= 65_535; port += 7) {
            RequestFacts facts = RequestFacts.builder()
                    .clientAddress(xff("203.0.113.5:" + port))
                    .build();
            assertEquals(Optional.of("ip=14:203.0.113.5/32;"), key.key(facts));
        }
    }

    @Test
    @Tag("ratelimit:A2")
    void resolve_otherHeader_isNeverReadWithTheOne() {
        assertEquals("10.0.0.1", xff("for=6.6.6.6"), "Forwarded given to a resolver of X-Forwarded-For");
        assertEquals("10.0.0.1", forwarded("6.6.6.6"));
    }

    @Test
    @Tag("ratelimit:A1")
    void ignored_headersOfUntrustedPeers_areCountedByTheirNetwork() {
        ClientIpResolver resolver = ClientIpResolver.xForwardedFor(PROXIES);
        resolver.resolve("198.51.100.1", List.of("1.2.3.4"));
        resolver.resolve("198.51.100.1", List.of());
        for (String peer : List.of("192.168.0.2", "172.16.9.9", "100.64.0.1", "127.0.0.1", "fe80::1%eth0", "::1")) {
            assertEquals(resolver.resolve(peer, List.of()), resolver.resolve(peer, List.of("1.2.3.4")));
        }
        resolver.resolve(PROXY, List.of("1.2.3.4"));
        resolver.resolve("unix:/run/x", List.of("1.2.3.4"));

        assertEquals(new ClientIpResolver.Ignored(6, 1, 0), resolver.ignored());
    }

    @Test
    @Tag("ratelimit:A2")
    void ignored_whatATrustedProxyWroteAndIsNoAddress_isCounted() {
        ClientIpResolver resolver = ClientIpResolver.forwarded(PROXIES);
        resolver.resolve(PROXY, List.of("for=unknown"));
        resolver.resolve(PROXY, List.of("for=6.6.6.6, junk, for=10.1.1.1"));
        resolver.resolve(PROXY, List.of("junk, for=203.0.113.5"));
        resolver.resolve(PROXY, List.of());

        assertEquals(new ClientIpResolver.Ignored(0, 0, 2), resolver.ignored());
    }

    @Test
    void ignored_withoutAnyProxy_countsWhatItIsGiven() {
        ClientIpResolver resolver = ClientIpResolver.peerOnly();
        resolver.resolve("10.0.0.1", List.of("1.2.3.4"));
        resolver.resolve("10.0.0.1", List.of());

        assertEquals(new ClientIpResolver.Ignored(1, 0, 0), resolver.ignored());
    }

    @Test
    void ignored_manyThreads_losesNone() {
        ClientIpResolver resolver = ClientIpResolver.xForwardedFor(PROXIES);
        Parallel.count(
                8,
                1_000,
                () -> resolver.resolve("192.168.0.2", List.of("1.2.3.4")).isEmpty());

        assertEquals(8_000, resolver.ignored().fromPrivatePeers());
    }

    @Test
    void headerName_eachKind_isTheOneToRead() {
        assertEquals(Optional.empty(), ClientIpResolver.peerOnly().headerName());
        assertEquals(Optional.of("X-Forwarded-For"), XFF.headerName());
        assertEquals(Optional.of("Forwarded"), FORWARDED.headerName());
    }

    @Test
    void resolve_oddPeers_areTakenAsTheyAre() {
        assertEquals("fe80:0:0:0:0:0:0:1", XFF.resolve("fe80::1%eth0", List.of()));
        assertEquals("unix:/run/x", XFF.resolve("unix:/run/x", List.of("1.1.1.1")));
        assertEquals("[192.0.2.1]", XFF.resolve("[192.0.2.1]", List.of("1.1.1.1")));
        assertEquals("192.0.2.1%eth0", XFF.resolve("192.0.2.1%eth0", List.of("1.1.1.1")));
    }

    @Test
    void resolve_noPeer_isEmpty() {
        assertEquals("", XFF.resolve(null, List.of("1.1.1.1")));
        assertEquals("", ClientIpResolver.peerOnly().resolve(null, List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[fd00::1]", "[fd00::1%eth0]", "fd00::1%eth0", "fd00::1"})
    @Tag("ratelimit:A1")
    void resolve_trustedIpv6ProxyInAnySpelling_isBelieved(String peer) {
        assertEquals("203.0.113.5", XFF.resolve(peer, List.of("203.0.113.5")));
        assertTrue(PROXIES.trusts(peer));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[2001:db8::1]", "[2001:db8::1%2]", "2001:db8::1%2"})
    @Tag("ratelimit:A1")
    void resolve_otherIpv6PeerInAnySpelling_isTheClient(String peer) {
        assertEquals("2001:db8:0:0:0:0:0:1", XFF.resolve(peer, List.of("203.0.113.5")));
        assertFalse(PROXIES.trusts(peer));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[10.0.0.1]", "10.0.0.1%eth0", "[10.0.0.1%eth0]", "[fd00::1", "fd00::1]", "[]", "["})
    void trusts_halfBracketsOrBracketedIpv4_isNobody(String text) {
        assertFalse(PROXIES.trusts(text));
    }

    @Test
    void trusts_mappedAndPlain_areOneAddress() {
        TrustedProxies mapped = TrustedProxies.of("::ffff:10.0.0.0/104", "192.0.2.1");

        assertTrue(mapped.trusts("10.200.1.1"));
        assertTrue(mapped.trusts("::ffff:a00:1"));
        assertTrue(mapped.trusts("192.0.2.1"));
        assertFalse(mapped.trusts("192.0.2.2"));
        assertFalse(mapped.trusts("11.0.0.1"));
        assertFalse(mapped.trusts("::a00:1"));
        assertFalse(mapped.trusts("proxy.example"));
        assertTrue(TrustedProxies.none().isEmpty());
        assertFalse(mapped.isEmpty());
    }

    @Test
    @Tag("ratelimit:A1")
    void of_everybodyOrNonsense_namesEveryFault() {
        var refused = assertThrows(
                RateLimitConfigurationException.class,
                () -> TrustedProxies.of(
                        "0.0.0.0/0",
                        "::/0",
                        "10.0.0.0/33",
                        "host",
                        "10.0.0.0/",
                        "10.0.0.0/-1",
                        "::ffff:0.0.0.0/96",
                        "10/8"));

        assertEquals(8, refused.faults().size());
    }
}
