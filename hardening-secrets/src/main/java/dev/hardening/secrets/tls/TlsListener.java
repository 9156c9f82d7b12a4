package dev.hardening.secrets.tls;

/**
 * Hears what becomes of the files of a {@link TlsReloader}.
 *
 * <p>Called on the thread that read them, outside locks. What it throws is logged and dropped.
 */
public interface TlsListener {
    /**
     * The files changed and are served from now on.
     *
     * @param status with the new certificate
     */
    default void onRenewed(TlsStatus status) {}

    /**
     * The files cannot be used, or for another reason than before; what was served before still is.
     *
     * @param status with the failure
     */
    default void onFailed(TlsStatus status) {}

    /**
     * Hears nothing.
     *
     * @return a listener that does nothing
     */
    static TlsListener none() {
        return new TlsListener() {};
    }
}
