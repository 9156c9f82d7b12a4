package dev.hardening.secrets.ring;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Texts one after the other, each behind its length in four bytes, so that no two lists look alike. */
final class Framed {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Framed add(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(utf8.length).array());
        bytes.writeBytes(utf8);
        return this;
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }
}
