package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.SeededRandom;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("ratelimit:A4")
class IpAddressTest {
    @ParameterizedTest
    @CsvSource({
        "1.2.3.4, 1.2.3.4",
        "255.255.255.255, 255.255.255.255",
        "::, 0:0:0:0:0:0:0:0",
        "::1, 0:0:0:0:0:0:0:1",
        "2001:DB8::A, 2001:db8:0:0:0:0:0:a",
        "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
        "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8",
        "::ffff:1.2.3.4, 1.2.3.4",
        "::FFFF:0102:0304, 1.2.3.4",
        "0:0:0:0:0:ffff:1.2.3.4, 1.2.3.4",
        "2001:db8::1.2.3.4, 2001:db8:0:0:0:0:102:304",
        "64:ff9b::1.2.3.4, 64:ff9b:0:0:0:0:102:304"
    })
    void parse_literal_hasOneSpelling(String text, String expected) {
        assertEquals(Optional.of(expected), IpAddress.parse(text).map(IpAddress::text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1.2.3",
                "1.2.3.4.5",
                "256.1.1.1",
                "010.0.0.1",
                "0x7f.0.0.1",
                "1.2.3.-4",
                "1.2.3.4 ",
                " 1.2.3.4",
                "1.2.3.4:80",
                "1..3.4",
                "localhost",
                "example.org",
                "unknown",
                "_obf",
                ":",
                ":::",
                "1:::2",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "12345::",
                "g::",
                "::1%eth0",
                "[::1]",
                "::1.2.3",
                "1.2.3.4::",
                "::1.2.3.4:5",
                "1:",
                ":1",
                "\u0661.2.3.4",
                "::\uff11",
                "2130706433",
                "0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0"
            })
    void parse_notALiteral_isEmpty(String text) {
        assertTrue(IpAddress.parse(text).isEmpty(), text);
    }

    @Test
    void parse_randomBytes_readsBackWhatItWrote() {
        Random random = SeededRandom.of("IpAddressTest");
        for (int round = 0; round < 2_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int group = 0; group < 8; group++) {
                text.append(group == 0 ? "" : ":").append(Integer.toHexString(random.nextInt(0x10000)));
            }
            assertEquals(
                    Optional.of(text.toString()),
                    IpAddress.parse(text.toString()).map(IpAddress::text));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1.2.3.4, 1.2.3.4/32",
        "::ffff:1.2.3.4, 1.2.3.4/32",
        "2001:db8:1:2:3:4:5:6, 2001:db8:1:2:0:0:0:0/64",
        "2001:db8:1:2:ffff:ffff:ffff:ffff, 2001:db8:1:2:0:0:0:0/64",
        "[2001:db8:1:2::7], 2001:db8:1:2:0:0:0:0/64",
        "[2001:db8:1:2::7%eth0], 2001:db8:1:2:0:0:0:0/64"
    })
    void network_standardPrefix_cutsByBits(String text, String expected) {
        assertEquals(Optional.of(expected), IpPrefix.standard().network(text));
    }

    /** The cases of express-rate-limit's ipKeyGenerator and of the RFCs; spelling decides nothing, also where it does there. */
    @ParameterizedTest
    @CsvSource({
        "::ffff:102:304, 1.2.3.4/32",
        "2002:102:304::1, 1.2.3.4/32",
        "2002:0102:0304:ffff:1:2:3:4, 1.2.3.4/32",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2, 192.0.2.45/32",
        "64:ff9b::102:304, 1.2.3.4/32",
        "64:ff9b::1.2.3.4, 1.2.3.4/32",
        "64:ff9b:0:0:0:1:102:304, 64:ff9b:0:0:0:0:0:0/64",
        "64:ff9b:1::102:304, 64:ff9b:1:0:0:0:0:0/64",
        "2001:db8::1.2.3.4, 2001:db8:0:0:0:0:0:0/64",
        "2001:db8:1234:5678::1.2.3.4, 2001:db8:1234:5678:0:0:0:0/64",
        "2001:1::1, 2001:1:0:0:0:0:0:0/64",
        "2003:102:304::1, 2003:102:304:0:0:0:0:0/64",
        "::1.2.3.4, 0:0:0:0:0:0:0:0/64",
        "::1, 0:0:0:0:0:0:0:0/64",
        "::, 0:0:0:0:0:0:0:0/64",
        "::fffe:1.2.3.4, 0:0:0:0:0:0:0:0/64",
        "::ffff:0:1.2.3.4, 0:0:0:0:0:0:0:0/64"
    })
    void network_tunnelsAndLookalikes_areCountedByBits(String text, String expected) {
        assertEquals(Optional.of(expected), IpPrefix.standard().network(text));
    }

    @Test
    void network_tunnelWithoutAPrefixForIpv4_hasNoKey() {
        assertEquals(Optional.empty(), IpPrefix.ipv6Only(48).network("2002:102:304::1"));
        assertEquals(Optional.of("1.2.3.4/32"), IpPrefix.ipv4Only(32).network("2002:102:304::1"));
    }

    @Test
    @Tag("ratelimit:A1")
    void trusts_tunnelOfATrustedAddress_isNobody() {
        TrustedProxies proxies = TrustedProxies.of("10.0.0.0/8");

        assertFalse(proxies.trusts("2002:a00:1::1"));
        assertFalse(proxies.trusts("64:ff9b::a00:1"));
        assertFalse(proxies.trusts("2001:0:4136:e378:8000:63bf:f5ff:fffe"));
    }

    @ParameterizedTest
    @ValueSource(ints = {48, 56, 64})
    void network_seededRotationInside_isOneKeyAndOutsideAnother(int bits) {
        Random random = SeededRandom.of("IpAddressTest.rotation" + bits);
        IpPrefix prefix = new IpPrefix(32, bits);
        for (int round = 0; round < 10_000; round++) {
            long high = 0x20010db8_00000000L | (random.nextInt() & 0xffffffffL);
            long inside = high ^ (random.nextLong() & ((1L << (64 - bits)) - 1));
            long outside = high ^ (1L << (64 - bits + random.nextInt(bits - 32)));

            Optional<String> key = prefix.network(text(high, random.nextLong()));

            assertEquals(key, prefix.network(text(inside, random.nextLong())));
            assertNotEquals(key, prefix.network(text(outside, random.nextLong())));
        }
    }

    private static String text(long high, long low) {
        StringBuilder text = new StringBuilder();
        for (int group = 3; group >= 0; group--) {
            text.append(Long.toHexString((high >>> (16 * group)) & 0xffff)).append(':');
        }
        for (int group = 3; group >= 0; group--) {
            text.append(Long.toHexString((low >>> (16 * group)) & 0xffff)).append(group == 0 ? "" : ":");
        }
        return text.toString();
    }

    @Test
    void network_prefixInsideAByte_cutsByBits() {
        assertEquals(Optional.of("10.1.240.0/20"), IpPrefix.ipv4Only(20).network("10.1.255.7"));
        assertEquals(
                Optional.of("2001:db8:1234:fe00:0:0:0:0/55"),
                IpPrefix.ipv6Only(55).network("2001:db8:1234:ffff::"));
    }

    @Test
    void network_otherFamily_hasNoKey() {
        assertEquals(Optional.empty(), IpPrefix.ipv6Only(64).network("1.2.3.4"));
        assertEquals(Optional.empty(), IpPrefix.ipv4Only(32).network("2001:db8::1"));
        assertEquals(Optional.empty(), IpPrefix.standard().network("no address"));
        assertEquals(Optional.empty(), IpPrefix.standard().network("[1.2.3.4]"));
    }

    @ParameterizedTest
    @CsvSource({"7, 64", "33, 64", "32, 65", "32, 128", "32, 15", "0, 0", "-1, 64"})
    void prefix_anybodyWalksAround_isRefused(int ipv4, int ipv6) {
        assertThrows(IllegalArgumentException.class, () -> new IpPrefix(ipv4, ipv6));
    }

    @ParameterizedTest
    @CsvSource({
        "1.2.3.4, true",
        "0.0.0.0, true",
        "255.255.255.255, true",
        "10.0.100.9, true",
        "256.1.1.1, false",
        "01.2.3.4, false",
        "1.2.3.04, false",
        "1.2.3, false",
        "1.2.3.4.5, false",
        "1..2.3, false",
        "1.2.3., false",
        ".1.2.3.4, false",
        "1.2.3.4 , true",
        "1.2.3.4a, false",
        "::1, false",
        "1.2.3.\u0664, false",
        "00.0.0.0, false",
        "99999999999.1.1.1, false"
    })
    @Tag("ratelimit:A4")
    void isDotted_agreesWithTheReader(String text, boolean dotted) {
        assertEquals(dotted, IpAddress.isDotted(text));
        boolean same = IpAddress.parse(text)
                .filter(IpAddress::isIpv4)
                .map(IpAddress::text)
                .filter(text::equals)
                .isPresent();
        assertEquals(dotted, same);
    }

    @Test
    void isDotted_nothing_isNot() {
        assertFalse(IpAddress.isDotted(""));
        assertFalse(IpAddress.isDotted("1.2.3.4 "));
        assertFalse(IpAddress.isDotted("..."));
    }
}
