package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("ratelimit:A7")
class SipHashTest {
    @Test
    void hash_vectorOfThePaper_agrees() {
        // "SipHash: a fast short-input PRF", appendix A: key 00..0f, input 00..0e.
        byte[] input = new byte[15];
        for (int index = 0; index < input.length; index++) {
            input[index] = (byte) index;
        }

        assertEquals(0xa129ca6149be45e5L, new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L).hash(input));
    }

    @Test
    void hash_emptyInput_agreesWithTheReferenceCode() {
        assertEquals(0x726fdb47dd0e0e31L, new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L).hash(new byte[0]));
    }

    @Test
    void random_twice_areDifferentFunctions() {
        assertNotEquals(SipHash.random().hash(new byte[3]), SipHash.random().hash(new byte[3]));
    }
}
