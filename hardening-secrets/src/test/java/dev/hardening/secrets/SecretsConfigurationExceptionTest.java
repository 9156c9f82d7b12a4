package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class SecretsConfigurationExceptionTest {
    @Test
    void message_severalFaults_namesEachOnItsOwnLine() {
        var exception = new SecretsConfigurationException(List.of("first", "second"));

        assertEquals(List.of("first", "second"), exception.faults());
        assertEquals(List.of("first", "second"), exception.getMessage().lines().toList());
    }
}
