package dev.hardening.secrets.internal;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;

/** Opens a PKCS#12 key store, and nothing that merely looks like a key store to the JDK. */
public final class Pkcs12Bytes {
    private static final byte SEQUENCE = 0x30;

    private Pkcs12Bytes() {}

    /**
     * Tells whether the bytes may be PKCS#12. The provider of the JDK also takes JKS, which protects next to nothing.
     *
     * @param content anything
     * @return whether they begin as DER does
     */
    public static boolean plausible(byte[] content) {
        return content.length > 0 && content[0] == SEQUENCE;
    }

    /**
     * Opens the store; the code over the whole of it is checked.
     *
     * @param content anything
     * @param password stays the caller's to wipe
     * @return the store
     * @throws IOException if this is no such store, or the password does not open it
     * @throws GeneralSecurityException if it uses what this runtime has not
     */
    public static KeyStore open(byte[] content, char[] password) throws IOException, GeneralSecurityException {
        if (!plausible(content)) {
            throw new IOException("not PKCS#12");
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new ByteArrayInputStream(content), password);
        return store;
    }
}
