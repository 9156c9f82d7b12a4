package dev.hardening.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class AuthConfigurationExceptionTest {
    @Test
    void message_severalFaults_namesEachOnItsOwnLine() {
        var exception = new AuthConfigurationException(List.of("first", "second"));

        assertEquals(List.of("first", "second"), exception.faults());
        assertEquals(List.of("first", "second"), exception.getMessage().lines().toList());
    }
}
