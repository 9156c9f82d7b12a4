package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class RateLimitConfigurationExceptionTest {
    @Test
    void message_severalFaults_namesEachOnItsOwnLine() {
        var exception = new RateLimitConfigurationException(List.of("first", "second"));

        assertEquals(List.of("first", "second"), exception.faults());
        assertEquals(List.of("first", "second"), exception.getMessage().lines().toList());
    }
}
