package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hardening.secrets.ring.RingStore.Stored;
import org.junit.jupiter.api.Test;

class InMemoryRingStoreTest implements RingStoreContract {
    private final RingStore store = new InMemoryRingStore();

    @Override
    public RingStore store() {
        return store;
    }

    @Override
    public String ring() {
        return "ring";
    }

    @Test
    void stored_document_isCopiedBothWays() {
        byte[] document = {1};
        Stored stored = new Stored(1, document);

        document[0] = 2;
        stored.document()[0] = 3;

        assertEquals(1, stored.document()[0]);
        assertThrows(IllegalArgumentException.class, () -> new Stored(0, document));
    }
}
