package dev.hardening.secrets.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("secrets:A15")
class KeyStoresTest {
    private static Optional<String> content(byte[] store, long longest) throws IOException {
        return KeyStores.content(new ByteArrayInputStream(store), longest, new byte[16]);
    }

    @Test
    void content_storeAtItsLimit_isReadAndOneByteMoreIsNot() throws IOException {
        assertEquals(64, content(new byte[100], 100).orElseThrow().length());
        assertEquals(Optional.empty(), content(new byte[101], 100));
        assertNotEquals(content(new byte[99], 100), content(new byte[100], 100));
    }
}
